/* SPDX-License-Identifier: ISC
 *
 * What is to happen with telemetry on this endpoint: what the telemsup in service says of where and
 * how often, what the site lets leave and where to, and what these come to. Content chooses the
 * destination and never widens what may leave: that is agent.conf's. Read from the state and the
 * configuration only.
 */
#ifndef AGENT_TELEMETRY_PLAN_H
#define AGENT_TELEMETRY_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/config.h"
#include "agent/state-content.h"
#include "media/base/destination.h"

#define TELEMETRY_TYPE "telemsup"

struct telemetry_plan {
    bool present; /* telemsup is in service; if not, nothing below says anything */
    struct state_package package;
    bool off;                       /* the configuration store switches it off */
    bool asked;                     /* its driver was asked what is in it */
    bool known;                     /* and what it said can be used */
    struct destination destination; /* where known */
    bool pinned;                    /* the server is beneath a suffix of the configuration */
    bool gathers;
    /* ERROR_OK, or what is wrong with this content here: its health. */
    enum error_code code;
    /* Why nothing is gathered; where it is, what keeps it off a network; or "". */
    char words[ERROR_WORDS_BYTES];
    int64_t now_us;  /* floor_now() */
    int64_t last_us; /* when an item was gathered; 0: never */
    int64_t next_us; /* when the next is; 0: none is */
};

int telemetry_plan_read(struct state *state, const struct config *config,
                        struct telemetry_plan *plan, struct error *err) ERROR_MUST_CHECK;

/* Keeps what the driver said of a package, with its audit record: a destination, or (NULL) why what
 * it said can't be used. One transaction. */
int telemetry_plan_keep(struct state *state, const struct config *config,
                        const struct state_package *package, const struct destination *destination,
                        const struct error *why, struct error *err) ERROR_MUST_CHECK;

/* An item was gathered at this time. */
int telemetry_plan_gathered(struct state *state, int64_t at_us, struct error *err) ERROR_MUST_CHECK;

/* When the next item is due, after one at last_us (not 0): at this endpoint's own place in the
 * interval, which follows from its name, and not within half an interval of the last. */
int64_t telemetry_plan_due(const char *endpoint, uint64_t interval_s, int64_t last_us);

/* {"server","port","path","verb","headers":[{"name","value"}]}. A new reference. */
json_t *telemetry_plan_destination(const struct destination *destination);

/* "telemetry" of status and outgoing (sallyport-control.7); null where no telemsup is in service.
 * A new reference. */
int telemetry_plan_value(struct state *state, const struct config *config, json_t **value,
                         struct error *err) ERROR_MUST_CHECK;

#endif
