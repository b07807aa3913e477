/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "drivers/exclusions.h"

static int ask_of_one(lua_State *lua)
{
    struct exclusions *exclusions = rule_engine_context(rule_engine_of(rule_running(lua)));

    return rule_ask(lua, &exclusions->ask, 1, false);
}

const struct rule_function exclusions_functions[] = {
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

const size_t exclusions_function_count =
    sizeof(exclusions_functions) / sizeof(exclusions_functions[0]);
