/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <lauxlib.h>
#include <string.h>

#include "drivers/rule-state.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/text.h"

static int host_flag(lua_State *lua)
{
    const struct rule_engine *engine = rule_engine_from(lua);
    const json_t *flags = engine->mocked_flags != NULL ? engine->mocked_flags : engine->flags;

    rule_check_count(lua, 1, 1);
    lua_pushboolean(
        lua, json_is_true(json_object_get(flags, rule_check_text(lua, 1, LIMIT_NAME_BYTES, NULL))));
    return 1;
}

static bool may_log(struct rule_log *log)
{
    int64_t second = rule_clock_ns() / 1000000000;

    if (log->second != second) {
        log->second = second;
        log->lines = 0;
    }
    if (log->lines >= LIMIT_LUA_LOG_LINES) {
        log->held_back++;
        return false;
    }
    log->lines++;
    return true;
}

/* While it is tried, a rule has nothing to tell. */
static int host_log(lua_State *lua)
{
    struct rule *rule = rule_running(lua);
    char words[LIMIT_LUA_LOG_BYTES * 4];
    char more[40] = "";
    size_t size;
    const char *text;

    rule_check_count(lua, 1, 1);
    text = rule_check_text(lua, 1, LIMIT_LUA_TEXT, &size);
    if (rule_phase(lua) != RULE_SERVING || !may_log(&rule->log))
        return 0;
    text_escape(text, size < LIMIT_LUA_LOG_BYTES ? size : LIMIT_LUA_LOG_BYTES, words,
                sizeof(words));
    if (rule->log.held_back > 0)
        snprintf(more, sizeof(more), " (%u more before it)", rule->log.held_back);
    rule->log.held_back = 0;
    log_write(LOG_LEVEL_INFO, "%s: %s%s", rule->id, words, more);
    return 0;
}

static int host_selftest(lua_State *lua)
{
    struct rule *rule = rule_running(lua);
    struct rule_case *test;
    lua_Debug where;

    rule_check_count(lua, 1, 1);
    rule_check_table(lua, 1);
    if (rule_phase(lua) != RULE_LOADING)
        return rule_raise(lua, "expected while the file is loaded only");
    if (rule->case_count == LIMIT_LUA_SELFTESTS)
        return rule_raise(lua, "more than LUA_SELFTESTS, %d cases", LIMIT_LUA_SELFTESTS);
    test = &rule->cases[rule->case_count];
    test->line =
        lua_getstack(lua, 1, &where) && lua_getinfo(lua, "l", &where) ? where.currentline : 0;
    test->table = luaL_ref(lua, LUA_REGISTRYINDEX);
    rule->case_count++;
    return 0;
}

struct rule_library rule_library_host(void)
{
    static const struct rule_function rows[] = {
        {"flag", host_flag, "flag(name)", "whether the feature is on"},
        {"log", host_log, "log(text)", "nothing; 200 bytes, 10 a second"},
        {"selftest", host_selftest, "selftest{...}", "nothing; a positive and a negative at least"},
    };

    return (struct rule_library){rows, sizeof(rows) / sizeof(rows[0])};
}

/* id and title, which every head has. */
static int read_names(lua_State *lua, struct rule *rule)
{
    const char *id, *title;
    size_t size;

    lua_getfield(lua, 1, "id");
    id = lua_type(lua, -1) == LUA_TSTRING ? lua_tolstring(lua, -1, &size) : NULL;
    if (id == NULL || strlen(id) != size || size > LIMIT_LUA_ID_BYTES || !json_name_valid(id))
        return rule_raise(lua,
                          "id: expected a name, [a-z0-9] and then [a-z0-9._-], of at most %d bytes",
                          LIMIT_LUA_ID_BYTES);
    lua_getfield(lua, 1, "title");
    title = lua_type(lua, -1) == LUA_TSTRING ? lua_tolstring(lua, -1, &size) : NULL;
    if (title == NULL || strlen(title) != size || size == 0 ||
        !json_text_valid(title, LIMIT_LUA_TITLE_BYTES))
        return rule_raise(lua, "title: expected a text of 1 to %d bytes in UTF-8",
                          LIMIT_LUA_TITLE_BYTES);
    snprintf(rule->id, sizeof(rule->id), "%s", id);
    snprintf(rule->title, sizeof(rule->title), "%s", title);
    lua_pop(lua, 2);
    return 0;
}

static int head(lua_State *lua)
{
    struct rule *rule = rule_running(lua);
    struct error err = {0};

    rule_check_count(lua, 1, 1);
    rule_check_table(lua, 1);
    if (rule->declared)
        return rule_raise(lua, "called a second time: a file is one");
    read_names(lua, rule);
    if (rule->engine->family->declare(rule, lua, &rule->data, &err) < 0)
        return rule_raise(lua, "%s", err.words);
    rule->declared = true;
    return 0;
}

void rule_push_head(lua_State *lua)
{
    struct rule_engine *engine = rule_engine_from(lua);

    engine->head = (struct rule_function){.name = engine->family->head};
    lua_pushstring(lua, engine->family->head);
    lua_pushlightuserdata(lua, &engine->head);
    lua_pushcclosure(lua, head, 1);
    lua_rawset(lua, -3);
}

int rule_keep(struct rule *rule, lua_State *lua, int index)
{
    int kept;

    if (lua_type(lua, index) != LUA_TFUNCTION)
        return rule_raise(lua, "expected a function, got %s", luaL_typename(lua, index));
    if (rule->kept_count == LIMIT_LUA_KEPT)
        return rule_raise(lua, "more than LUA_KEPT, %d functions", LIMIT_LUA_KEPT);
    lua_pushvalue(lua, index);
    kept = luaL_ref(lua, LUA_REGISTRYINDEX);
    rule->kept[rule->kept_count++] = kept;
    return kept;
}

int rule_keep_field(struct rule *rule, lua_State *lua, const char *key)
{
    int kept;

    lua_getfield(lua, -1, key);
    kept = rule_keep(rule, lua, lua_gettop(lua));
    lua_pop(lua, 1);
    return kept;
}
