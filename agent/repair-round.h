/* SPDX-License-Identifier: ISC
 *
 * Rounds of repairs in a look: by the repair-kit in service where there is one, whose driver asks for
 * each verb (agent/repair-kit.h); where there is none, or it fails, by the last resort. What is built
 * in can do without content, drivers and verify, so it goes before a look at content. A kit goes after
 * that, and before the sources are asked, which takes programs that it may put right; and once more
 * where it could not judge all before.
 */
#ifndef AGENT_REPAIR_ROUND_H
#define AGENT_REPAIR_ROUND_H

#include "agent/repair-kit.h"

enum repair_round_when {
    REPAIR_ROUND_EARLY, /* before content is looked at: the last resort, where no kit serves */
    REPAIR_ROUND_BLIND, /* it could not be looked at: the last resort, where a kit serves */
    REPAIR_ROUND_MIDDLE, /* before sources are asked: the kit; kit->again: REPAIR_ROUND_LATE follows */
    REPAIR_ROUND_LATE, /* the kit, where content was damaged or none served before */
};

/* What was done, or could not be, is in kit->done and in the rows; an error means that the state
 * could not be read or written. */
int repair_round_run(struct repair_kit *kit, enum repair_round_when when,
                     struct error *err) ERROR_MUST_CHECK;

#endif
