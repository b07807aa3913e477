/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <lauxlib.h>
#include <string.h>

#include "drivers/rule-state.h"

void rule_run_begin(struct rule_run *run, struct rule *rule, int64_t limit_us, const char *name)
{
    struct rule_engine *engine = rule->engine;
    struct rule_memory *memory = &engine->memory;
    size_t limit = memory->now + LIMIT_LUA_CALL_MEMORY;

    run->running = engine->running;
    run->phase = engine->phase;
    run->owner = memory->owner;
    run->limit = memory->limit;
    run->limit_name = engine->limit_name;
    engine->running = rule;
    engine->limit_name = name;
    engine->undecided = false;
    memory->owner = rule->owner;
    /* One within another is bounded by that other. */
    if (limit < memory->limit)
        memory->limit = limit;
    run->span.blame = rule->blame;
    run->span.limit_us = limit_us;
    rule_guard_enter(&engine->guard, &run->span);
}

void rule_run_end(struct rule_run *run, struct rule *rule)
{
    struct rule_engine *engine = rule->engine;

    rule_guard_leave(&engine->guard);
    engine->running = run->running;
    engine->phase = run->phase;
    engine->memory.owner = run->owner;
    engine->memory.limit = run->limit;
    engine->limit_name = run->limit_name;
}

void rule_hook(lua_State *lua, lua_Debug *where)
{
    luaL_where(lua, 0);
    lua_pushfstring(lua, "took longer than %s", rule_engine_from(lua)->limit_name);
    lua_concat(lua, 2);
    lua_error(lua);
}

int rule_error_context(const struct rule *rule, int line, struct error *err)
{
    char number[16] = "";

    if (line > 0)
        snprintf(number, sizeof(number), ":%d", line);
    if (rule->id[0] == '\0')
        return error_context(err, "%s%s", rule->file, number);
    return error_context(err, "%s%s: %s %s", rule->file, number, rule->engine->family->head,
                         rule->id);
}

/* Takes "FILE:LINE: " off the front of a message of the interpreter. */
static const char *take_line(const struct rule *rule, const char *message, int *line)
{
    size_t size = strlen(rule->file);
    const char *c = message + size + 1;
    int number = 0;

    *line = 0;
    if (strncmp(message, rule->file, size) != 0 || message[size] != ':')
        return message;
    for (; *c >= '0' && *c <= '9' && number < 1000000; c++)
        number = number * 10 + (*c - '0');
    if (c[0] != ':' || c[1] != ' ')
        return message;
    *line = number;
    return c + 2;
}

/* What went wrong, from the message at the top of the stack, which is taken away. */
static int take_error(struct rule *rule, int status, struct error *err)
{
    struct rule_engine *engine = rule->engine;
    const char *message = "an error that is no text";
    enum error_code code = engine->guard.expired ? ERROR_RULE_TIME : ERROR_RULE_FAILED;
    int line = 0;

    if (status == LUA_ERRMEM || code == ERROR_RULE_TIME)
        engine->undecided = false;
    if (lua_type(engine->lua, -1) == LUA_TSTRING)
        message = take_line(rule, lua_tostring(engine->lua, -1), &line);
    if (status == LUA_ERRMEM)
        error_set(err, ERROR_RULE_MEMORY, "took more than LUA_CALL_MEMORY, %lld bytes",
                  (long long)LIMIT_LUA_CALL_MEMORY);
    else
        error_set(err, code, "%s", message);
    lua_pop(engine->lua, 1);
    return rule_error_context(rule, line, err);
}

int rule_run_protected(struct rule *rule, int64_t limit_us, const char *name,
                       lua_CFunction function, void *context, struct error *err)
{
    struct rule_run run;
    int status;

    rule_run_begin(&run, rule, limit_us, name);
    status = lua_cpcall(rule->engine->lua, function, context);
    if (status != 0)
        take_error(rule, status, err);
    rule_run_end(&run, rule);
    return status != 0 ? -(int)err->code : 0;
}

static void drop(struct rule *rule)
{
    rule->dropped = true;
    rule_let_go(rule);
}

static void begin_pause(struct rule *rule)
{
    int64_t seconds = rule_pause_begin(&rule->pause, rule_clock_ns());

    error_context(&rule->why, "off for %lld s", (long long)seconds);
}

void rule_switch_off(struct rule *rule, const struct error *why)
{
    struct rule_engine *engine = rule->engine;

    if (rule->dropped || (rule->off && why->code != ERROR_RULE_MEMORY))
        return;
    rule->off = true;
    rule->why = *why;
    if (why->code == ERROR_RULE_MEMORY)
        drop(rule);
    else
        begin_pause(rule);
    if (engine->family->off != NULL)
        engine->family->off(rule, &rule->why);
}

