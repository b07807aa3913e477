/* SPDX-License-Identifier: ISC
 *
 * Recordings in the real driver: on their own clock, the same each time, bounded, and refused by line
 * where they are none.
 */
#include <config.h>

#include "tests/drivers/behavior-scene.h"

#include "media/base/limits.h"

#define RULES "behavior"

static const char bursts[] =
    "rule{id='bursts', title='Three in a minute', thumbprint={'path'}}\n"
    "on('exec', {where={path='/tmp/*'}}, function(e)\n"
    " local n = (state.get(e.path) or 0) + 1\n"
    " state.set(e.path, n, 60)\n"
    " if n == 3 then detect{path=e.path} end\n"
    "end)\n"
    "selftest{events={{type='exec', path='/tmp/a'}, {type='exec', path='/tmp/a'},\n"
    " {type='exec', path='/tmp/a'}}, detects=1}\n"
    "selftest{events={{type='exec', path='/tmp/a'}}, detects=0}\n";

static const char windows[] =
    "rule{id='windows', title='Once a minute'}\n"
    "on('exit', {window=60, mode='first'}, function(e) detect{} end)\n"
    "selftest{events={{type='exit', time=1}, {type='exit', time=2}}, detects=1}\n"
    "selftest{events={{type='exec'}}, detects=0}\n";

static const char fails[] = "rule{id='fails', title='Errors'}\n"
                            "on('exit', {}, function(e) if e.pid == 5 then error('no') end end)\n"
                            "on('exec', {where={path='/x'}}, function(e) detect{} end)\n"
                            "selftest{events={{type='exec', path='/x'}}, detects=1}\n"
                            "selftest{events={{type='exit'}}, detects=0}\n";

static int play(struct behavior_scene *scene, const char *name, const char *text, json_t **reply,
                struct error *err)
{
    struct scene *place = scene->place;
    const char *const files[] = {"recording", text, NULL};
    struct driver_run_file file = {.name = name};
    int result;

    put_rules(scene, files);
    file.fd = openat(place->content, "recording", O_RDONLY | O_CLOEXEC);
    assert_true(file.fd >= 0);
    result = driver_run_replay(place->run, RULES, &file, reply, err);
    close(file.fd);
    return result;
}

static json_t *play_well(struct behavior_scene *scene, const char *text)
{
    json_t *reply = NULL, *inner;
    struct error err = {0};

    assert_ok(play(scene, "events.jsonl", text, &reply, &err), &err);
    inner = json_incref(json_object_get(reply, "reply"));
    json_decref(reply);
    return inner;
}

static int64_t number_in(const json_t *object, const char *key)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    return json_integer_value(json_object_get(object, key));
}

static void load_all(struct behavior_scene *scene)
{
    const char *const rules[] = {"bursts.lua",  bursts,  "fails.lua", fails,
                                 "windows.lua", windows, NULL};

    serve_rules(scene, RULES, rules);
}

static void test_tags_are_had_by_later_events(void **state)
{
    static const char marks[] =
        "rule{id='marks', title='Marks'}\n"
        "on('exec', {where={path='/srv/*'}}, function(e) tag(e, 'from', 'web') end)\n"
        "on('exec', {where={path='/x'}}, function(e) detect{} end)\n"
        "selftest{events={{type='exec', path='/srv/a'}, {type='exec', path='/x'}}, detects=1}\n"
        "selftest{events={{type='exit'}}, detects=0}\n";
    static const char sees[] =
        "rule{id='sees', title='Sees'}\n"
        "on('exec', {where={tags='*from=web'}}, function(e) detect{tags=e.tags} end)\n"
        "selftest{events={{type='exec', tags={'from=web'}}}, detects=1}\n"
        "selftest{events={{type='exec'}}, detects=0}\n";
    static const char recording[] =
        "{\"type\":\"exec\",\"path\":\"/srv/a\",\"pid\":10,\"parent\":{\"pid\":1}}\n"
        "{\"type\":\"exec\",\"path\":\"/"
        "a\",\"pid\":11,\"parent\":{\"pid\":10},\"tags\":[\"a=b\"]}\n"
        "{\"type\":\"exec\",\"path\":\"/a\",\"pid\":12,\"parent\":{\"pid\":1}}\n";
    const char *const rules[] = {"marks.lua", marks, "sees.lua", sees, NULL};
    struct behavior_scene *scene = *state;
    json_t *reply, *facts, *expected = json_pack("{s:[s, s]}", "tags", "a=b", "from=web");

    serve_rules(scene, RULES, rules);
    reply = play_well(scene, recording);
    assert_int_equal(json_array_size(json_object_get(reply, "detections")), 1);
    facts = json_object_get(json_array_get(json_object_get(reply, "detections"), 0), "facts");
    assert_true(json_equal(facts, expected));
    json_decref(expected);
    json_decref(reply);
}

