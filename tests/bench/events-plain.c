/* SPDX-License-Identifier: ISC
 *
 * events-plain [SECONDS]: the same reactor as in events.c, called from C with a fresh table of five
 * of an event's fields, and nothing around it: no sandbox, no budgets, no telemetry. Built once with Lua 5.1
 * and once with LuaJIT, whose compiler is switched off.
 */
#include <config.h>

#include <lauxlib.h>
#include <lua.h>
#ifdef WITH_LUAJIT
#include <luajit.h>
#define NAME "plain LuaJIT, its compiler off"
#else
#define NAME "plain Lua 5.1"
#endif
#include "tests/bench/events.h"

static const char reactor[] =
    "local n = 0\nreturn function(e)\n"
    " if e.path == '" BENCH_NEVER "' then error('never') end\n n = n + 1\nend";

static void set_text(lua_State *lua, const struct event *event, enum event_field field,
                     const char *name)
{
    const struct bytes_view *text = &event->values[field].text;

    lua_pushlstring(lua, (const char *)text->data, text->size);
    lua_setfield(lua, -2, name);
}

static void set_number(lua_State *lua, const struct event *event, enum event_field field,
                       const char *name)
{
    lua_pushnumber(lua, (lua_Number)event->values[field].number);
    lua_setfield(lua, -2, name);
}

static void push_event(lua_State *lua, const struct event *event)
{
    lua_createtable(lua, 0, 5);
    set_text(lua, event, EVENT_PATH, "path");
    set_text(lua, event, EVENT_PARENT_PATH, "parent");
    set_number(lua, event, EVENT_TIME, "time");
    set_number(lua, event, EVENT_PID, "pid");
    set_number(lua, event, EVENT_UID, "uid");
}

static void react(lua_State *lua, struct event *event)
{
    bench_event_next(event);
    lua_pushvalue(lua, 1);
    push_event(lua, event);
    if (lua_pcall(lua, 1, 0, 0) != 0)
        bench_die(NAME, lua_tostring(lua, -1));
}

static double round_of(const void *context)
{
    lua_State *lua = luaL_newstate();
    struct event event = bench_event();
    unsigned long calls = 0;
    double began, used;

    if (lua == NULL || luaL_loadstring(lua, reactor) != 0)
        bench_die(NAME, "no interpreter");
#ifdef WITH_LUAJIT
    luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
#endif
    lua_call(lua, 0, 1);
    began = bench_clock_s(CLOCK_PROCESS_CPUTIME_ID);
    do {
        for (int i = 0; i < BENCH_SLICE; i++)
            react(lua, &event);
        calls += BENCH_SLICE;
        used = bench_clock_s(CLOCK_PROCESS_CPUTIME_ID) - began;
    } while (used < BENCH_ROUND_S);
    lua_close(lua);
    return (double)calls / used;
}

int main(int argc, char **argv)
{
    bench_print(NAME, bench_best(round_of, NULL, argc > 1 ? strtod(argv[1], NULL) : 3));
    return 0;
}
