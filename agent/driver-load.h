/* SPDX-License-Identifier: ISC
 *
 * From rows and folders of the state into a driver's process: verified files, loaded and put into
 * service there. Which process, and when, is agent/driver-host.h's.
 */
#ifndef AGENT_DRIVER_LOAD_H
#define AGENT_DRIVER_LOAD_H

#include <stdbool.h>

#include "agent/state-content.h"
#include "media/base/driver-protocol.h"
#include "media/driver-run.h"

/* One package, whose files lie in content/TYPE/ID. Fails as driver_run_reads and driver_run_content
 * do. */
int driver_load_package(struct state *state, struct driver_run *run,
                        const struct state_package *package, struct error *err) ERROR_MUST_CHECK;

/* Every active content of the family but `except` (NULL: none), what is switched off and what is
 * damaged. What fails is written to that content's health, and the others go on. */
int driver_load_family(struct state *state, struct driver_run *run, const char *family,
                       const char *except, struct error *err) ERROR_MUST_CHECK;

/* What a process does without of what it looks up in. */
struct driver_load_unread {
    char type[LIMIT_NAME_BYTES + 1]; /* "": free place */
    char words[ERROR_WORDS_BYTES];
};

/* Notes it, in the place of what was noted for the type. */
void driver_load_note(struct driver_load_unread unread[static DRIVER_READS], const char *type,
                      const char *words);
/* What was noted for the type; NULL: nothing. */
const struct driver_load_unread *driver_load_noted(
    const struct driver_load_unread unread[static DRIVER_READS], const char *type);

/* The active content of each type of other families that the driver looks up in, but what is
 * switched off and what is damaged. What fails is told in `unread`, and the others go on until the
 * process has ended; negative only where the state could not be read. */
int driver_load_reads(struct state *state, struct driver_run *run,
                      struct driver_load_unread unread[static DRIVER_READS],
                      struct error *err) ERROR_MUST_CHECK;

/* Whether a key of the configuration store switches the type off. */
bool driver_load_is_off(struct state *state, const char *type);

#endif
