/* SPDX-License-Identifier: ISC */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "tests/drivers/convert/rule-host.h"

#include <lauxlib.h>
#include <lualib.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdio.h>

#include "media/base/event-filter.h"

static const char prelude[] =
    "local handlers, detections, cases, head = {}, 0, {}, nil\n"
    "function rule(t) assert(head == nil and #handlers == 0); head = t end\n"
    "function on(kind, options, fn)\n"
    "  assert(head)\n"
    "  handlers[#handlers + 1] = {kind, fn, options.where or {}}\n"
    "end\n"
    "local function value(event, field)\n"
    "  if field == 'parent.path' then return event.parent and event.parent.path end\n"
    "  if field == 'argv' then return event.argv and table.concat(event.argv, ' ') end\n"
    "  return event[field] and tostring(event[field])\n"
    "end\n"
    "local function passes(event, where)\n"
    "  for field, glob in pairs(where) do\n"
    "    local text = value(event, field)\n"
    "    if text == nil or not host_glob(text, glob) then return false end\n"
    "  end\n"
    "  return true\n"
    "end\n"
    "function detect(facts) detections = detections + 1 end\n"
    "function selftest(case) cases[#cases + 1] = case end\n"
    "match = {glob = host_glob, re = host_re,\n"
    "  literal = function(s, part) return string.find(s, part, 1, true) ~= nil end}\n"
    "function host_detects(event)\n"
    "  detections = 0\n"
    "  for _, h in ipairs(handlers) do\n"
    "    if h[1] == event.type and passes(event, h[3]) then h[2](event) end\n"
    "  end\n"
    "  return detections\n"
    "end\n"
    "function host_finish()\n"
    "  positives, negatives = 0, 0\n"
    "  for i, case in ipairs(cases) do\n"
    "    local n = 0\n"
    "    for _, e in ipairs(case.events) do n = n + host_detects(e) end\n"
    "    if n ~= case.detects then\n"
    "      error('selftest ' .. i .. ': got ' .. n .. ', expected ' .. case.detects)\n"
    "    end\n"
    "    if n > 0 then positives = positives + 1 else negatives = negatives + 1 end\n"
    "  end\n"
    "end\n"
    "function host_says(key) return head[key] or '' end\n";

static int host_glob(lua_State *lua)
{
    size_t text_size, pattern_size;
    const char *text = luaL_checklstring(lua, 1, &text_size);
    const char *pattern = luaL_checklstring(lua, 2, &pattern_size);

    lua_pushboolean(lua, event_glob(pattern, pattern_size, text, text_size));
    return 1;
}

static int host_re(lua_State *lua)
{
    size_t text_size, pattern_size;
    const char *text = luaL_checklstring(lua, 1, &text_size);
    const char *pattern = luaL_checklstring(lua, 2, &pattern_size);
    PCRE2_SIZE where;
    int code;
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, pattern_size, 0, &code, &where, NULL);
    pcre2_match_data *data;

    if (re == NULL)
        return luaL_error(lua, "no expression");
    data = pcre2_match_data_create(1, NULL);
    lua_pushboolean(lua, pcre2_match(re, (PCRE2_SPTR)text, text_size, 0, 0, data, NULL) >= 0);
    pcre2_match_data_free(data);
    pcre2_code_free(re);
    return 1;
}

static bool run(lua_State *lua, const char *source, size_t size, const char *name)
{
    return luaL_loadbufferx(lua, source, size, name, "t") == 0 && lua_pcall(lua, 0, 0, 0) == 0;
}

lua_State *rule_host_load(const char *source, size_t size, char *words, size_t words_bytes)
{
    lua_State *lua = luaL_newstate();

    luaL_openlibs(lua);
    lua_register(lua, "host_glob", host_glob);
    lua_register(lua, "host_re", host_re);
    if (run(lua, prelude, sizeof(prelude) - 1, "=host") && run(lua, source, size, "=rule") &&
        run(lua, "host_finish()", 13, "=host"))
        return lua;
    snprintf(words, words_bytes, "%s", lua_tostring(lua, -1));
    lua_close(lua);
    return NULL;
}

void rule_host_free(lua_State *lua)
{
    lua_close(lua);
}

static int number(lua_State *lua, const char *name)
{
    int value;

    lua_getglobal(lua, name);
    value = (int)lua_tointeger(lua, -1);
    lua_pop(lua, 1);
    return value;
}

int rule_host_positives(lua_State *lua)
{
    return number(lua, "positives");
}

int rule_host_negatives(lua_State *lua)
{
    return number(lua, "negatives");
}

int rule_host_detects(lua_State *lua, const char *event)
{
    char source[4096];
    int size = snprintf(source, sizeof(source), "found = host_detects(%s)", event);

    if (!run(lua, source, (size_t)size, "=event")) {
        printf("# %s\n", lua_tostring(lua, -1));
        return -1;
    }
    return number(lua, "found");
}

const char *rule_host_says(lua_State *lua, const char *key)
{
    lua_getglobal(lua, "host_says");
    lua_pushstring(lua, key);
    lua_call(lua, 1, 1);
    return lua_tostring(lua, -1); /* stays on the stack, and so valid */
}
