/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <lauxlib.h>
#include <string.h>

#include "drivers/rule-state.h"

#define LOOK_EACH  1024 /* steps between two looks at the clock */
#define ITEMS_MOST INT32_MAX
#define SORTS_MOST 8 /* one within another's comparison */

static int count_of(lua_State *lua)
{
    size_t count;

    rule_check_table(lua, 1);
    count = lua_objlen(lua, 1);
    return count < ITEMS_MOST ? (int)count : ITEMS_MOST - 1;
}

static void move(lua_State *lua, int from, int to)
{
    if (from % LOOK_EACH == 0)
        rule_check_time(lua);
    lua_rawgeti(lua, 1, from);
    lua_rawseti(lua, 1, to);
}

static int table_insert(lua_State *lua)
{
    int end = count_of(lua) + 1;
    int at = end;

    rule_check_count(lua, 2, 3);
    if (lua_gettop(lua) == 3)
        at = (int)rule_check_integer(lua, 2, 1, end);
    for (int i = end; i > at; i--)
        move(lua, i - 1, i);
    lua_rawseti(lua, 1, at);
    return 0;
}

static int table_remove(lua_State *lua)
{
    int count = count_of(lua);
    int at = count;

    rule_check_count(lua, 1, 2);
    if (count == 0)
        return 0;
    if (lua_gettop(lua) == 2)
        at = (int)rule_check_integer(lua, 2, 1, count);
    lua_rawgeti(lua, 1, at);
    for (int i = at; i < count; i++)
        move(lua, i + 1, i);
    lua_pushnil(lua);
    lua_rawseti(lua, 1, count);
    return 1;
}

static size_t put(lua_State *lua, size_t at, const char *text, size_t size)
{
    if (size > LIMIT_LUA_TEXT - at)
        rule_raise(lua, "makes more than LUA_TEXT, %lld bytes", (long long)LIMIT_LUA_TEXT);
    memcpy(rule_engine_from(lua)->scratch + at, text, size);
    return at + size;
}

static size_t put_item(lua_State *lua, size_t at, int i)
{
    const char *text;
    size_t size;

    lua_rawgeti(lua, 1, i);
    if (lua_type(lua, -1) != LUA_TSTRING && lua_type(lua, -1) != LUA_TNUMBER)
        rule_raise(lua, "[%d]: expected a text or a number, got %s", i, luaL_typename(lua, -1));
    text = lua_tolstring(lua, -1, &size);
    at = put(lua, at, text, size);
    lua_pop(lua, 1);
    return at;
}

static int table_concat(lua_State *lua)
{
    int count = count_of(lua);
    size_t between_size = 0, size = 0;
    const char *between = "";
    int first, last;

    rule_check_count(lua, 1, 4);
    if (lua_gettop(lua) >= 2)
        between = rule_check_text(lua, 2, LIMIT_LUA_TEXT, &between_size);
    first = lua_gettop(lua) >= 3 ? (int)rule_check_integer(lua, 3, 1, ITEMS_MOST) : 1;
    last = lua_gettop(lua) >= 4 ? (int)rule_check_integer(lua, 4, 0, ITEMS_MOST - 1) : count;
    for (int i = first; i <= last; i++) {
        if (i % LOOK_EACH == 0)
            rule_check_time(lua);
        size = put_item(lua, size, i);
        if (i < last)
            size = put(lua, size, between, between_size);
    }
    lua_pushlstring(lua, rule_engine_from(lua)->scratch, size);
    return 1;
}

/* Whether the value at a goes before the one at b (stack indexes). */
static bool is_before(lua_State *lua, int a, int b)
{
    bool before;

    if (lua_type(lua, 2) != LUA_TFUNCTION) {
        if (lua_type(lua, a) != lua_type(lua, b) ||
            (lua_type(lua, a) != LUA_TNUMBER && lua_type(lua, a) != LUA_TSTRING))
            rule_raise(lua, "expected numbers alone or texts alone, got %s and %s",
                       luaL_typename(lua, a), luaL_typename(lua, b));
        return lua_lessthan(lua, a, b) != 0;
    }
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, a);
    lua_pushvalue(lua, b);
    lua_call(lua, 2, 1);
    before = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return before;
}

/* Places the value at the top of the stack into the heap [1, end] from `hole` down, and takes it
 * away. The steps are bounded by the heap's height, whatever is said about the order. */
static void sift(lua_State *lua, int hole, int end)
{
    const int value = lua_gettop(lua);

    for (int child = 2 * hole; child <= end; child = 2 * hole) {
        lua_rawgeti(lua, 1, child);
        if (child < end) {
            lua_rawgeti(lua, 1, child + 1);
            if (is_before(lua, value + 1, value + 2)) {
                child++;
                lua_replace(lua, value + 1);
            } else {
                lua_pop(lua, 1);
            }
        }
        if (!is_before(lua, value, value + 1)) {
            lua_pop(lua, 1);
            break;
        }
        lua_rawseti(lua, 1, hole);
        hole = child;
    }
    lua_rawseti(lua, 1, hole);
}

/* Heapsort: what a comparison that lies does to the order is its own affair, and the number of
 * steps stays what it is. */
static void sort(lua_State *lua, int count)
{
    for (int i = count / 2; i >= 1; i--) {
        rule_check_time(lua);
        lua_rawgeti(lua, 1, i);
        sift(lua, i, count);
    }
    for (int end = count; end > 1; end--) {
        rule_check_time(lua);
        lua_rawgeti(lua, 1, end);
        lua_rawgeti(lua, 1, 1);
        lua_rawseti(lua, 1, end);
        sift(lua, 1, end - 1);
    }
}

static int table_sort(lua_State *lua)
{
    int count = count_of(lua);

    rule_check_count(lua, 1, 2);
    if (lua_gettop(lua) == 2)
        rule_check_function(lua, 2);
    lua_settop(lua, 2);
    luaL_checkstack(lua, 8, "table.sort");
    sort(lua, count);
    return 0;
}

struct rule_library rule_library_table(void)
{
    static const struct rule_function rows[] = {
        {"table.concat", table_concat, "table.concat(t, between, i, j)",
         "items i to j as one text"},
        {"table.insert", table_insert, "table.insert(t, i, v)", "puts v before item i, or last"},
        {"table.remove", table_remove, "table.remove(t, i)", "takes item i out, or the last"},
        {"table.sort", table_sort, "table.sort(t, before)", "sorts in place; not stable"},
    };

    return (struct rule_library){rows, sizeof(rows) / sizeof(rows[0])};
}
