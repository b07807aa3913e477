/* SPDX-License-Identifier: ISC
 *
 * provide() and use(): what product rules give by a name to the rules that build on them. A plain
 * value is kept outside the interpreter and copied once for each rule that uses it, so that no rule
 * changes another's; a function is shared, and runs on its caller's budget.
 */
#ifndef DRIVERS_BEHAVIOR_PROVIDE_H
#define DRIVERS_BEHAVIOR_PROVIDE_H

#include "drivers/behavior.h"

/* The value is at the stack's index. ERROR_BAD_CONTENT: the name is given already, or the value is
 * neither plain nor a function. */
int behavior_provide(struct behavior_rule *rule, const char *name, lua_State *lua, int index,
                     struct error *err) ERROR_MUST_CHECK;

/* Leaves what the name stands for on the stack. ERROR_NOT_FOUND: nothing in service, or in the
 * selftest's uses=, has it. */
int behavior_use(struct behavior_rule *rule, const char *name, lua_State *lua,
                 struct error *err) ERROR_MUST_CHECK;

/* NULL: the set has none by that name. */
const struct behavior_provided *behavior_provided_find(const struct behavior_set *set,
                                                       const char *name);
/* Leaves a copy on the stack, or the function. */
void behavior_provided_push(const struct behavior_provided *provided, lua_State *lua);

/* Frees all that a set provides. */
void behavior_provided_free(struct behavior_set *set);

#endif
