/* SPDX-License-Identifier: ISC
 *
 * For cmocka: an engine with a family of few words, and content from texts. What rules of it have is
 * the common part and
 *
 *   rule{id, title, names={...}}     on(fn)     detect(n)     kept_json(v)     spin()
 *
 * on: a function to be called with an event, at most 4 a rule. detect: adds n (default 1). spin: is in
 * C for ever. A case is {event={...}, detects=N}.
 */
#ifndef TESTS_DRIVERS_RULE_SCENE_H
#define TESTS_DRIVERS_RULE_SCENE_H

#include <lauxlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/rule-engine.h"
#include "media/base/bytes.h"
#include "media/base/limits.h"

#define RULE_SCENE_HANDLERS 4
#define RULE_SCENE_FILES    64

struct rule_scene {
    struct rule_engine *engine;
    struct rule_set *set;
    int64_t detected;
    unsigned undecided, off; /* calls of the family's */
    struct error why;
    json_t *json;
};

struct rule_scene_data {
    int handlers[RULE_SCENE_HANDLERS];
    size_t count;
};

static inline struct rule_scene *rule_scene_of(lua_State *lua)
{
    return rule_engine_context(rule_engine_of(rule_running(lua)));
}

static inline int rule_scene_on(lua_State *lua)
{
    struct rule_scene_data *data = rule_data(rule_running(lua));

    rule_check_count(lua, 1, 1);
    rule_check_function(lua, 1);
    if (rule_phase(lua) != RULE_LOADING)
        return rule_raise(lua, "expected while the file is loaded only");
    if (data->count == RULE_SCENE_HANDLERS)
        return rule_raise(lua, "more than %d", RULE_SCENE_HANDLERS);
    data->handlers[data->count++] = rule_keep(rule_running(lua), lua, 1);
    return 0;
}

static inline int rule_scene_detect(lua_State *lua)
{
    rule_check_count(lua, 0, 1);
    rule_scene_of(lua)->detected += lua_gettop(lua) == 1 ? rule_check_integer(lua, 1, 0, 1000) : 1;
    return 0;
}

static inline int rule_scene_json(lua_State *lua)
{
    struct rule_scene *scene = rule_scene_of(lua);
    struct error err = {0};

    json_decref(scene->json);
    scene->json = rule_to_json(lua, 1, &err);
    if (scene->json == NULL)
        return rule_raise(lua, "%s", err.words);
    rule_push_json(lua, scene->json);
    return 1;
}

static inline int rule_scene_spin(lua_State *lua)
{
    for (volatile unsigned i = 0;; i++)
        ;
    return 0;
}

static inline int rule_scene_declare(struct rule *rule, lua_State *lua, void **data,
                                     struct error *err)
{
    static const struct rule_field rows[] = {
        {"id", RULE_TEXT, true, 1, LIMIT_LUA_ID_BYTES},
        {"title", RULE_TEXT, true, 1, LIMIT_LUA_TITLE_BYTES},
        {"names", RULE_TEXTS, false, 1, 3},
        {"level", RULE_INTEGER, false, 1, 9},
        {"quiet", RULE_FLAG, false, 0, 0},
        {"more", RULE_TABLE, false, 0, 0},
        {"action", RULE_FUNCTION, false, 0, 0},
    };

    if (rule_table_check(lua, -1, rows, sizeof(rows) / sizeof(rows[0]), err) < 0)
        return -(int)err->code;
    *data = bytes_allocate(1, sizeof(struct rule_scene_data));
    return 0;
}

static inline int rule_scene_push(void *context, lua_State *lua)
{
    rule_push_json(lua, context);
    return 1;
}

/* Calls every handler of a rule with an event. */
static inline int rule_scene_call(struct rule *rule, json_t *event, struct error *err)
{
    struct rule_scene_data *data = rule_data(rule);
    struct rule_call call = {.arguments = 1, .push = rule_scene_push, .context = event};
    int result = 0;

    for (size_t i = 0; result == 0 && i < data->count; i++) {
        call.kept = data->handlers[i];
        result = rule_call(rule, &call, err);
    }
    return result;
}

