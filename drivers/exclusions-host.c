/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <stdlib.h>

#include "drivers/exclusions.h"

static int ask_of_one(lua_State *lua)
{
    return rule_feed_ask(lua, 1, false);
}

static const struct rule_function functions[] = {
    {"host.package", ask_of_one, "host.package(name) -> {name, version, manager} or nil",
     "An installed package."},
    {"host.unit", ask_of_one, "host.unit(name) -> {name, state, exec} or nil", "A systemd unit."},
    {"host.desktop", ask_of_one, "host.desktop(id) -> {id, name, exec} or nil", "A desktop entry."},
    {"host.os_release", ask_of_one, "host.os_release(key) -> text or nil",
     "A value of os-release(5)."},
    {"host.exists", ask_of_one, "host.exists(path) -> \"file\", \"dir\" or nil", "What a path is."},
    {"host.list", ask_of_one, "host.list(path) -> {names} or nil",
     "Names in a folder, sorted, 256 at most."},
    {"host.read", ask_of_one, "host.read(path) -> text or nil",
     "A file that everybody may read, 64 KiB at most."},
    {"host.component", ask_of_one, "host.component(name) -> value or nil",
     "A fixed probe of a part of the system."},
};

const struct rule_family exclusions_family = {
    .head = "app",
    .declare = exclusions_rule_declare,
    .forget = free,
    .functions = functions,
    .function_count = sizeof(functions) / sizeof(functions[0]),
    .selftest = exclusions_test_run,
};
