/* SPDX-License-Identifier: ISC
 *
 * A rule's text: whatever it is, it is refused with the file's name or it is loaded and called, within
 * its budgets, and a good rule works in the same interpreter afterwards.
 */
#include "tests/fuzz/fuzz.h"

#include "tests/drivers/rule-scene.h"

#include "media/base/log.h"

const size_t fuzz_replay_runs = 2000;

void driver_at(const struct driver_content *content, const char *file, uint64_t line,
               const char *item)
{
}

static const char good_rule[] =
    "rule{id=\"good\", title=\"Good\"}\n"
    "on(function(e) if string.sub(e.path or \"\", 1, 4) == \"/bad\" then detect() end end)\n"
    "selftest{event={path=\"/bad\"}, detects=1}\nselftest{event={path=\"/x\"}, detects=0}\n";

static void try(struct rule_scene *scene, const char *text, size_t size)
{
    const struct rule_scene_file file = {"a.lua", text, size};
    json_t *event =
        json_pack("{s:s, s:b, s:{s:s}}", "path", "/bad", "attack", 1, "parent", "path", "/bin/sh");
    struct error err = {0};

    if (rule_scene_load(scene, &file, 1, &err) < 0) {
        FUZZ_MUST(strncmp(err.words, "a.lua", 5) == 0);
    } else {
        for (unsigned i = 0; i < 4; i++) {
            int result = rule_scene_call(rule_set_rule(scene->set, 0), event, &err);

            FUZZ_MUST(result == 0 || strncmp(err.words, "a.lua", 5) == 0);
        }
        json_decref(rule_set_report(scene->set));
    }
    json_decref(event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t now, most;
    void *state;
    struct rule_scene *scene;

    log_open("fuzz-rule", STDERR_FILENO, LOG_LEVEL_ERROR); /* not what rules log */
    if (size == 0 || rule_scene_open(&state) < 0)
        return 0;
    scene = state;
    try(scene, (const char *)data, size);
    scene->detected = 0;
    try(scene, good_rule, sizeof(good_rule) - 1);
    FUZZ_MUST(scene->detected >= 5); /* a selftest, and four calls */
    rule_engine_memory(scene->engine, &now, &most);
    FUZZ_MUST(most <= LIMIT_LUA_MEMORY + 4 * MIB);
    rule_scene_close(&state);
    return 0;
}
