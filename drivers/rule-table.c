/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "drivers/rule-state.h"

static int check_text(lua_State *lua, int64_t low, int64_t high, struct error *err)
{
    size_t size = 0;
    const char *text;

    if (lua_type(lua, -1) != LUA_TSTRING)
        return error_set(err, ERROR_BAD_CONTENT, "expected a text, got %s", luaL_typename(lua, -1));
    text = lua_tolstring(lua, -1, &size);
    if ((int64_t)size < low || (int64_t)size > high || memchr(text, '\0', size) != NULL)
        return error_set(err, ERROR_BAD_CONTENT,
                         "expected a text of %lld to %lld bytes without NUL, got %zu bytes",
                         (long long)low, (long long)high, size);
    return 0;
}

static int check_integer(lua_State *lua, int64_t low, int64_t high, struct error *err)
{
    lua_Number number = lua_type(lua, -1) == LUA_TNUMBER ? lua_tonumber(lua, -1) : NAN;

    if (!(number >= (lua_Number)low && number <= (lua_Number)high) || floor(number) != number)
        return error_set(err, ERROR_BAD_CONTENT, "expected a whole number from %lld to %lld",
                         (long long)low, (long long)high);
    return 0;
}

/* A list: what counts is 1..n, and nothing lies beside it. */
static int check_texts(lua_State *lua, int64_t low, int64_t high, struct error *err)
{
    size_t count = lua_type(lua, -1) == LUA_TTABLE ? lua_objlen(lua, -1) : 0;
    int64_t keys = 0;

    if (lua_type(lua, -1) != LUA_TTABLE || (int64_t)count < low || (int64_t)count > high)
        return error_set(err, ERROR_BAD_CONTENT, "expected a list of %lld to %lld texts",
                         (long long)low, (long long)high);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(lua, -1, (int)i);
        if (check_text(lua, 0, LIMIT_LUA_TEXT, err) < 0) {
            lua_pop(lua, 1);
            return error_context(err, "[%zu]", i);
        }
        lua_pop(lua, 1);
    }
    for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1))
        keys++;
    return keys == (int64_t)count
               ? 0
               : error_set(err, ERROR_BAD_CONTENT, "expected a list and no other keys in it");
}

static int check_type(lua_State *lua, int type, const char *words, struct error *err)
{
    if (lua_type(lua, -1) == type)
        return 0;
    return error_set(err, ERROR_BAD_CONTENT, "expected %s, got %s", words, luaL_typename(lua, -1));
}

/* The value at the top of the stack. */
static int check_value(lua_State *lua, const struct rule_field *row, struct error *err)
{
    switch (row->kind) {
    case RULE_TEXT:
        return check_text(lua, row->low, row->high, err);
    case RULE_INTEGER:
        return check_integer(lua, row->low, row->high, err);
    case RULE_TEXTS:
        return check_texts(lua, row->low, row->high, err);
    case RULE_FUNCTION:
        return check_type(lua, LUA_TFUNCTION, "a function", err);
    case RULE_FLAG:
        return check_type(lua, LUA_TBOOLEAN, "true or false", err);
    case RULE_TABLE:
        return check_type(lua, LUA_TTABLE, "a table", err);
    }
    return error_set(err, ERROR_INTERNAL, "a field of no kind");
}

/* rawget by a C string, on the table at index. */
static void push_field(lua_State *lua, int index, const char *key)
{
    lua_pushstring(lua, key);
    lua_rawget(lua, index);
}

static bool is_known(const char *key, const struct rule_field *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].key, key) == 0)
            return true;
    return false;
}

static int check_keys(lua_State *lua, int index, const struct rule_field *rows, size_t count,
                      struct error *err)
{
    for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) {
        const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : NULL;

        if (key != NULL && is_known(key, rows, count))
            continue;
        error_set(err, ERROR_BAD_CONTENT, "%.64s: unknown key",
                  key != NULL ? key : luaL_typename(lua, -2));
        lua_pop(lua, 2);
        return -(int)err->code;
    }
    return 0;
}

int rule_table_check(lua_State *lua, int index, const struct rule_field *rows, size_t count,
                     struct error *err)
{
    int result;

    if (index < 0)
        index = lua_gettop(lua) + 1 + index;
    if (lua_type(lua, index) != LUA_TTABLE)
        return error_set(err, ERROR_BAD_CONTENT, "expected a table, got %s",
                         lua_type(lua, index) == LUA_TNONE ? "nothing" : luaL_typename(lua, index));
    result = check_keys(lua, index, rows, count, err);
    for (size_t i = 0; result == 0 && i < count; i++) {
        push_field(lua, index, rows[i].key);
        if (lua_type(lua, -1) != LUA_TNIL)
            result = check_value(lua, &rows[i], err);
        else if (rows[i].required)
            result = error_set(err, ERROR_BAD_CONTENT, "missing");
        lua_pop(lua, 1);
        if (result < 0)
            error_context(err, "%s", rows[i].key);
    }
    return result;
}
