/* SPDX-License-Identifier: ISC
 *
 * What the parts of sallyport-driver-repair share: one process, one interpreter, the rules of one
 * repair-kit, each with a check and a fix.
 */
#ifndef DRIVERS_REPAIR_H
#define DRIVERS_REPAIR_H

#include "drivers/rule-feed.h"

/* What a rule came to. */
struct repair_outcome {
    bool healthy, done;
    char reason[ERROR_WORDS_BYTES]; /* of fix; "": none */
};

/* host.* in it by the names and arguments that the parent takes (sallyport-rules(5)). */
extern const struct rule_family repair_family;

/* struct rule_family's declare, and forget is free(). */
int repair_rule_declare(struct rule *rule, lua_State *lua, void **data, struct error *err);

/* Check, and, where it is not healthy, fix. Negative: the rule's fault, as of rule_call(). */
int repair_rule_run(struct rule *rule, struct repair_outcome *outcome,
                    struct error *err) ERROR_MUST_CHECK;

/* struct rule_family's selftest: {flags={NAME=bool}, files={PATH={kind,size,mode,owner,sha384}}, contents={TYPE=false},
 * indexes={NAME=false}, fails={VERB}, calls={...}}. calls: what must be changed, in order, each as VERB or VERB with its
 * arguments; positive: at least one. */
int repair_test_run(struct rule *rule, lua_State *lua, bool *positive, struct error *err);

#endif
