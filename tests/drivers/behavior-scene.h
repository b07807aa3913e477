/* SPDX-License-Identifier: ISC
 *
 * For cmocka: the real driver of behaviour rules, rules as texts, and a channel whose other end the
 * test has in the sensor's place.
 */
#ifndef TESTS_DRIVERS_BEHAVIOR_SCENE_H
#define TESTS_DRIVERS_BEHAVIOR_SCENE_H

#include "tests/drivers/driver-scene.h"

#include <poll.h>
#include <sys/socket.h>

#include "media/base/event-filter.h"
#include "media/base/event.h"
#include "media/base/json.h"

struct behavior_scene {
    void *place;  /* struct scene */
    int sensor;   /* the test's end of the channel, -1 */
    json_t *news; /* all that the driver has told */
    json_t *subscriptions;
    struct event_filter *filter;
};

static inline struct driver_run *driver_of(const struct behavior_scene *scene)
{
    return ((struct scene *)scene->place)->run;
}

static inline void note_news(void *context, const json_t *news)
{
    json_array_append_new(context, json_deep_copy(news));
}

static inline int behavior_scene_open(void **state)
{
    struct behavior_scene *scene = bytes_allocate(1, sizeof(*scene));
    struct driver_run_listener listener = {.news = note_news};

    scene->sensor = -1;
    scene->news = listener.context = json_array();
    *state = scene;
    if (scene_open(&scene->place, "behavior") < 0)
        return -1;
    driver_run_listen(driver_of(scene), &listener);
    return 0;
}

static inline int behavior_scene_close(void **state)
{
    struct behavior_scene *scene = *state;

    scene_close(&scene->place);
    if (scene->sensor >= 0)
        close(scene->sensor);
    event_filter_free(scene->filter);
    json_decref(scene->subscriptions);
    json_decref(scene->news);
    free(scene);
    return 0;
}

/* Files of a content: name, text, NULL at the end. Whatever was there before is taken away. */
static inline void put_rules(struct behavior_scene *scene, const char *const *files)
{
    struct scratch *scratch = ((struct scene *)scene->place)->scratch;
    struct error err = {0};
    char **names = NULL;
    size_t count = 0;

    assert_ok(path_list(scratch->fd, SIZE_MAX, &names, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        assert_ok(path_remove(scratch->fd, names[i], &err), &err);
    path_free_names(names, count);
    for (size_t i = 0; files[i] != NULL; i += 2)
        scratch_write(scratch, files[i], files[i + 1]);
}

static inline int give(struct behavior_scene *scene, const char *verb, const char *type,
                       const char *const *files, struct error *err)
{
    struct scene *place = scene->place;

    put_rules(scene, files);
    return driver_run_content(place->run, verb, type, place->content, NULL, err);
}

static inline void swap_in(struct behavior_scene *scene, const char *type)
{
    struct error err = {0};
    json_t *arguments = json_pack("{s:s}", "type", type);

    assert_ok(driver_run_request(driver_of(scene), "swap", arguments, NULL, &err), &err);
    json_decref(arguments);
}

static inline void serve_rules(struct behavior_scene *scene, const char *type,
                               const char *const *files)
{
    struct error err = {0};

    assert_ok(give(scene, "load", type, files, &err), &err);
    swap_in(scene, type);
}

/* What serve answers; request is taken. */
static inline json_t *ask(struct behavior_scene *scene, const char *type, json_t *request)
{
    json_t *arguments = json_pack("{s:s, s:o}", "type", type, "request", request);
    json_t *reply = NULL, *inner;
    struct error err = {0};

    assert_ok(driver_run_request(driver_of(scene), "serve", arguments, &reply, &err), &err);
    inner = json_incref(json_object_get(reply, "reply"));
    json_decref(reply);
    json_decref(arguments);
    assert_non_null(inner);
    return inner;
}

/* As the monitor and the sensor do: asks what is wanted, and opens the channel. */
static inline void open_channel(struct behavior_scene *scene)
{
    json_t *reply = ask(scene, "behavior", json_pack("{s:s}", "ask", "subscriptions"));
    struct error err = {0};
    int ends[2];

    json_decref(scene->subscriptions);
    event_filter_free(scene->filter);
    scene->subscriptions = json_incref(json_object_get(reply, "subscriptions"));
    json_decref(reply);
    assert_ok(event_filter_new(scene->subscriptions, &scene->filter, &err), &err);
    if (scene->sensor >= 0)
        close(scene->sensor);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    assert_ok(driver_run_channel(driver_of(scene), "events", ends[1], &err), &err);
    close(ends[1]);
    scene->sensor = ends[0];
}

/* One event, in the form of a recording's, through the filter and over the channel. Whether the
 * filter let it pass. */
static inline bool send_event(struct behavior_scene *scene, const char *text)
{
    struct bytes memory, batch;
    struct error err = {0};
    json_t *object = NULL;
    struct event event;
    bool passes;

    assert_ok(json_read(text, strlen(text), &object, &err), &err);
    assert_ok(event_from_json(object, &event, &memory, &err), &err);
    passes = event_filter_take(scene->filter, &event);
    bytes_init(&batch, EVENT_BATCH_BYTES);
    assert_ok(event_batch_begin(&batch, &err), &err);
    assert_ok(event_put(&event, &batch, &err), &err);
    event_batch_end(&batch, 1, 0);
    if (passes)
        assert_int_equal(send(scene->sensor, batch.data, batch.size, 0), batch.size);
    bytes_clear(&batch);
    bytes_clear(&memory);
    json_decref(object);
    return passes;
}

/* Hears until the driver has told `count` news in all; gives the last. */
static inline const json_t *hear_news(struct behavior_scene *scene, size_t count)
{
    struct pollfd spoken = {.fd = driver_run_socket(driver_of(scene)), .events = POLLIN};
    struct error err = {0};

    while (json_array_size(scene->news) < count) {
        assert_int_equal(poll(&spoken, 1, 20000), 1);
        assert_ok(driver_run_hear(driver_of(scene), &err), &err);
    }
    assert_int_equal(json_array_size(scene->news), count);
    return json_array_get(scene->news, count - 1);
}

static inline int64_t count_of(struct behavior_scene *scene, const char *name)
{
    json_t *reply = ask(scene, "behavior", json_pack("{s:s}", "ask", "counts"));
    int64_t count = json_integer_value(json_object_get(reply, name));

    assert_true(json_is_integer(json_object_get(reply, name)));
    json_decref(reply);
    return count;
}

/* Until the driver has looked at so many events; each question is a turn of its own. */
static inline void wait_for_events(struct behavior_scene *scene, int64_t count)
{
    while (count_of(scene, "events") < count)
        ;
    assert_int_equal(count_of(scene, "events"), count);
}

static inline const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    assert_non_null(text);
    return text;
}

#endif
