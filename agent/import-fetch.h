/* SPDX-License-Identifier: ISC
 *
 * The conversation with sallyport-intake (agent/intake-protocol.h) for one import: frames become
 * files in staging, a folder a package, named by its id. What it says is believed for nothing but its own failures.
 */
#ifndef AGENT_IMPORT_FETCH_H
#define AGENT_IMPORT_FETCH_H

#include "agent/import.h"

/* Fetches every package that the plan awaits; those that fail become refused with their reason,
 * the others go on. Intake has exited when this returns. An error means that nothing of the job
 * counts: the medium or intake went away, or there is no space. */
int import_fetch(const struct import *import, const struct source *source, int staging,
                 struct import_plan *plan, struct error *err) ERROR_MUST_CHECK;

/* The user that intake becomes: its staging folder must be that user's. */
const char *import_fetch_user(const struct import *import);

#endif
