/* SPDX-License-Identifier: ISC
 *
 * What the endpoint says of itself: sallyport.status/1, .contents/1, .floors/1, field by field as
 * sallyport-control(7) has them. Read from the state only; nothing is changed.
 */
#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/config.h"
#include "agent/floor.h"
#include "agent/state.h"
#include "media/base/sandbox.h"

struct driver_host;

struct status_source {
    struct state *state;
    const struct config *config;
    struct sandbox_status sandbox; /* what the children are in */
    struct driver_host *drivers;   /* NULL: none run */
    struct behavior *behavior;     /* NULL: no rules */
};

/* The clock as judged: local time, and max(build time, newest genTime ever accepted). */
int status_clock(struct state *state, struct floor_clock *clock,
                 struct error *err) ERROR_MUST_CHECK;

/* Each makes a new reference: the method's whole reply parameters. */
int status_make(const struct status_source *source, json_t **reply,
                struct error *err) ERROR_MUST_CHECK;
int status_make_contents(const struct status_source *source, json_t **reply,
                         struct error *err) ERROR_MUST_CHECK;
int status_make_floors(const struct status_source *source, json_t **reply,
                       struct error *err) ERROR_MUST_CHECK;

#endif
