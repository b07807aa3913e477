/* SPDX-License-Identifier: ISC
 *
 * Functions of rules that ask whoever has the endpoint: the parent of the process (driver_call), or, in
 * a selftest, what its case gives in place of the world. "host.stat" asks "stat".
 */
#ifndef DRIVERS_RULE_ASK_H
#define DRIVERS_RULE_ASK_H

#include <jansson.h>
#include <lua.h>
#include <stdbool.h>

#include "drivers/driver.h"

struct rule_ask {
    struct driver_watch *watch;
    /* What a selftest's case answers, a new reference, NULL: absent; `reason` where there is one. */
    json_t *(*mock)(void *context, const char *call, const json_t *arguments,
                    char reason[static ERROR_WORDS_BYTES]);
    void *context;
    json_t *answer; /* the last one: an interpreter that raises leaves nobody else to free it */
};

/* For a lua_CFunction of a row of struct rule_function: takes so many texts, asks, and pushes the
 * value and, where `reasoned`, the reason or nil. Raises where the form is wrong. */
int rule_ask(lua_State *lua, struct rule_ask *ask, int arguments, bool reasoned);

/* Frees what is held. */
void rule_ask_end(struct rule_ask *ask);

#endif
