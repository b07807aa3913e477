/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "drivers/rule-state.h"

#define WHOLE_MOST 9007199254740992.0 /* 2^53: beyond it not every whole number is one */

/* The row of the function that runs: upvalue 1, as rule-library.c pushes them. */
static const char *name_of_function(lua_State *lua)
{
    const struct rule_function *row = lua_touserdata(lua, lua_upvalueindex(1));

    return row != NULL ? row->name : NULL;
}

int rule_raise(lua_State *lua, const char *format, ...)
{
    const char *name = name_of_function(lua);
    char words[ERROR_WORDS_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    luaL_where(lua, 1);
    lua_pushfstring(lua, "%s%s%s", name != NULL ? name : "", name != NULL ? ": " : "", words);
    lua_concat(lua, 2);
    return lua_error(lua);
}

void rule_check_time(lua_State *lua)
{
    if (rule_engine_from(lua)->guard.expired)
        rule_raise(lua, "took longer than %s", rule_engine_from(lua)->limit_name);
}

static const char *kind_at(lua_State *lua, int index)
{
    return lua_type(lua, index) == LUA_TNONE ? "nothing" : luaL_typename(lua, index);
}

static void expect(lua_State *lua, int index, int type, const char *words)
{
    if (lua_type(lua, index) != type)
        rule_raise(lua, "argument %d: expected %s, got %s", index, words, kind_at(lua, index));
}

const char *rule_check_text(lua_State *lua, int index, size_t max, size_t *size)
{
    const char *text;
    size_t length;

    expect(lua, index, LUA_TSTRING, "a text");
    text = lua_tolstring(lua, index, &length);
    if (length > max)
        rule_raise(lua, "argument %d: expected a text of at most %zu bytes, got %zu", index, max,
                   length);
    if (size == NULL && memchr(text, '\0', length) != NULL)
        rule_raise(lua, "argument %d: expected a text without NUL", index);
    if (size != NULL)
        *size = length;
    return text;
}

int64_t rule_check_integer(lua_State *lua, int index, int64_t low, int64_t high)
{
    lua_Number number;

    expect(lua, index, LUA_TNUMBER, "a whole number");
    number = lua_tonumber(lua, index);
    if (!(fabs(number) <= WHOLE_MOST) || floor(number) != number)
        rule_raise(lua, "argument %d: expected a whole number", index);
    if ((int64_t)number < low || (int64_t)number > high)
        rule_raise(lua, "argument %d: expected a whole number from %lld to %lld", index,
                   (long long)low, (long long)high);
    return (int64_t)number;
}

bool rule_check_flag(lua_State *lua, int index)
{
    expect(lua, index, LUA_TBOOLEAN, "true or false");
    return lua_toboolean(lua, index);
}

void rule_check_table(lua_State *lua, int index)
{
    expect(lua, index, LUA_TTABLE, "a table");
}

void rule_check_function(lua_State *lua, int index)
{
    expect(lua, index, LUA_TFUNCTION, "a function");
}

void rule_check_count(lua_State *lua, int least, int most)
{
    int count = lua_gettop(lua);

    if (count < least)
        rule_raise(lua, "expected %d arguments at least, got %d", least, count);
    if (count > most)
        rule_raise(lua, "expected %d arguments at most, got %d", most, count);
}