static inline int rule_scene_selftest(struct rule *rule, lua_State *lua, bool *positive,
                                      struct error *err)
{
    static const struct rule_field rows[] = {{"event", RULE_TABLE, true, 0, 0},
                                             {"detects", RULE_INTEGER, true, 0, 1000}};
    struct rule_scene *scene = rule_engine_context(rule_engine_of(rule));
    int64_t expected, got;
    json_t *event;
    int result;

    if (rule_table_check(lua, -1, rows, 2, err) < 0)
        return -(int)err->code;
    lua_getfield(lua, -1, "detects");
    expected = lua_tointeger(lua, -1);
    lua_getfield(lua, -2, "event");
    event = rule_to_json(lua, -1, err);
    if (event == NULL)
        return -(int)err->code;
    got = -scene->detected;
    result = rule_scene_call(rule, event, err);
    got += scene->detected;
    json_decref(event);
    *positive = expected > 0;
    if (result == 0 && got != expected)
        return error_set(err, ERROR_BAD_CONTENT, "expected %lld detections, got %lld",
                         (long long)expected, (long long)got);
    return result;
}

static inline void rule_scene_undecided(struct rule *rule, const struct error *why)
{
    struct rule_scene *scene = rule_engine_context(rule_engine_of(rule));

    scene->undecided++;
    scene->why = *why;
}

static inline void rule_scene_off(struct rule *rule, const struct error *why)
{
    struct rule_scene *scene = rule_engine_context(rule_engine_of(rule));

    scene->off++;
    scene->why = *why;
}

static inline int rule_scene_open(void **state)
{
    static const struct rule_function functions[] = {
        {"detect", rule_scene_detect, "detect(n)", "adds n"},
        {"on", rule_scene_on, "on(fn)", "nothing"},
        {"host.json", rule_scene_json, "host.json(v)", "v again"},
        {"host.spin", rule_scene_spin, "host.spin()", "nothing, never"},
    };
    static const struct rule_family family = {
        .head = "rule",
        .declare = rule_scene_declare,
        .forget = free,
        .functions = functions,
        .function_count = sizeof(functions) / sizeof(functions[0]),
        .selftest = rule_scene_selftest,
        .undecided = rule_scene_undecided,
        .off = rule_scene_off,
    };
    struct rule_scene *scene = bytes_allocate(1, sizeof(*scene));
    struct error err = {0};

    *state = scene;
    scene->engine = rule_engine_new(&family, scene, &err);
    return scene->engine != NULL ? 0 : -1;
}

static inline int rule_scene_close(void **state)
{
    struct rule_scene *scene = *state;

    json_decref(scene->json);
    rule_engine_free(scene->engine);
    free(scene);
    return 0;
}

struct rule_scene_file {
    const char *name, *text;
    size_t size; /* 0: as long as the text */
};

/* Loads them, in place of what was loaded before. */
static inline int rule_scene_load(struct rule_scene *scene, const struct rule_scene_file *files,
                                  size_t count, struct error *err)
{
    struct driver_file rows[RULE_SCENE_FILES];
    struct driver_content content = {.type = "behavior", .file_count = count, .files = rows};
    int result;

    rule_set_free(scene->set);
    scene->set = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t size = files[i].size > 0 ? files[i].size : strlen(files[i].text);

        rows[i] = (struct driver_file){files[i].name, size, memfd_create("rule", MFD_CLOEXEC)};
        if (rows[i].fd < 0 || write(rows[i].fd, files[i].text, size) != (ssize_t)size)
            abort();
    }
    result = rule_set_load(scene->engine, &content, &scene->set, err);
    for (size_t i = 0; i < count; i++)
        close(rows[i].fd);
    return result;
}

/* One file a.lua. */
static inline int rule_scene_load_text(struct rule_scene *scene, const char *text,
                                       struct error *err)
{
    const struct rule_scene_file file = {"a.lua", text, 0};

    return rule_scene_load(scene, &file, 1, err);
}

#endif