/* What a failed call means for the rule. */
static void judge(struct rule *rule, struct error *err)
{
    const struct rule_engine *engine = rule->engine;
    bool serves = engine->phase == RULE_SERVING;
    bool often;

    if (serves && engine->undecided && engine->family->undecided != NULL) {
        rule->telemetry.errors++;
        engine->family->undecided(rule, err);
        return;
    }
    often = rule_telemetry_fail(&rule->telemetry, &engine->window);
    if (serves && (err->code != ERROR_RULE_FAILED || often))
        rule_switch_off(rule, err);
}

static void judge_share(struct rule *rule)
{
    struct error why = {0};

    if (!rule_telemetry_is_over(&rule->telemetry, &rule->engine->window))
        return;
    error_set(&why, ERROR_RULE_TIME,
              "took more than LUA_SHARE_US, %d, of the last LUA_WINDOW_US, %d us",
              LIMIT_LUA_SHARE_US, LIMIT_LUA_WINDOW_US);
    rule_error_context(rule, 0, &why);
    rule_switch_off(rule, &why);
}

struct take {
    const struct rule_call *call;
    struct error *err;
    int result;
};

static int take_results(lua_State *lua)
{
    struct take *take = lua_touserdata(lua, 1);

    lua_remove(lua, 1);
    take->result = take->call->take(take->call->context, lua, take->err);
    return 0;
}

/* The results are at the top of the stack; what is wrong with them is raised as anything is. */
static int run_take(lua_State *lua, const struct rule_call *call, int *result, struct error *err)
{
    struct take take = {call, err, 0};
    int status;

    lua_pushcfunction(lua, take_results);
    lua_pushlightuserdata(lua, &take);
    lua_insert(lua, -2 - call->results);
    lua_insert(lua, -2 - call->results);
    status = lua_pcall(lua, call->results + 1, 0, 0);
    *result = take.result;
    return status;
}

/* The host's part is not refused memory: the interpreter has nobody to raise it to. */
static void push_call(struct rule_engine *engine, const struct rule_call *call)
{
    size_t limit = engine->memory.limit;

    engine->memory.limit = SIZE_MAX;
    lua_rawgeti(engine->lua, LUA_REGISTRYINDEX, call->kept);
    if (call->push != NULL)
        call->push(call->context, engine->lua);
    engine->memory.limit = limit;
}

void rule_series_begin(struct rule_engine *engine)
{
    engine->series_ns = rule_clock_ns();
}

void rule_series_end(struct rule_engine *engine)
{
    engine->series_ns = 0;
}

static int64_t begin_ns(const struct rule_engine *engine)
{
    return engine->series_ns != 0 && engine->running == NULL ? engine->series_ns : rule_clock_ns();
}

static void add_time(struct rule *rule, int64_t began_ns)
{
    struct rule_engine *engine = rule->engine;
    int64_t ended_ns = rule_clock_ns();

    rule_telemetry_add(&rule->telemetry, &engine->window, began_ns, ended_ns);
    if (engine->series_ns != 0)
        engine->series_ns = ended_ns;
}

/* That is no rule's time. */
static void make_room(struct rule_engine *engine)
{
    rule_memory_make_room(engine);
    if (engine->series_ns != 0)
        rule_series_begin(engine);
}

int rule_call(struct rule *rule, const struct rule_call *call, struct error *err)
{
    struct rule_engine *engine = rule->engine;
    struct rule_run run;
    int64_t began;
    int status, taken = 0;

    if (engine->running == NULL && rule_memory_is_tight(engine))
        make_room(engine);
    if (rule->off && rule_is_off(rule))
        return error_set(err, ERROR_RULE_OFF, "%s: %s %s is switched off", rule->file,
                         engine->family->head, rule->id);
    rule->off = false;
    began = begin_ns(engine);
    rule_run_begin(&run, rule, LIMIT_LUA_CALL_US, RULE_CALL_LIMIT);
    push_call(engine, call);
    status = lua_pcall(engine->lua, call->arguments, call->results, 0);
    if (status == 0 && call->take != NULL)
        status = run_take(engine->lua, call, &taken, err);
    else if (status == 0)
        lua_pop(engine->lua, call->results);
    add_time(rule, began);
    if (status != 0)
        take_error(rule, status, err);
    rule_run_end(&run, rule);
    if (status != 0)
        judge(rule, err);
    judge_share(rule);
    return status != 0 ? -(int)err->code : taken;
}
