/* SPDX-License-Identifier: ISC
 *
 * What the parts of sallyport-driver-repair share: one process, one interpreter, the rules of one
 * repair-kit, each with a check and a fix.
 */
#ifndef DRIVERS_REPAIR_H
#define DRIVERS_REPAIR_H

#include "drivers/rule-ask.h"
#include "drivers/rule-engine.h"

struct repair {
    struct rule_engine *engine;
    struct driver_watch *watch;
    struct rule_ask ask;
};

/* What a rule came to. */
struct repair_outcome {
    bool healthy, done;
    char reason[ERROR_WORDS_BYTES]; /* of fix; "": none */
};

/* struct rule_family's declare, and forget is free(). */
int repair_rule_declare(struct rule *rule, lua_State *lua, void **data, struct error *err);

/* Check, and, where it is not healthy, fix. Negative: the rule's fault, as of rule_call(). */
int repair_rule_run(struct rule *rule, struct repair_outcome *outcome,
                    struct error *err) ERROR_MUST_CHECK;

/* host.*, by the names and arguments that the parent takes (sallyport-rules(5)). */
extern const struct rule_function repair_functions[];
extern const size_t repair_function_count;

/* struct rule_family's selftest: {files={PATH={kind,size,mode,owner,sha384}}, contents={TYPE=false},
 * indexes={NAME=false}, fails={VERB}, calls={...}}. calls: what must be changed, in order, each as VERB or VERB with its
 * arguments; positive: at least one. */
int repair_test_run(struct rule *rule, lua_State *lua, bool *positive, struct error *err);

#endif
