/* SPDX-License-Identifier: ISC
 *
 * What a real driver says beside its answers: questions, news; and what it hears beside requests.
 */
#include <config.h>

#include "tests/media/driver-scene.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/base/limits.h"

static int note_call(void *context, const char *call, const json_t *arguments, json_t **value,
                     char reason[static ERROR_WORDS_BYTES], struct error *err)
{
    if (strcmp(call, "sum") != 0)
        return error_set(err, ERROR_USAGE, "no such call");
    *value = json_integer((json_int_t)json_array_size(arguments));
    snprintf(reason, ERROR_WORDS_BYTES, "so many");
    return 0;
}

static void note_news(void *context, const json_t *news)
{
    json_array_append(context, (json_t *)(uintptr_t)news);
}

/* Loads "a.txt" and puts it into service. */
static void load(struct scene *scene)
{
    json_t *type = json_pack("{s:s}", "type", "null");
    struct error err = {0};

    put(scene, "a.txt", "a");
    start(scene, "null", 0);
    assert_ok(driver_run_content(scene->run, "load", "null", scene->content, NULL, &err), &err);
    assert_ok(driver_run_request(scene->run, "swap", type, NULL, &err), &err);
    json_decref(type);
}

static int serve(struct scene *scene, json_t *inner, json_t **reply, struct error *err)
{
    json_t *request = json_pack("{s:s, s:o}", "type", "null", "request", inner);
    int result = driver_run_request(scene->run, "serve", request, reply, err);

    json_decref(request);
    return result;
}

static void a_question_is_answered_within_the_request(void **state)
{
    struct driver_run_listener listener = {.call = note_call};
    struct scene *scene = *state;
    struct error err = {0};
    json_t *reply = NULL;

    load(scene);
    driver_run_listen(scene->run, &listener);
    assert_ok(
        serve(scene, json_pack("{s:s, s:[i,i]}", "call", "sum", "arguments", 1, 2), &reply, &err),
        &err);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(reply, "reply"), "value")),
                     2);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(reply, "reply"), "reason")), "so many");
    json_decref(reply);
    assert_refused(serve(scene, json_pack("{s:s, s:[]}", "call", "other", "arguments"), NULL, &err),
                   &err, ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "no such call"));
}

static void a_question_that_nobody_answers_is_refused(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    load(scene);
    assert_refused(serve(scene, json_pack("{s:s, s:[]}", "call", "sum", "arguments"), NULL, &err),
                   &err, ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "nobody answers"));
}

/* Until the driver has said something. */
static void hear(struct scene *scene)
{
    struct pollfd spoken = {.fd = driver_run_socket(scene->run), .events = POLLIN};
    struct error err = {0};

    assert_int_equal(poll(&spoken, 1, 10000), 1);
    assert_ok(driver_run_hear(scene->run, &err), &err);
}

static void news_is_heard_within_requests_and_between(void **state)
{
    json_t *heard = json_array();
    struct driver_run_listener listener = {.news = note_news, .context = heard};
    struct scene *scene = *state;
    struct error err = {0};
    int ends[2];

    load(scene);
    driver_run_listen(scene->run, &listener);
    assert_ok(serve(scene, json_pack("{s:s}", "news", "within"), NULL, &err), &err);
    assert_int_equal(json_array_size(heard), 1);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    assert_ok(driver_run_channel(scene->run, "events", ends[1], &err), &err);
    close(ends[1]);
    assert_int_equal(write(ends[0], "12345", 5), 5);
    hear(scene);
    assert_int_equal(json_array_size(heard), 2);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(heard, 1), "bytes")), 5);
    close(ends[0]);
    assert_ok(driver_run_request(scene->run, "ping", NULL, NULL, &err), &err);
    json_decref(heard);
}

static void ignore_news(void *context, const json_t *news)
{
}

/* While news is taken the deadline moves on: one that tells without an end would keep us for ever. */
static void news_has_an_end(void **state)
{
    struct driver_run_listener listener = {.news = ignore_news};
    struct scene *scene = *state;
    struct error err = {0};

    load(scene);
    driver_run_listen(scene->run, &listener);
    assert_ok(serve(scene,
                    json_pack("{s:s, s:i}", "news", "much", "more", (int)LIMIT_DRIVER_CALLS - 1),
                    NULL, &err),
              &err);
    assert_refused(serve(scene,
                         json_pack("{s:s, s:i}", "news", "much", "more", (int)LIMIT_DRIVER_CALLS),
                         NULL, &err),
                   &err, ERROR_DRIVER_FAILED);
    assert_non_null(strstr(err.words, "DRIVER_CALLS"));
}

static void a_recording_is_no_content(void **state)
{
    struct scene *scene = *state;
    struct driver_run_file file = {"a.txt", -1};
    struct error err = {0};
    json_t *reply = NULL;

    load(scene);
    file.fd = openat(scene->content, "a.txt", O_RDONLY | O_CLOEXEC);
    assert_ok(driver_run_replay(scene->run, "null", &file, &reply, &err), &err);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(reply, "reply"), "bytes")),
                     1);
    json_decref(reply);
    close(file.fd);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_question_is_answered_within_the_request),
        SCENE(a_question_that_nobody_answers_is_refused),
        SCENE(news_is_heard_within_requests_and_between),
        SCENE(news_has_an_end),
        SCENE(a_recording_is_no_content),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
