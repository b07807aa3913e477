/* SPDX-License-Identifier: ISC
 *
 * The real sallyport-inventory before a fixture root, and asking it.
 */
#ifndef TESTS_AGENT_RUN_INVENTORY_H
#define TESTS_AGENT_RUN_INVENTORY_H

#include <jansson.h>

#include "media/base/spawn.h"
#include "tests/scratch.h"

struct run_inventory {
    struct child child;
};

/* home_fd -1: as for appfeed. */
void run_inventory_start(struct run_inventory *run, int root_fd, int home_fd);
/* What its sandbox did not refuse must be nothing; then it must end well. */
void run_inventory_finish(struct run_inventory *run);

/* Sends a body as it is; the answer is the caller's. */
json_t *run_inventory_send(struct run_inventory *run, json_t *body);
json_t *run_inventory_ask(struct run_inventory *run, const char *call, const char *argument);

/* The answer must be {"value":VALUE,"reason":REASON}; value as compact JSON with sorted keys, both
 * NULL for null. */
void run_inventory_expect(struct run_inventory *run, const char *call, const char *argument,
                          const char *value, const char *reason);
/* What the way to a path in the home is judged as. */
void run_inventory_judged(struct run_inventory *run, const char *path, const char *word);
/* It must be refused with words that hold these. */
void run_inventory_refused(struct run_inventory *run, const char *call, const char *argument,
                           const char *words);

#endif
