/* SPDX-License-Identifier: ISC
 *
 * The one writer of the configuration store. Everything that an evaluation changes is one
 * transaction: the keys, what was left out, and an audit record for each change.
 *
 * A key gets the value that its rule file now gives it. The keys of a rule file that was left out
 * keep their values. A key that no rule file makes any more goes, and with it its value: the
 * built-in one holds again. But while the driver left out a file whose keys nobody knows, no key
 * goes: it may be one of that file's, moved there from another.
 */
#ifndef AGENT_SETTING_APPLY_H
#define AGENT_SETTING_APPLY_H

#include "agent/setting-answer.h"

struct setting_change {
    const char *who;                   /* for the audit records */
    const struct state_package *rules; /* what made them; NULL: no rules are in service */
    const struct policy_source *policy;
    const struct setting_answer *answer; /* empty where there are no rules */
};

/* *changed: names of keys whose value is another one now, as members; a new reference. */
int setting_apply(struct state *state, const struct setting_change *change, json_t **changed,
                  struct error *err) ERROR_MUST_CHECK;

/* No evaluation came about: every key keeps its value, and health says why. */
int setting_apply_failure(struct state *state, const char *who, const struct error *why,
                          struct error *err) ERROR_MUST_CHECK;

#endif
