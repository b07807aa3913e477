/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "drivers/rule-state.h"
#include "media/base/text.h"

#define WHOLE_MOST 9007199254740992.0 /* 2^53 */

struct conversion {
    lua_State *lua;
    size_t values;
    struct error *err;
};

static json_t *value_at_top(struct conversion *conversion, unsigned depth);

static json_t *refuse(struct conversion *conversion, const char *words)
{
    error_set(conversion->err, ERROR_BAD_CONTENT, "%s", words);
    return NULL;
}

static json_t *text_at(struct conversion *conversion, int index)
{
    size_t size;
    const char *text = lua_tolstring(conversion->lua, index, &size);

    if (size > LIMIT_LUA_TEXT || memchr(text, '\0', size) != NULL || text_is_utf8(text, size) == 0)
        return refuse(conversion, "expected a text in UTF-8, without NUL, within LUA_TEXT");
    return json_stringn(text, size);
}

static json_t *number_at_top(struct conversion *conversion)
{
    lua_Number number = lua_tonumber(conversion->lua, -1);

    if (!(fabs(number) <= WHOLE_MOST) || floor(number) != number)
        return refuse(conversion, "expected a whole number");
    return json_integer((json_int_t)number);
}

/* Whether the keys of the table at the top are 1..n, n > 0. */
static bool is_list(lua_State *lua, size_t *count)
{
    size_t keys = 0;

    *count = lua_objlen(lua, -1);
    if (*count == 0)
        return false;
    for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1))
        keys++;
    return keys == *count;
}

static json_t *list_at_top(struct conversion *conversion, size_t count, unsigned depth)
{
    json_t *list = json_array();

    for (size_t i = 1; i <= count; i++) {
        json_t *value;

        lua_rawgeti(conversion->lua, -1, (int)i);
        value = value_at_top(conversion, depth + 1);
        lua_pop(conversion->lua, 1);
        if (value == NULL) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, value);
    }
    return list;
}

static json_t *object_at_top(struct conversion *conversion, unsigned depth)
{
    lua_State *lua = conversion->lua;
    json_t *object = json_object();

    for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
        json_t *key = lua_type(lua, -2) == LUA_TSTRING
                          ? text_at(conversion, -2)
                          : refuse(conversion, "expected keys that are texts, or a list");
        json_t *value = key != NULL ? value_at_top(conversion, depth + 1) : NULL;

        if (value != NULL)
            json_object_set_new(object, json_string_value(key), value);
        json_decref(key);
        if (value == NULL) {
            lua_pop(lua, 2);
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *value_at_top(struct conversion *conversion, unsigned depth)
{
    lua_State *lua = conversion->lua;
    size_t count;

    if (++conversion->values > LIMIT_LUA_VALUES)
        return refuse(conversion, "more than LUA_VALUES values");
    switch (lua_type(lua, -1)) {
    case LUA_TBOOLEAN:
        return json_boolean(lua_toboolean(lua, -1));
    case LUA_TNUMBER:
        return number_at_top(conversion);
    case LUA_TSTRING:
        return text_at(conversion, -1);
    case LUA_TTABLE:
        if (depth == LIMIT_LUA_VALUE_DEPTH)
            return refuse(conversion, "tables deeper than LUA_VALUE_DEPTH");
        if (!lua_checkstack(lua, 4))
            return refuse(conversion, "the stack is full");
        return is_list(lua, &count) ? list_at_top(conversion, count, depth)
                                    : object_at_top(conversion, depth);
    default:
        error_set(conversion->err, ERROR_BAD_CONTENT, "a %s is no plain value",
                  luaL_typename(lua, -1));
        return NULL;
    }
}

json_t *rule_to_json(lua_State *lua, int index, struct error *err)
{
    struct conversion conversion = {lua, 0, err};
    json_t *value;

    lua_pushvalue(lua, index);
    value = value_at_top(&conversion, 0);
    lua_pop(lua, 1);
    return value;
}

static void push_list(lua_State *lua, const json_t *list)
{
    lua_createtable(lua, (int)json_array_size(list), 0);
    for (size_t i = 0; i < json_array_size(list); i++) {
        rule_push_json(lua, json_array_get(list, i));
        lua_rawseti(lua, -2, (int)i + 1);
    }
}

static void push_object(lua_State *lua, const json_t *object)
{
    json_t *members = (json_t *)(uintptr_t)object; /* iteration alone wants it so */
    const char *key;
    json_t *value;

    lua_createtable(lua, 0, (int)json_object_size(object));
    json_object_foreach(members, key, value)
    {
        lua_pushstring(lua, key);
        rule_push_json(lua, value);
        lua_rawset(lua, -3);
    }
}

void rule_push_json(lua_State *lua, const json_t *value)
{
    luaL_checkstack(lua, 4, "a value is too deep");
    switch (value != NULL ? json_typeof(value) : JSON_NULL) {
    case JSON_OBJECT:
        push_object(lua, value);
        break;
    case JSON_ARRAY:
        push_list(lua, value);
        break;
    case JSON_STRING:
        lua_pushlstring(lua, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        lua_pushnumber(lua, (lua_Number)json_integer_value(value));
        break;
    case JSON_REAL:
        lua_pushnumber(lua, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(lua, json_is_true(value));
        break;
    case JSON_NULL:
        lua_pushnil(lua);
        break;
    }
}
