/* SPDX-License-Identifier: ISC
 *
 * What was repaired: a row for each verb and object, and who did it, with the last time, how often,
 * and what came of it; and an audit record of each that was done. The row comes before the deed, so that a repair
 * that ends the agent is not tried again at once.
 */
#ifndef AGENT_REPAIR_NOTE_H
#define AGENT_REPAIR_NOTE_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/state.h"

/* In place of a verb: what rules say of themselves. Their rows are LIMIT_REPAIR_ROWS of their own, so
 * that no flood of them makes anybody forget when something was done. */
#define REPAIR_NOTE_RULE "rule"

/* One that is about to be done. ERROR_BLOCKED where `who` tried the same at `since_us` or later: a
 * start is not kept by what a look did, which may have met an upgrade half way. *before_us: when the same
 * was done last, 0: never. */
int repair_note_begin(struct state *state, const char *verb, const char *object, const char *who,
                      int64_t since_us, int64_t *before_us, struct error *err) ERROR_MUST_CHECK;

/* What came of it: `why` ERROR_OK with the words that say what was done ("": nothing was to be done,
 * and the row tells of what was before), or what kept it. A failure goes into the audit chain where it says something new. */
int repair_note_end(struct state *state, const char *verb, const char *object, const char *who,
                    int64_t before_us, const struct error *why, struct error *err) ERROR_MUST_CHECK;

/* Something that is no verb failed: both in one. */
int repair_note_failure(struct state *state, const char *verb, const char *object, const char *who,
                        const struct error *why, struct error *err) ERROR_MUST_CHECK;

/* Failures before that time: a run that looked at everything has not met them again. */
int repair_note_forget(struct state *state, int64_t before_us, struct error *err) ERROR_MUST_CHECK;

/* A failure that is over, whenever it was and whoever met it. */
int repair_note_clear(struct state *state, const char *verb, const char *object,
                      struct error *err) ERROR_MUST_CHECK;

#define REPAIR_NOTE_SHOWN 20 /* in one answer */

/* The newest REPAIR_NOTE_SHOWN, newest first: [{"verb","object","time","times","who","code",
 * "words"}]; *failed: one of all of them is a failure. A new reference in every case. */
int repair_note_list(struct state *state, json_t **list, bool *failed,
                     struct error *err) ERROR_MUST_CHECK;

#endif
