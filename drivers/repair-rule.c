/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "drivers/repair.h"
#include "media/base/bytes.h"
#include "media/base/limits.h"

struct repair_rule {
    int check, fix;
};

static const struct rule_field head[] = {
    {"id", RULE_TEXT, true, 1, LIMIT_LUA_ID_BYTES},
    {"title", RULE_TEXT, true, 1, LIMIT_LUA_TITLE_BYTES},
    {"check", RULE_FUNCTION, true, 0, 0},
    {"fix", RULE_FUNCTION, true, 0, 0},
};

int repair_rule_declare(struct rule *rule, lua_State *lua, void **data, struct error *err)
{
    struct repair_rule *made;

    if (rule_table_check(lua, -1, head, sizeof(head) / sizeof(head[0]), err) < 0)
        return -(int)err->code;
    *data = made = bytes_allocate(1, sizeof(*made));
    made->check = rule_keep_field(rule, lua, "check");
    made->fix = rule_keep_field(rule, lua, "fix");
    return 0;
}

static int take_flag(lua_State *lua, const char *what, int index, bool *flag, struct error *err)
{
    if (!lua_isboolean(lua, index))
        return error_set(err, ERROR_BAD_CONTENT, "%s: expected true or false, got %s", what,
                         lua_typename(lua, lua_type(lua, index)));
    *flag = lua_toboolean(lua, index);
    return 0;
}

static int take_check(void *context, lua_State *lua, struct error *err)
{
    struct repair_outcome *outcome = context;

    return take_flag(lua, "check", 1, &outcome->healthy, err);
}

static int take_fix(void *context, lua_State *lua, struct error *err)
{
    struct repair_outcome *outcome = context;

    if (lua_type(lua, 2) == LUA_TSTRING)
        snprintf(outcome->reason, sizeof(outcome->reason), "%s", lua_tostring(lua, 2));
    else if (!lua_isnil(lua, 2))
        return error_set(err, ERROR_BAD_CONTENT, "fix: expected a reason as second result");
    return take_flag(lua, "fix", 1, &outcome->done, err);
}

int repair_rule_run(struct rule *rule, struct repair_outcome *outcome, struct error *err)
{
    const struct repair_rule *kept = rule_data(rule);
    const struct rule_call check = {
        .kept = kept->check, .results = 1, .take = take_check, .context = outcome};
    const struct rule_call fix = {
        .kept = kept->fix, .results = 2, .take = take_fix, .context = outcome};
    int result;

    *outcome = (struct repair_outcome){.healthy = false};
    result = rule_call(rule, &check, err);
    if (result < 0 || outcome->healthy)
        return result;
    return rule_call(rule, &fix, err);
}