static void test_a_recording_has_a_clock_of_its_own(void **state)
{
    static const char recording[] = "{\"type\":\"exec\",\"time\":1000,\"path\":\"/tmp/a\"}\n"
                                    "{\"type\":\"exec\",\"time\":1030,\"path\":\"/tmp/a\"}\n"
                                    "\n"
                                    "{\"type\":\"exec\",\"time\":1059,\"path\":\"/tmp/a\"}\n"
                                    "{\"type\":\"exec\",\"time\":2000,\"path\":\"/tmp/b\"}\n"
                                    "{\"type\":\"exec\",\"time\":2061,\"path\":\"/tmp/b\"}\n"
                                    "{\"type\":\"exec\",\"time\":2122,\"path\":\"/tmp/b\"}\n"
                                    "{\"type\":\"exec\",\"path\":\"/bin/ls\"}\n"
                                    "{\"type\":\"exit\",\"time\":3000}\n"
                                    "{\"type\":\"exit\",\"time\":3059}\n"
                                    "{\"type\":\"exit\",\"time\":3060}";
    struct behavior_scene *scene = *state;
    json_t *first, *second;
    const json_t *list;

    load_all(scene);
    first = play_well(scene, recording);
    list = json_object_get(first, "detections");
    assert_int_equal(number_in(first, "events"), 10);
    assert_int_equal(number_in(first, "left_out"), 0);
    assert_int_equal(json_array_size(list), 3);
    assert_string_equal(text_in(json_array_get(list, 0), "rule"), "bursts");
    assert_string_equal(text_in(json_array_get(list, 0), "time"), "1970-01-01T00:17:39Z");
    assert_string_equal(text_in(json_array_get(list, 1), "rule"), "windows");
    assert_string_equal(text_in(json_array_get(list, 2), "time"), "1970-01-01T00:51:00Z");
    second = play_well(scene, recording);
    assert_true(json_equal(first, second));
    assert_int_equal(json_array_size(scene->news), 0);
    json_decref(first);
    json_decref(second);
}

static void test_a_rule_that_fails_is_said(void **state)
{
    struct behavior_scene *scene = *state;
    json_t *reply;
    const json_t *row;

    load_all(scene);
    reply =
        play_well(scene, "{\"type\":\"exit\",\"pid\":5}\n{\"type\":\"exit\",\"pid\":5}\n"
                         "{\"type\":\"exit\",\"pid\":5}\n{\"type\":\"exec\",\"path\":\"/x\"}\n");
    row = json_array_get(json_object_get(reply, "rules"), 0);
    assert_string_equal(text_in(row, "rule"), "fails");
    assert_true(json_is_true(json_object_get(row, "off")));
    assert_int_equal(number_in(row, "detections"), 0);
    json_decref(reply);
}

static void test_a_reply_is_bounded(void **state)
{
    enum { EVENTS = 4000, LINE = 1200 };
    static const char noisy[] = "rule{id='noisy', title='N'}\n"
                                "on('exec', {}, function(e) detect{path=e.path} end)\n"
                                "selftest{events={{type='exec'}}, detects=1}\n"
                                "selftest{events={{type='exit'}}, detects=0}\n";
    struct behavior_scene *scene = *state;
    const char *const rules[] = {"noisy.lua", noisy, NULL};
    char *text = bytes_allocate(EVENTS, LINE), *end = text;
    json_t *reply;

    serve_rules(scene, RULES, rules);
    for (int i = 0; i < EVENTS; i++)
        end += snprintf(end, LINE, "{\"type\":\"exec\",\"time\":%d,\"path\":\"/%01000d\"}\n",
                        i * 60, i);
    reply = play_well(scene, text);
    assert_int_equal(number_in(reply, "events"), EVENTS);
    assert_true(number_in(reply, "left_out") > 0);
    assert_int_equal(number_in(reply, "left_out") +
                         (int64_t)json_array_size(json_object_get(reply, "detections")),
                     EVENTS);
    assert_int_equal(number_in(json_array_get(json_object_get(reply, "rules"), 0), "detections"),
                     EVENTS);
    json_decref(reply);
    free(text);
}

static void test_what_is_no_recording_is_named(void **state)
{
    static const struct {
        const char *name, *text, *words;
    } faults[] = {
        {"events.jsonl", "{\"type\":\"exec\"}\n\n{\"type\":\"walk\"}\n", "events.jsonl:3"},
        {"events.jsonl", "{\"type\":\"exec\"}\n{\"type\":\n", "events.jsonl:2"},
        {"events.jsonl", "[]\n", "events.jsonl:1"},
        {"events.jsonl", "{\"type\":\"exec\",\"to\":\"/a\"}\n", "to: not of exec events"},
        {"other", "", "other: expected only events.jsonl"},
    };
    struct behavior_scene *scene = *state;

    load_all(scene);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct error err = {0};
        json_t *reply = NULL;

        assert_refused(play(scene, faults[i].name, faults[i].text, &reply, &err), &err,
                       ERROR_DRIVER_REFUSED);
        if (strstr(err.words, faults[i].words) == NULL)
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, err.words, faults[i].words);
    }
    json_decref(play_well(scene, ""));
}

/* A driver that hears events plays nothing: rules would take the one for the other. */
static void test_not_in_service(void **state)
{
    struct behavior_scene *scene = *state;
    struct error err = {0};
    json_t *reply = NULL;

    load_all(scene);
    open_channel(scene);
    send_event(scene, "{\"type\":\"exec\",\"path\":\"/tmp/x\"}");
    wait_for_events(scene, 1);
    assert_refused(play(scene, "events.jsonl", "", &reply, &err), &err, ERROR_PROTOCOL);
}

int main(void)
{
#define REPLAY_TEST(name)                                                                          \
    cmocka_unit_test_setup_teardown(name, behavior_scene_open, behavior_scene_close)
    const struct CMUnitTest tests[] = {
        REPLAY_TEST(test_a_recording_has_a_clock_of_its_own),
        REPLAY_TEST(test_tags_are_had_by_later_events),
        REPLAY_TEST(test_a_rule_that_fails_is_said),
        REPLAY_TEST(test_a_reply_is_bounded),
        REPLAY_TEST(test_what_is_no_recording_is_named),
        REPLAY_TEST(test_not_in_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
