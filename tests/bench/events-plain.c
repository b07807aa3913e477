/* SPDX-License-Identifier: ISC
 *
 * events-plain [SECONDS]: the same reactor as in events.c, called from C with a fresh table of an
 * event's fields, and nothing around it: no sandbox, no budgets, no telemetry. Built once with Lua 5.1
 * and once with LuaJIT, whose compiler is switched off.
 */
#include <config.h>

#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#ifdef WITH_LUAJIT
#include <luajit.h>
#define NAME "plain LuaJIT, its compiler off"
#else
#define NAME "plain Lua 5.1"
#endif

#define SLICE 10000 /* calls between two looks at the clock */

static const char reactor[] = "local n = 0\nreturn function(e)\n"
                              " if e.path == '/tmp/never' then error('never') end\n n = n + 1\nend";

static double processor_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void react(lua_State *lua, lua_Integer number)
{
    lua_pushvalue(lua, 1);
    lua_createtable(lua, 0, 2);
    lua_pushliteral(lua, "/usr/bin/make");
    lua_setfield(lua, -2, "path");
    lua_pushinteger(lua, number);
    lua_setfield(lua, -2, "pid");
    if (lua_pcall(lua, 1, 0, 0) != 0) {
        fprintf(stderr, "events-plain: %s\n", lua_tostring(lua, -1));
        exit(1);
    }
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 3, began, used;
    lua_State *lua = luaL_newstate();
    unsigned long calls = 0;

    if (lua == NULL || luaL_loadstring(lua, reactor) != 0)
        return 1;
#ifdef WITH_LUAJIT
    luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
#endif
    lua_call(lua, 0, 1);
    for (began = processor_s(); (used = processor_s() - began) < seconds; calls += SLICE)
        for (int i = 0; i < SLICE; i++)
            react(lua, i);
    printf("%-44s %10.0f a second of processor time\n", NAME, (double)calls / used);
    lua_close(lua);
    return 0;
}
