/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/event.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "tests/media/base/event-scene.h"

static json_t *parsed(const char *text)
{
    struct error err = {0};
    json_t *json;

    assert_ok(json_read(text, strlen(text), &json, &err), &err);
    return json;
}

static void events_come_from_json(void **state)
{
    static const char text[] =
        "{\"type\":\"exec\",\"time\":1795780800,\"pid\":4711,\"uid\":0,\"path\":\"/tmp/a.sh\","
        "\"argv\":[\"/bin/sh\",\"/tmp/a.sh\",\"-x\"],\"cwd\":\"/root\",\"sha256\":\"ab010203"
        "00000000000000000000000000000000000000000000000000000000\","
        "\"parent\":{\"pid\":4700,\"path\":\"/usr/bin/bash\"}}";
    static struct event event, expected;
    struct error err = {0};
    struct bytes memory;
    json_t *json = parsed(text);

    expected = scene_exec();
    assert_ok(event_from_json(json, &event, &memory, &err), &err);
    scene_same(&event, &expected);
    bytes_clear(&memory);
    json_decref(json);
}

static void events_come_back_from_json(void **state)
{
    static struct event event, read;
    struct error err = {0};
    struct bytes memory;
    json_t *json;

    event = scene_exec();
    scene_text(&event, EVENT_PATH, "/tmp/\xff\x1b[2J");
    scene_bytes(&event, EVENT_TAGS, "\0a=\xfe\0\0", 6);
    scene_bytes(&event, EVENT_ARGV, "", 0);
    scene_text(&event, EVENT_CWD, "");
    scene_text(&event, EVENT_SIGNER, "caf\xc3\xa9 \\ \"x\"\n");
    json = event_to_json(&event);
    assert_string_equal(json_string_value(json_object_get(json_object_get(json, "path"), "hex")),
                        "2f746d702fff1b5b324a");
    assert_int_equal(json_array_size(json_object_get(json, "tags")), 3);
    assert_ok(event_from_json(json, &read, &memory, &err), &err);
    scene_same(&read, &event);
    bytes_clear(&memory);
    json_decref(json);
}

static void every_field_comes_back(void **state)
{
    static const char digest[32] = "0123456789abcdef0123456789abcde";
    static struct event event, read;
    struct error err = {0};
    struct bytes memory;

    for (unsigned kind = 1; kind < EVENT_KINDS; kind++) {
        json_t *json;

        event = (struct event){.kind = kind};
        for (unsigned i = 1; i < EVENT_FIELDS; i++) {
            const struct event_field_row *row = event_field_row(i);

            if ((row->kinds & 1U << kind) == 0)
                continue;
            if (row->type == EVENT_NUMBER)
                scene_number(&event, i, SCENE_NOON_US);
            else if (row->type == EVENT_DIGEST)
                scene_bytes(&event, i, digest, sizeof(digest));
            else
                scene_bytes(&event, i, "a b", row->type == EVENT_LIST ? 4 : 3);
        }
        json = event_to_json(&event);
        assert_ok(event_from_json(json, &read, &memory, &err), &err);
        scene_same(&read, &event);
        bytes_clear(&memory);
        json_decref(json);
    }
}

static void json_out_of_shape_is_refused_by_key(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"[]", "expected an event as an object"},
        {"{}", "type: expected"},
        {"{\"type\":7}", "type: expected"},
        {"{\"type\":\"execs\"}", "type: expected"},
        {"{\"type\":\"exec\",\"paths\":\"/\"}", "paths: no field"},
        {"{\"type\":\"exec\",\"parent.path\":\"/\"}", "parent.path: no field"},
        {"{\"type\":\"exec\",\"parent\":\"/\"}", "parent: no field"},
        {"{\"type\":\"exec\",\"parent\":{\"uid\":1}}", "parent.uid: no field"},
        {"{\"type\":\"exec\",\"parent\":{\"parent\":{\"pid\":1}}}", "parent.parent: no field"},
        {"{\"type\":\"exec\",\"rep\":\"good\"}", "rep: no field"},
        {"{\"type\":\"exec\",\"to\":\"/a\"}", "to: not of exec events"},
        {"{\"type\":\"exec\",\"pid\":\"1\"}", "pid: expected an integer"},
        {"{\"type\":\"exec\",\"time\":-1}", "time: expected seconds"},
        {"{\"type\":\"exec\",\"time\":253402300800}", "time: expected seconds"},
        {"{\"type\":\"exec\",\"path\":1}", "path: expected a string"},
        {"{\"type\":\"exec\",\"path\":null}", "path: expected a string"},
        {"{\"type\":\"exec\",\"path\":{\"hex\":1}}", "path: expected a string, or"},
        {"{\"type\":\"exec\",\"path\":{\"hex\":\"aa\",\"x\":1}}", "path: expected a string, or"},
        {"{\"type\":\"exec\",\"path\":{\"hex\":\"AA\"}}", "path: expected lower-case hex"},
        {"{\"type\":\"exec\",\"path\":{\"hex\":\"aaa\"}}", "path: expected lower-case hex"},
        {"{\"type\":\"exec\",\"path\":{\"hex\":\"aa00\"}}", "path: expected no NUL"},
        {"{\"type\":\"exec\",\"argv\":\"a\"}", "argv: expected a list"},
        {"{\"type\":\"exec\",\"argv\":[\"a\",1]}", "argv: expected a string"},
        {"{\"type\":\"exec\",\"sha256\":\"ab\"}", "sha256: expected 64"},
        {"{\"type\":\"exec\",\"sha256\":{}}", "sha256: expected 64"},
    };
    static struct event event;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *json = parsed(cases[i].text);
        struct error err = {0};
        struct bytes memory;

        assert_refused(event_from_json(json, &event, &memory, &err), &err, ERROR_BAD_CONTENT);
        if (strncmp(err.words, cases[i].words, strlen(cases[i].words)) != 0)
            fail_msg("%s: %s", cases[i].text, err.words);
        bytes_clear(&memory);
        json_decref(json);
    }
}

static void refuse(json_t *json, const char *limit)
{
    static struct event event;
    struct error err = {0};
    struct bytes memory;

    assert_refused(event_from_json(json, &event, &memory, &err), &err, ERROR_BAD_CONTENT);
    assert_non_null(strstr(err.words, limit));
    bytes_clear(&memory);
    json_decref(json);
}

static void sizes_are_bounded(void **state)
{
    static char large[2 * LIMIT_EVENT_TEXT + 3];
    json_t *list = json_array();

    memset(large, 'a', sizeof(large) - 1);
    refuse(json_pack("{s:s, s:{s:s}}", "type", "exec", "path", "hex", large), "EVENT_TEXT");
    large[LIMIT_EVENT_TEXT + 1] = '\0';
    refuse(json_pack("{s:s, s:s}", "type", "exec", "path", large), "EVENT_TEXT");
    large[LIMIT_EVENT_TEXT] = '\0';
    refuse(json_pack("{s:s, s:[s]}", "type", "exec", "argv", large), "EVENT_ARGV_BYTES");
    for (size_t i = 0; i <= LIMIT_EVENT_ARGUMENTS; i++)
        json_array_append_new(list, json_string("a"));
    refuse(json_pack("{s:s, s:o}", "type", "exec", "argv", list), "at most 256");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_from_json),
        cmocka_unit_test(events_come_back_from_json),
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(json_out_of_shape_is_refused_by_key),
        cmocka_unit_test(sizes_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
