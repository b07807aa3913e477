/* SPDX-License-Identifier: ISC
 *
 * A host for converted rules that shares nothing with ours but the globs: LuaJIT, the calls of
 * sallyport-rules(5) in a few lines of Lua, PCRE2. It runs a rule's selftests as it loads it.
 */
#ifndef TESTS_DRIVERS_CONVERT_RULE_HOST_H
#define TESTS_DRIVERS_CONVERT_RULE_HOST_H

#include <lua.h>
#include <stddef.h>

/* Loads one rule and runs its selftests. NULL: words has why it is none, or which of them failed. */
lua_State *rule_host_load(const char *source, size_t size, char *words, size_t words_bytes);
void rule_host_free(lua_State *lua);

/* Selftests that expect a detection, and that expect none. */
int rule_host_positives(lua_State *lua);
int rule_host_negatives(lua_State *lua);

/* How often the rule detects an event, a table in Lua. -1: it raised an error. */
int rule_host_detects(lua_State *lua, const char *event);

/* A string of the table that the rule declared itself with; "" for none. */
const char *rule_host_says(lua_State *lua, const char *key);

#endif
