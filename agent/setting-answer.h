/* SPDX-License-Identifier: ISC
 *
 * What the remapper driver made of rules and policy, every field checked again on the assumption
 * that the driver is hostile: it answers for exactly the rule files of the content, in their order,
 * or nothing of it counts. Fields: sallyport-driver(7), "evaluate".
 *
 * A rule file is left out, and its keys keep their values, where
 *   the driver says so;
 *   a field of the answer for it is out of bounds: names, types, values, lines, a key that is there
 *   twice, a value from a policy document that was not handed over;
 *   the policy document that it reads is there, but could not be taken;
 *   it makes a key that nobody may switch (media/base/protected-flag.h);
 *   it gives a key of agent/setting-keys.c another type.
 */
#ifndef AGENT_SETTING_ANSWER_H
#define AGENT_SETTING_ANSWER_H

#include <jansson.h>

#include "agent/policy-source.h"
#include "agent/setting-keys.h"

struct setting_value {
    const char *key; /* borrowed from the answer */
    enum setting_type type;
    char *value; /* text as it is stored, a list as canonical JSON; owned */
    bool from_policy;
    uint64_t line, rule_line; /* in the policy document (0: default), in the rule file */
};

struct setting_file {
    const char *name;                     /* borrowed from the answer */
    const struct policy_document *policy; /* NULL: there is none of that name */
    bool left;                            /* its keys keep their values */
    char words[ERROR_WORDS_BYTES];        /* why; "FILE:LINE: ..."; may be the driver's own */
    bool keys_known;                      /* all that it makes are in `values`, left out or not */
    size_t count;
    struct setting_value *values; /* owned */
};

struct setting_answer {
    json_t *reply; /* holds what is borrowed */
    size_t count;
    struct setting_file *files; /* one for each rule file, in order; owned */
};

/* Checks the reply to {"evaluate":true}. rule_files: names of the content's rule files, sorted by
 * bytes. ERROR_PROTOCOL with field and expectation: nothing of it counts.
 * setting_answer_clear() in every case. */
int setting_answer_read(json_t *reply, char *const *rule_files, size_t rule_count,
                        const struct policy_source *policy, struct setting_answer *answer,
                        struct error *err) ERROR_MUST_CHECK;
void setting_answer_clear(struct setting_answer *answer);

#endif
