/* SPDX-License-Identifier: ISC
 *
 * The monitor's way with sallyport-inventory (agent/inventory-protocol.h): one process for one run of
 * a feed, for userappfeed one a user.
 */
#ifndef AGENT_INVENTORY_BROKER_H
#define AGENT_INVENTORY_BROKER_H

#include <jansson.h>

#include "agent/config.h"
#include "agent/exclusion.h"
#include "agent/process.h"

struct inventory_broker {
    struct process process;
    struct error failed; /* ERROR_OK while it answers: what it could not tell is not absent */
};

/* The descriptors stay the caller's. home -1: for appfeed. user: to become, NULL: stay. */
int inventory_broker_start(const struct config *config, int root, int home, const char *user,
                           struct inventory_broker *broker, struct error *err) ERROR_MUST_CHECK;

/* A driver's question and its answer, as struct driver_run_listener has them. Where the broker fails,
 * the answer is null with a reason, and broker->failed says why: the run must not count. */
int inventory_broker_call(struct inventory_broker *broker, const char *call,
                          const json_t *arguments, json_t **value,
                          char reason[static ERROR_WORDS_BYTES],
                          struct error *err) ERROR_MUST_CHECK;

/* The way to a path "~/...", judged by its user; EXCLUSION_NOT_SEEN where the broker fails. */
enum exclusion_verdict inventory_broker_judge(struct inventory_broker *broker, const char *path);

/* Ends it. */
void inventory_broker_end(struct inventory_broker *broker);

#endif
