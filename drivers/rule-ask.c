/* SPDX-License-Identifier: ISC */
#include "drivers/rule-ask.h"

#include <string.h>

#include "drivers/rule-engine.h"
#include "media/base/json.h"
#include "media/base/limits.h"

/* The row of the function that runs: upvalue 1, as rule-library.c pushes them. */
static const char *name_of_call(lua_State *lua)
{
    const struct rule_function *row = lua_touserdata(lua, lua_upvalueindex(1));
    const char *dot = strchr(row->name, '.');

    return dot != NULL ? dot + 1 : row->name;
}

/* All are looked at before anything is made that a raised error would leave behind. */
static json_t *take_arguments(lua_State *lua, int count)
{
    json_t *list;

    rule_check_count(lua, count, count);
    for (int i = 1; i <= count; i++) {
        if (!json_text_valid(rule_check_text(lua, i, LIMIT_PATH_BYTES, NULL), LIMIT_PATH_BYTES))
            rule_raise(lua, "argument %d: expected a text in UTF-8 without controls", i);
    }
    list = json_array();
    for (int i = 1; i <= count; i++)
        json_array_append_new(list, json_string(lua_tostring(lua, i)));
    return list;
}

static int ask_parent(struct rule_ask *ask, const char *call, json_t *arguments,
                      char reason[static ERROR_WORDS_BYTES], struct error *err)
{
    return driver_call(ask->watch, call, arguments, &ask->answer, reason, err);
}

static int ask_case(struct rule_ask *ask, const char *call, json_t *arguments,
                    char reason[static ERROR_WORDS_BYTES])
{
    ask->answer = ask->mock(ask->context, call, arguments, reason);
    json_decref(arguments);
    return 0;
}

int rule_ask(lua_State *lua, struct rule_ask *ask, int arguments, bool reasoned)
{
    char reason[ERROR_WORDS_BYTES] = "";
    enum rule_phase phase = rule_phase(lua);
    struct error err = {0};
    json_t *list;
    int result;

    if (phase == RULE_LOADING)
        return rule_raise(lua, "not while the rule is loaded");
    list = take_arguments(lua, arguments);
    rule_ask_end(ask);
    result = phase == RULE_TESTING ? ask_case(ask, name_of_call(lua), list, reason)
                                   : ask_parent(ask, name_of_call(lua), list, reason, &err);
    if (result < 0)
        return rule_raise(lua, "%s", err.words);
    rule_push_json(lua, ask->answer);
    if (!reasoned)
        return 1;
    if (reason[0] != '\0')
        lua_pushstring(lua, reason);
    else
        lua_pushnil(lua);
    return 2;
}

void rule_ask_end(struct rule_ask *ask)
{
    json_decref(ask->answer);
    ask->answer = NULL;
}
