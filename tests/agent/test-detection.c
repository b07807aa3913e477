/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include "agent/audit.h"
#include "agent/detection.h"
#include "agent/outbox.h"
#include "tests/agent/enrolled.h"

static json_t *news_of(const char *rule)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:[s], s:{s:s, s:i}, s:s, s:n, s:i, s:s}", "news",
                     "detection", "rule", rule, "title", "A script from /tmp", "severity", "high",
                     "attack", "T1059.004", "facts", "path", "/tmp/a\x1b[31m", "pid", 7,
                     "thumbprint", "v1:00", "event", "count", 3, "time", "2026-11-26T08:00:00Z");
}

static void note(const char *rule)
{
    json_t *news = news_of(rule);
    struct error err = {0};

    assert_ok(detection_note(enrolled.state, &enrolled.config, news, &err), &err);
    json_decref(news);
}

static json_t *rows(uint64_t after, json_t **reply)
{
    struct error err = {0};

    assert_ok(detection_list(enrolled.state, after, 10, reply, &err), &err);
    return json_object_get(*reply, "detections");
}

static void a_detection_is_a_row_an_event_and_an_item(void **context)
{
    json_t *reply, *list, *records, *outgoing;
    struct error err = {0};
    uint64_t count;
    int64_t newest_us;

    note("tmp-script");
    list = rows(0, &reply);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "rule")),
                        "tmp-script");
    assert_int_equal(json_integer_value(
                         json_object_get(json_object_get(json_array_get(list, 0), "facts"), "pid")),
                     7);
    json_decref(reply);
    assert_ok(audit_list(enrolled.state, 0, 100, &records, &err), &err);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(records, json_array_size(records) - 1), "what")),
                        "detection");
    json_decref(records);
    assert_ok(outbox_list(enrolled.state, &enrolled.config, 0, 10, &outgoing, &err), &err);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(outgoing, "items"), 0), "category")),
                        "detections");
    json_decref(outgoing);
    assert_ok(detection_count(enrolled.state, &count, &newest_us, &err), &err);
    assert_int_equal(count, 1);
    assert_true(newest_us > 0);
}

static void what_may_not_leave_is_kept_here(void **context)
{
    json_t *outgoing;
    struct error err = {0};

    enrolled.config.export_detections = false;
    note("tmp-script");
    assert_ok(outbox_list(enrolled.state, &enrolled.config, 0, 10, &outgoing, &err), &err);
    assert_int_equal(json_array_size(json_object_get(outgoing, "items")), 0);
    json_decref(outgoing);
}

static void a_page_follows_the_other(void **context)
{
    json_t *reply, *list;

    note("one");
    note("two");
    list = rows(1, &reply);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "rule")), "two");
    assert_int_equal(json_integer_value(json_object_get(reply, "newest")), 2);
    json_decref(reply);
}

static void nonsense_leaves_nothing(void **context)
{
    static const struct {
        const char *key;
        const char *value; /* as JSON; NULL: the key is absent */
    } cases[] = {{"rule", NULL},         {"rule", "[\"\"]"},      {"severity", "[\"worst\"]"},
                 {"count", "[0]"},       {"count", "[-1]"},       {"time", "[\"yesterday\"]"},
                 {"attack", "[\"T1\"]"}, {"facts", "[[]]"},       {"extra", "[1]"},
                 {"title", "[7]"},       {"thumbprint", "[null]"}};
    struct error err = {0};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *news = news_of("x"), *value;
        uint64_t count;
        int64_t newest_us;

        if (cases[i].value == NULL)
            json_object_del(news, cases[i].key);
        else {
            value = json_loads(cases[i].value, 0, NULL);
            json_object_set(news, cases[i].key, json_array_get(value, 0));
            json_decref(value);
        }
        assert_refused(detection_note(enrolled.state, &enrolled.config, news, &err), &err,
                       ERROR_PROTOCOL);
        json_decref(news);
        assert_ok(detection_count(enrolled.state, &count, &newest_us, &err), &err);
        assert_int_equal(count, 0);
    }
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, enrolled_open, enrolled_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_detection_is_a_row_an_event_and_an_item),
        SCENE(what_may_not_leave_is_kept_here),
        SCENE(a_page_follows_the_other),
        SCENE(nonsense_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
