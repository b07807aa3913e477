/* SPDX-License-Identifier: ISC */
#include "drivers/behavior-provide.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/json.h"

const struct behavior_provided *behavior_provided_find(const struct behavior_set *set,
                                                       const char *name)
{
    for (size_t i = 0; set != NULL && i < set->provided_count; i++)
        if (strcmp(set->provided[i].name, name) == 0)
            return &set->provided[i];
    return NULL;
}

static int check_provide(const struct behavior_set *set, const char *name, struct error *err)
{
    const struct behavior_provided *first = behavior_provided_find(set, name);

    if (!json_name_valid(name))
        return error_set(err, ERROR_BAD_CONTENT, "expected a name of [a-z0-9._-]");
    if (first != NULL)
        return error_set(err, ERROR_BAD_CONTENT, "%s is provided by %s", name,
                         rule_id(first->rule));
    if (set->provided_count == LIMIT_LUA_PROVIDED)
        return error_set(err, ERROR_LIMIT, "more than %d names (LUA_PROVIDED)", LIMIT_LUA_PROVIDED);
    return 0;
}

int behavior_provide(struct behavior_rule *rule, const char *name, lua_State *lua, int index,
                     struct error *err)
{
    struct behavior_set *set = rule->set;
    struct behavior_provided made = {.rule = rule->rule, .function = LUA_NOREF};
    int result = check_provide(set, name, err);

    if (result < 0)
        return result;
    if (lua_isfunction(lua, index)) {
        made.kept = rule_keep(rule->rule, lua, index);
        lua_pushvalue(lua, index);
        made.function = luaL_ref(lua, LUA_REGISTRYINDEX);
    } else {
        made.value = rule_to_json(lua, index, err);
        if (made.value == NULL)
            return error_context(err, "%s", name);
    }
    if (set->provided == NULL)
        set->provided = bytes_allocate(LIMIT_LUA_PROVIDED, sizeof(made));
    made.name = bytes_copy_string(name);
    set->provided[set->provided_count++] = made;
    return 0;
}

void behavior_provided_push(const struct behavior_provided *provided, lua_State *lua)
{
    if (provided->value != NULL)
        rule_push_json(lua, provided->value);
    else
        lua_rawgeti(lua, LUA_REGISTRYINDEX, provided->function);
}

/* Leaves the table of the rule's copies, which is emptied when the set is another. */
static void push_copies(struct behavior_rule *rule, const struct behavior_set *set, lua_State *lua)
{
    if (rule->uses != LUA_NOREF && rule->uses_serial == set->serial) {
        lua_rawgeti(lua, LUA_REGISTRYINDEX, rule->uses);
        return;
    }
    luaL_unref(lua, LUA_REGISTRYINDEX, rule->uses);
    rule->uses = LUA_NOREF;
    lua_createtable(lua, 0, 1);
    lua_pushvalue(lua, -1);
    rule->uses = luaL_ref(lua, LUA_REGISTRYINDEX);
    rule->uses_serial = set->serial;
}

static void push_copy(struct behavior_rule *rule, const struct behavior_set *set,
                      const struct behavior_provided *provided, lua_State *lua)
{
    push_copies(rule, set, lua);
    lua_getfield(lua, -1, provided->name);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        behavior_provided_push(provided, lua);
        lua_pushvalue(lua, -1);
        lua_setfield(lua, -3, provided->name);
    }
    lua_remove(lua, -2);
}

/* What the case gives: nil where it does not. */
static void push_given(const struct behavior_case *mocks, const char *name, lua_State *lua)
{
    lua_rawgeti(lua, LUA_REGISTRYINDEX, mocks->uses);
    if (!lua_istable(lua, -1))
        return;
    lua_pushstring(lua, name);
    lua_rawget(lua, -2);
    lua_remove(lua, -2);
}

int behavior_use(struct behavior_rule *rule, const char *name, lua_State *lua, struct error *err)
{
    const struct behavior_moment *moment = &rule->behavior->moment;
    const struct behavior_provided *provided;

    if (moment->mocks != NULL) {
        push_given(moment->mocks, name, lua);
        return !lua_isnil(lua, -1)
                   ? 0
                   : error_set(err, ERROR_NOT_FOUND, "the selftest gives no uses.%s", name);
    }
    provided = behavior_provided_find(moment->product, name);
    if (provided == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no product rule provides %s", name);
    push_copy(rule, moment->product, provided, lua);
    return 0;
}

void behavior_provided_free(struct behavior_set *set)
{
    for (size_t i = 0; i < set->provided_count; i++) {
        if (set->behavior->lua != NULL)
            luaL_unref(set->behavior->lua, LUA_REGISTRYINDEX, set->provided[i].function);
        json_decref(set->provided[i].value);
        free(set->provided[i].name);
    }
    free(set->provided);
    set->provided = NULL;
    set->provided_count = 0;
}
