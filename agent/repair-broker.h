/* SPDX-License-Identifier: ISC
 *
 * The monitor's way with sallyport-repaird (agent/repaird-protocol.h): one process for one run of
 * repairs, started when the first call needs it.
 */
#ifndef AGENT_REPAIR_BROKER_H
#define AGENT_REPAIR_BROKER_H

#include <jansson.h>

#include "agent/config.h"
#include "agent/process.h"
#include "agent/state.h"

struct repair_broker {
    const struct config *config;
    struct state *state;
    const struct process_idle *idle; /* may be NULL */
    struct process process;
    struct error failed; /* why there is none; ERROR_OK: not tried yet, or it runs */
};

void repair_broker_init(struct repair_broker *broker, const struct config *config,
                        struct state *state, const struct process_idle *idle);

/* Asks; call is the caller's. *value is a new reference. A program that is damaged itself is run
 * from its pristine copy. Once it could not be started, every call says so. */
int repair_broker_ask(struct repair_broker *broker, const json_t *call, json_t **value,
                      struct error *err) ERROR_MUST_CHECK;

/* Ends it, where it runs. */
void repair_broker_end(struct repair_broker *broker);

#endif
