/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/rule-state.h"

#define ROWS(table)                                                                                \
    {                                                                                              \
        (table), sizeof(table) / sizeof((table)[0])                                                \
    }

/* next(table, key): a key that is not there raises in the interpreter. */
static int base_next(lua_State *lua)
{
    rule_check_table(lua, 1);
    lua_settop(lua, 2);
    if (lua_next(lua, 1) != 0)
        return 2;
    lua_pushnil(lua);
    return 1;
}

static int base_pairs(lua_State *lua)
{
    rule_check_table(lua, 1);
    lua_pushvalue(lua, lua_upvalueindex(2));
    lua_pushvalue(lua, 1);
    lua_pushnil(lua);
    return 3;
}

static int ipairs_step(lua_State *lua)
{
    int i;

    rule_check_table(lua, 1);
    i = (int)rule_check_integer(lua, 2, 0, INT32_MAX - 1) + 1;
    lua_pushinteger(lua, i);
    lua_rawgeti(lua, 1, i);
    return lua_type(lua, -1) == LUA_TNIL ? 1 : 2;
}

static int base_ipairs(lua_State *lua)
{
    rule_check_table(lua, 1);
    lua_pushvalue(lua, lua_upvalueindex(2));
    lua_pushvalue(lua, 1);
    lua_pushinteger(lua, 0);
    return 3;
}

static int base_select(lua_State *lua)
{
    int count = lua_gettop(lua);
    int64_t first;

    if (lua_type(lua, 1) == LUA_TSTRING && strcmp(lua_tostring(lua, 1), "#") == 0) {
        lua_pushinteger(lua, count - 1);
        return 1;
    }
    first = rule_check_integer(lua, 1, -count + 1, INT32_MAX);
    if (first == 0)
        return rule_raise(lua, "argument 1: expected # or a place, from 1 or from -1 on");
    if (first < 0)
        first += count;
    return first >= count ? 0 : count - (int)first;
}

static int base_type(lua_State *lua)
{
    rule_check_count(lua, 1, 1);
    lua_pushstring(lua, luaL_typename(lua, 1));
    return 1;
}

/* Where a table lies is nobody's business: it is called by its kind. */
void rule_push_text(lua_State *lua, int index)
{
    switch (lua_type(lua, index)) {
    case LUA_TSTRING:
        lua_pushvalue(lua, index);
        break;
    case LUA_TNUMBER:
        lua_pushvalue(lua, index);
        lua_tolstring(lua, -1, NULL);
        break;
    case LUA_TBOOLEAN:
        lua_pushstring(lua, lua_toboolean(lua, index) ? "true" : "false");
        break;
    default:
        lua_pushstring(lua, luaL_typename(lua, index));
    }
}

static int base_tostring(lua_State *lua)
{
    rule_check_count(lua, 1, 1);
    rule_push_text(lua, 1);
    return 1;
}

/* Digits of a base, with a sign; nil where there is anything else. */
static int push_digits(lua_State *lua, int base)
{
    const char *text = rule_check_text(lua, 1, LIMIT_LUA_PATTERN, NULL);
    char *end = NULL;
    long long number = strtoll(text, &end, base);

    if (*text != '\0' && end != text && *end == '\0')
        lua_pushnumber(lua, (lua_Number)number);
    else
        lua_pushnil(lua);
    return 1;
}

static int base_tonumber(lua_State *lua)
{
    rule_check_count(lua, 1, 2);
    if (lua_gettop(lua) == 2)
        return push_digits(lua, (int)rule_check_integer(lua, 2, 2, 36));
    if (lua_type(lua, 1) == LUA_TNUMBER ||
        (lua_type(lua, 1) == LUA_TSTRING && lua_isnumber(lua, 1)))
        lua_pushnumber(lua, lua_tonumber(lua, 1));
    else
        lua_pushnil(lua);
    return 1;
}

/* Words and nothing else, with the place that raised them. */
static int base_error(lua_State *lua)
{
    size_t size;
    const char *words;

    if (lua_type(lua, 1) != LUA_TSTRING)
        return rule_raise(lua, "argument 1: expected a text, got %s", luaL_typename(lua, 1));
    words = lua_tolstring(lua, 1, &size);
    luaL_where(lua, 1);
    lua_pushlstring(lua, words, size < ERROR_WORDS_BYTES ? size : ERROR_WORDS_BYTES);
    lua_concat(lua, 2);
    return lua_error(lua);
}

static lua_Number check_number(lua_State *lua, int index)
{
    if (lua_type(lua, index) != LUA_TNUMBER)
        rule_raise(lua, "argument %d: expected a number, got %s", index, luaL_typename(lua, index));
    return lua_tonumber(lua, index);
}

