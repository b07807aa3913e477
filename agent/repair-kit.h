/* SPDX-License-Identifier: ISC
 *
 * The verbs of a repair, as content of type repair-kit calls them and as the last resort does
 * (agent/repair-last-resort.h). Whoever calls is not believed: each call is looked up in a table,
 * its arguments are checked, what changes something is bounded and not done again so soon, has a row
 * (agent/repair-note.h) and an audit record.
 *
 *   stat PATH, sha384 PATH        questions; null where it is not there
 *   content_ok TYPE               whether the last look found its content sound; so is what is not here
 *   index_ok NAME                 whether "links", "outbox" are what the rows say
 *   make_dir PATH MODE, set_mode PATH MODE, set_owner PATH USER, restore_own PATH
 *                                 by sallyport-repaird; paths as agent/repair-path.h has them
 *   restore_content TYPE          its link, and what a look at it puts right
 *   clear_staging                 folders of staging that no import will complete
 *   rebuild_index NAME            made anew from the rows where it is not sound
 *   restart_driver FAMILY
 */
#ifndef AGENT_REPAIR_KIT_H
#define AGENT_REPAIR_KIT_H

#include "agent/import.h"
#include "agent/repair-broker.h"

/* One run. */
struct repair_kit {
    const struct import *import; /* its drivers may be NULL: none runs yet */
    const char *who;
    bool dry_run;     /* nothing is changed; `done` says what would be */
    int64_t since_us; /* what was tried since then is not tried again */
    int64_t began_us;
    unsigned calls, changes;
    size_t failed; /* rules of the last reply that there was something to tell of */
    json_t *done;  /* [{"verb","object","done","words"}]; owned */
    json_t *rules; /* of a repair-kit: what each came to, by its id (agent/repair-rule.h); owned */
    bool fetches;  /* damaged content will be fetched now: no verb finds it damaged */
    bool again;    /* sources asked, a kit has more to say (agent/repair-round.h) */
    struct repair_broker broker;
};

/* For a person's order only the run itself bounds how often; the timer's are LIMIT_REPAIR_PAUSE_S
 * apart. repair_kit_end() in every case. */
void repair_kit_begin(struct repair_kit *kit, const struct import *import, const char *who,
                      bool person, bool dry_run);
void repair_kit_end(struct repair_kit *kit);

/* arguments: an array of strings. *value is a new reference: what a question found, null where there
 * is nothing; of a change true where it was made or was not needed, else false with the reason, and
 * so of content_ok. Negative: the call has a wrong form, which is its author's fault. */
int repair_kit_call(struct repair_kit *kit, const char *name, const json_t *arguments,
                    json_t **value, char reason[static ERROR_WORDS_BYTES],
                    struct error *err) ERROR_MUST_CHECK;

#endif
