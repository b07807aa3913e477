/* SPDX-License-Identifier: ISC
 *
 * Repairs that are built in: where no repair-kit is in service, or it fails, our own files are put
 * right by these rules alone, by the same verbs (agent/repair-kit.h). A table; each rule looks
 * first and changes only what is wrong.
 */
#ifndef AGENT_REPAIR_LAST_RESORT_H
#define AGENT_REPAIR_LAST_RESORT_H

#include "agent/repair-kit.h"

/* Every rule, each on its own: one that fails keeps no other. What was done, or could not be, is in
 * kit->done and in the rows; an error means that the state could not be read or written. */
int repair_last_resort_run(struct repair_kit *kit, struct error *err) ERROR_MUST_CHECK;

#endif
