/* SPDX-License-Identifier: ISC
 *
 * The clock of the Lua runtime: processor time, told by a timer's signal while anything runs. A rule
 * that is over its budget gets a hook that fires at its next instruction, and at every one after it;
 * in between nothing is hooked and nothing is counted, which costs nothing. One that is in C and
 * reaches no instruction ends the process, after its name has gone to the parent as what is to blame.
 */
#ifndef DRIVERS_RULE_GUARD_H
#define DRIVERS_RULE_GUARD_H

#include <lua.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>

#include "media/base/error.h"

/* What runs under a budget, from enter to leave: one within the other. */
struct rule_span {
    struct rule_span *outer;
    const char *blame; /* JSON text without its quotes; lives as long as the span */
    int64_t limit_us;
    int64_t started_us; /* processor time at the first tick; 0: none yet */
};

/* One an engine. It stays where it is from start to stop. */
struct rule_guard {
    lua_State *lua;
    timer_t timer;
    int socket;                      /* -1: nobody to tell */
    struct rule_span *volatile span; /* the innermost */
    volatile sig_atomic_t expired;   /* the budget of one of them is used up */
    volatile sig_atomic_t quiet;     /* the hook is being changed */
};

/* ERROR_SANDBOX. Takes SIGPROF for the process. */
int rule_guard_start(struct rule_guard *guard, lua_State *lua, struct error *err) ERROR_MUST_CHECK;
void rule_guard_stop(struct rule_guard *guard);

void rule_guard_enter(struct rule_guard *guard, struct rule_span *span);
/* Takes the hook away, too. */
void rule_guard_leave(struct rule_guard *guard);

/* Ends the process as one that is stuck does: for what can't be answered by an error. */
void rule_guard_give_up(const struct rule_guard *guard) __attribute__((noreturn));

#endif