static int math_floor(lua_State *lua)
{
    rule_check_count(lua, 1, 1);
    lua_pushnumber(lua, floor(check_number(lua, 1)));
    return 1;
}

static int math_max(lua_State *lua)
{
    lua_Number most = check_number(lua, 1);

    for (int i = 2; i <= lua_gettop(lua); i++)
        most = check_number(lua, i) > most ? lua_tonumber(lua, i) : most;
    lua_pushnumber(lua, most);
    return 1;
}

static int math_min(lua_State *lua)
{
    lua_Number least = check_number(lua, 1);

    for (int i = 2; i <= lua_gettop(lua); i++)
        least = check_number(lua, i) < least ? lua_tonumber(lua, i) : least;
    lua_pushnumber(lua, least);
    return 1;
}

struct rule_library rule_library_base(void)
{
    static const struct rule_function rows[] = {
        {"error", base_error, "error(text)", "raises an error of this rule"},
        {"ipairs", base_ipairs, "ipairs(t)", "for i, v in ipairs(t)"},
        {"next", base_next, "next(t, key)", "the key and value after key"},
        {"pairs", base_pairs, "pairs(t)", "for k, v in pairs(t)"},
        {"select", base_select, "select(n, ...)", "arguments from the n-th on; \"#\": how many"},
        {"tonumber", base_tonumber, "tonumber(v, base)", "number or nil"},
        {"tostring", base_tostring, "tostring(v)", "text; of a table or function its kind"},
        {"type", base_type, "type(v)", "its kind as a text"},
        {"math.floor", math_floor, "math.floor(x)", "the whole number at or below x"},
        {"math.max", math_max, "math.max(x, ...)", "the greatest"},
        {"math.min", math_min, "math.min(x, ...)", "the least"},
    };

    return (struct rule_library)ROWS(rows);
}

/* A function of the host: a rule says first what it is. */
static int call_host(lua_State *lua)
{
    const struct rule_function *row = lua_touserdata(lua, lua_upvalueindex(1));
    struct rule_engine *engine = rule_engine_from(lua);

    if (engine->running == NULL || !engine->running->declared)
        return rule_raise(lua, "expected %s{...} before it", engine->family->head);
    rule_check_time(lua);
    return row->function(lua);
}

/* What pairs and ipairs hand out is their second upvalue. */
static int push_step(lua_State *lua, const struct rule_function *row)
{
    static const struct rule_function steps[] = {{"next", base_next, NULL, NULL},
                                                 {"ipairs", ipairs_step, NULL, NULL}};
    const struct rule_function *step;

    if (row->function != base_pairs && row->function != base_ipairs)
        return 1;
    step = &steps[row->function == base_ipairs];
    lua_pushlightuserdata(lua, (void *)(uintptr_t)step);
    lua_pushcclosure(lua, step->function, 1);
    return 2;
}

/* Sets env.name or env.table.name; the environment is at the top. */
static void set_function(lua_State *lua, const struct rule_function *row, bool is_host)
{
    const char *dot = strchr(row->name, '.');

    if (dot != NULL) {
        lua_pushlstring(lua, row->name, (size_t)(dot - row->name));
        lua_rawget(lua, -2);
        if (lua_type(lua, -1) == LUA_TNIL) {
            lua_pop(lua, 1);
            lua_createtable(lua, 0, 4);
            lua_pushlstring(lua, row->name, (size_t)(dot - row->name));
            lua_pushvalue(lua, -2);
            lua_rawset(lua, -4);
        }
    } else {
        lua_pushvalue(lua, -1);
    }
    lua_pushstring(lua, dot != NULL ? dot + 1 : row->name);
    lua_pushlightuserdata(lua, (void *)(uintptr_t)row);
    lua_pushcclosure(lua, is_host ? call_host : row->function, push_step(lua, row));
    lua_rawset(lua, -3);
    lua_pop(lua, 1);
}

static void set_functions(lua_State *lua, const struct rule_function *rows, size_t count,
                          bool is_host)
{
    for (size_t i = 0; i < count; i++)
        set_function(lua, &rows[i], is_host);
}

void rule_push_environment(lua_State *lua)
{
    const struct rule_family *family = rule_engine_from(lua)->family;
    const struct rule_library pure[] = {rule_library_base(), rule_library_string(),
                                        rule_library_table(), rule_library_match()};
    struct rule_library host = rule_library_host();

    lua_createtable(lua, 0, 32);
    for (size_t i = 0; i < sizeof(pure) / sizeof(pure[0]); i++)
        set_functions(lua, pure[i].rows, pure[i].count, false);
    set_functions(lua, host.rows, host.count, true);
    set_functions(lua, family->functions, family->function_count, true);
    rule_push_head(lua);
}
