/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <luajit.h>
#include <stdlib.h>

#include "drivers/rule-state.h"
#include "media/base/bytes.h"
#include "media/base/log.h"

/* What is garbage may grow to half of what is not, before it is looked for. */
#define COLLECTOR_PAUSE 150

/* An error outside every protected call: nothing in the interpreter can be relied on. */
static int panic(lua_State *lua)
{
    log_write(LOG_LEVEL_ERROR, "rules: the interpreter can't go on: %s",
              lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "no words");
    rule_guard_give_up(&rule_engine_from(lua)->guard);
}

/* Should the foreign function interface ever be opened (rule-source.h), it is held by this. */
static int hold_modules(lua_State *lua)
{
    lua_newtable(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, "_LOADED");
    return 0;
}

struct rule_engine *rule_engine_new(const struct rule_family *family, void *context,
                                    struct error *err)
{
    struct rule_engine *engine;

    engine = bytes_allocate(1, sizeof(*engine));
    engine->family = family;
    engine->context = context;
    engine->phase = RULE_SERVING;
    engine->memory.owner = &engine->memory.own;
    engine->memory.limit = LIMIT_LUA_MEMORY;
    engine->lua = lua_newstate(rule_memory_allocate, engine);
    if (engine->lua == NULL) {
        free(engine);
        error_set(err, ERROR_INTERNAL, "the interpreter for rules does not start");
        return NULL;
    }
    lua_atpanic(engine->lua, panic);
    if (rule_guard_start(&engine->guard, engine->lua, err) < 0) {
        lua_close(engine->lua);
        free(engine);
        return NULL;
    }
    if (lua_cpcall(engine->lua, hold_modules, NULL) != 0)
        panic(engine->lua);
    engine->matcher = rule_matcher_new(engine);
    luaJIT_setmode(engine->lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    lua_gc(engine->lua, LUA_GCSETPAUSE, COLLECTOR_PAUSE);
    return engine;
}

void rule_engine_free(struct rule_engine *engine)
{
    if (engine == NULL)
        return;
    while (engine->set_count > 0)
        rule_set_free(engine->sets[engine->set_count - 1]);
    rule_guard_stop(&engine->guard);
    rule_matcher_free(engine->matcher);
    lua_close(engine->lua);
    json_decref(engine->flags);
    free(engine->sets);
    free(engine);
}

void rule_engine_blame_to(struct rule_engine *engine, int socket)
{
    engine->guard.socket = socket;
}

void *rule_engine_context(const struct rule_engine *engine)
{
    return engine->context;
}

void rule_engine_set_flags(struct rule_engine *engine, const json_t *flags)
{
    json_decref(engine->flags);
    engine->flags = json_deep_copy(flags);
}

void rule_engine_mock_flags(struct rule_engine *engine, const json_t *flags)
{
    engine->mocked_flags = flags;
}

void rule_engine_memory(const struct rule_engine *engine, size_t *now, size_t *most)
{
    *now = engine->memory.now;
    *most = engine->memory.most;
}
