/* SPDX-License-Identifier: ISC
 *
 * The event as a rule sees it: light userdata, the number of the reaction, whose fields come as they
 * are asked for, so that a reaction costs what it looks at and nothing is made before. It can't be
 * changed, and it is good within its reaction; what a rule keeps of it beyond that is refused, not a
 * wrong answer.
 */
#ifndef DRIVERS_BEHAVIOR_EVENT_H
#define DRIVERS_BEHAVIOR_EVENT_H

#include <lua.h>

#include "drivers/behavior.h"

/* Leaves the event of the moment on the stack; for struct rule_call. context: struct behavior. */
int behavior_event_push(void *context, lua_State *lua);

/* Raises unless the value at index is the event of the moment, as behavior_event_push() left it. */
void behavior_event_check(const struct behavior *behavior, lua_State *lua, int index);

/* Frees what the first push has made. */
void behavior_event_close(struct behavior *behavior);

/* The events' clock, in microseconds. */
int64_t behavior_event_time(const struct behavior *behavior);

#endif
