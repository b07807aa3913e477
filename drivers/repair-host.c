/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <stdlib.h>

#include "drivers/repair.h"

static int ask_of_path(lua_State *lua)
{
    return rule_feed_ask(lua, 1, false);
}

static int do_without(lua_State *lua)
{
    return rule_feed_ask(lua, 0, true);
}

static int do_with_one(lua_State *lua)
{
    return rule_feed_ask(lua, 1, true);
}

static int do_with_two(lua_State *lua)
{
    return rule_feed_ask(lua, 2, true);
}

static const struct rule_function functions[] = {
    {"host.stat", ask_of_path, "host.stat(path) -> {kind, size, mode, owner} or nil",
     "What a path is; mode is a text such as \"0700\"."},
    {"host.sha384", ask_of_path, "host.sha384(path) -> hex or nil", "The digest of a file."},
    {"host.content_ok", do_with_one, "host.content_ok(type) -> boolean, reason",
     "Whether the last look found the content in service sound."},
    {"host.index_ok", do_with_one, "host.index_ok(name) -> boolean, reason",
     "Whether \"links\" or \"outbox\" are what they should be."},
    {"host.restore_content", do_with_one, "host.restore_content(type) -> boolean, reason",
     "Sets its link again and says whether its files are sound."},
    {"host.restore_own", do_with_one, "host.restore_own(path) -> boolean, reason",
     "Puts the pristine copy of a program of ours in its place."},
    {"host.make_dir", do_with_two, "host.make_dir(path, mode) -> boolean, reason",
     "Makes a folder."},
    {"host.set_mode", do_with_two, "host.set_mode(path, mode) -> boolean, reason",
     "Gives a path a mode."},
    {"host.set_owner", do_with_two, "host.set_owner(path, name) -> boolean, reason",
     "Gives a path to a user."},
    {"host.clear_staging", do_without, "host.clear_staging() -> boolean, reason",
     "Removes what no import will complete."},
    {"host.rebuild_index", do_with_one, "host.rebuild_index(name) -> boolean, reason",
     "Makes \"links\" or \"outbox\" anew."},
    {"host.restart_driver", do_with_one, "host.restart_driver(family) -> boolean, reason",
     "Starts the driver of a family anew."},
};

const struct rule_family repair_family = {
    .head = "repair",
    .declare = repair_rule_declare,
    .forget = free,
    .functions = functions,
    .function_count = sizeof(functions) / sizeof(functions[0]),
    .selftest = repair_test_run,
};
