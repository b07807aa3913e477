/* SPDX-License-Identifier: ISC
 *
 * For cmocka: a real driver whose rules ask, and a parent that answers from a table and notes what
 * it was asked.
 */
#ifndef TESTS_DRIVERS_FEED_SCENE_H
#define TESTS_DRIVERS_FEED_SCENE_H

#include "tests/drivers/driver-scene.h"

#include <fcntl.h>

#include "media/base/json.h"

struct feed_answer {
    const char *asked; /* "stat state:outbox" */
    const char *value; /* JSON; a call that is in no row has a wrong form */
    const char *reason;
};

struct feed_scene {
    void *place; /* struct scene */
    const struct feed_answer *answers;
    size_t answer_count;
    char asked[2048]; /* all of it, each with ';' behind */
};

static inline int feed_scene_answer(void *context, const char *call, const json_t *arguments,
                                    json_t **value, char reason[static ERROR_WORDS_BYTES],
                                    struct error *err)
{
    struct feed_scene *scene = context;
    size_t used = strlen(scene->asked);
    const char *asked = scene->asked + used;
    const json_t *one;
    size_t i;

    used += (size_t)snprintf(scene->asked + used, sizeof(scene->asked) - used, "%s", call);
    json_array_foreach(arguments, i, one) used += (size_t)snprintf(
        scene->asked + used, sizeof(scene->asked) - used, " %s", json_string_value(one));
    for (i = 0; i < scene->answer_count; i++) {
        const struct feed_answer *answer = &scene->answers[i];

        if (strcmp(answer->asked, asked) != 0)
            continue;
        snprintf(scene->asked + used, sizeof(scene->asked) - used, ";");
        snprintf(reason, ERROR_WORDS_BYTES, "%s", answer->reason != NULL ? answer->reason : "");
        *value = json_loads(answer->value, JSON_DECODE_ANY, NULL);
        assert_non_null(*value);
        return 0;
    }
    error_set(err, ERROR_BLOCKED, "%s: no such call", asked);
    snprintf(scene->asked + used, sizeof(scene->asked) - used, ";");
    return -(int)err->code;
}

static inline int feed_scene_open(void **state, const char *family)
{
    struct feed_scene *scene = bytes_allocate(1, sizeof(*scene));
    const struct driver_run_listener listener = {.call = feed_scene_answer, .context = scene};

    *state = scene;
    if (scene_open(&scene->place, family) < 0)
        return -1;
    driver_run_listen(((struct scene *)scene->place)->run, &listener);
    return 0;
}

static inline int feed_scene_close(void **state)
{
    struct feed_scene *scene = *state;

    scene_close(&scene->place);
    free(scene);
    return 0;
}

/* What the parent answers from now on. */
static inline void feed_scene_set(struct feed_scene *scene, const struct feed_answer *answers,
                                  size_t count)
{
    scene->answers = answers;
    scene->answer_count = count;
    scene->asked[0] = '\0';
}

/* One rule as a.lua: what check says. */
static inline int feed_scene_give(struct feed_scene *scene, const char *verb, const char *type,
                                  const char *text, struct error *err)
{
    struct scene *place = scene->place;

    scratch_write(place->scratch, "a.lua", text);
    return driver_run_content(place->run, verb, type, place->content, NULL, err);
}

static inline void feed_scene_swap(struct feed_scene *scene, const char *type)
{
    json_t *arguments = json_pack("{s:s}", "type", type);
    struct error err = {0};

    assert_ok(
        driver_run_request(((struct scene *)scene->place)->run, "swap", arguments, NULL, &err),
        &err);
    json_decref(arguments);
}

/* The rules of tests/fixtures/content/TYPE come into service: each has passed its own selftests. */
static inline void feed_scene_serve_fixture(struct feed_scene *scene, const char *type)
{
    const char *top = getenv("TOP_SRCDIR");
    struct error err = {0};
    char path[512];
    int fd;

    snprintf(path, sizeof(path), "%s/tests/fixtures/content/%s", top != NULL ? top : ".", type);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_ok(driver_run_content(((struct scene *)scene->place)->run, "load", type, fd, NULL, &err),
              &err);
    close(fd);
    feed_scene_swap(scene, type);
}

/* What serve answers; request is taken. */
static inline json_t *feed_scene_ask(struct feed_scene *scene, const char *type, json_t *request)
{
    json_t *arguments = json_pack("{s:s, s:o}", "type", type, "request", request);
    json_t *reply = NULL, *inner;
    struct error err = {0};

    assert_ok(
        driver_run_request(((struct scene *)scene->place)->run, "serve", arguments, &reply, &err),
        &err);
    inner = json_incref(json_object_get(reply, "reply"));
    json_decref(reply);
    json_decref(arguments);
    assert_non_null(inner);
    return inner;
}

/* What a flag of the parent's is from now on, for the rules of a type. */
static inline void feed_scene_flag(struct feed_scene *scene, const char *type, const char *flag,
                                   bool value)
{
    json_t *reply = feed_scene_ask(
        scene, type, json_pack("{s:s, s:{s:b}}", "ask", "flags", "flags", flag, value));

    assert_int_equal(json_object_size(reply), 0);
    json_decref(reply);
}

/* The row of a rule as the driver counts it; borrowed from *reply. */
static inline const json_t *feed_scene_rule(struct feed_scene *scene, const char *type, size_t i,
                                            json_t **reply)
{
    *reply = feed_scene_ask(scene, type, json_pack("{s:s}", "ask", "rules"));
    return json_array_get(json_object_get(*reply, "rules"), i);
}

#endif
