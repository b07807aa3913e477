/* SPDX-License-Identifier: ISC
 *
 * However much a driver tells, and whatever time its events claim, the audit chain gets so much of it a
 * minute, and a number.
 */
#include "tests/scratch.h"

#include "agent/audit.h"
#include "agent/detection.h"
#include "agent/rule-news.h"
#include "media/base/instant.h"
#include "tests/agent/enrolled.h"

#define NOW INT64_C(1000000000)

static struct rule_news news;

static int set_up(void **context)
{
    int result = enrolled_open(context);

    news = (struct rule_news){.state = enrolled.state, .config = &enrolled.config};
    return result;
}

static void hear(json_t *body, int64_t now_us)
{
    assert_non_null(body);
    rule_news_hear(&news, body, now_us);
    json_decref(body);
}

static json_t *detection_of(unsigned minute)
{
    char time[INSTANT_TEXT_BYTES];

    return json_pack("{s:s, s:s, s:s, s:s, s:[], s:{}, s:s, s:n, s:i, s:s}", "news", "detection",
                     "rule", "r", "title", "T", "severity", "high", "attack", "facts", "thumbprint",
                     "v1:00", "event", "count", 1, "time",
                     instant_format(minute * INSTANT_MINUTE_US, time));
}

static json_t *off_of(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "news", "rule-off", "type", "behavior",
                     "rule", "r", "file", "r.lua", "code", "rule-failed", "words", "broken");
}

/* Records of the chain that are not of the enrolment; *last (may be NULL) is the last one's words. */
static size_t records(const char *what, char last[ERROR_WORDS_BYTES])
{
    struct error err = {0};
    json_t *list, *record;
    size_t count = 0, i;

    assert_ok(audit_list(enrolled.state, 0, AUDIT_PAGE, &list, &err), &err);
    json_array_foreach(list, i, record)
    {
        if (strcmp(json_string_value(json_object_get(record, "what")), what) != 0)
            continue;
        count++;
        if (last != NULL)
            snprintf(last, ERROR_WORDS_BYTES, "%s",
                     json_string_value(json_object_get(record, "words")));
    }
    json_decref(list);
    return count;
}

static void no_time_of_an_event_makes_room(void **context)
{
    struct error err = {0};
    int64_t newest_us;
    uint64_t count;

    for (unsigned i = 0; i < LIMIT_NEWS_DETECTIONS + 7; i++)
        hear(detection_of(2 * i), NOW + i);
    assert_int_equal(records("detection", NULL), LIMIT_NEWS_DETECTIONS);
    assert_ok(detection_count(enrolled.state, &count, &newest_us, &err), &err);
    assert_int_equal(count, LIMIT_NEWS_DETECTIONS);
}

static void what_did_not_fit_is_told_when_the_minute_is_over(void **context)
{
    char last[ERROR_WORDS_BYTES];
    int due_ms = -1;

    for (unsigned i = 0; i < LIMIT_NEWS_DETECTIONS + 7; i++)
        hear(detection_of(0), NOW);
    rule_news_turn(&news, NOW + 10 * INSTANT_SECOND_US, &due_ms);
    assert_int_equal(records("detection", NULL), LIMIT_NEWS_DETECTIONS);
    assert_in_range(due_ms, 50000, 50001);
    rule_news_turn(&news, NOW + INSTANT_MINUTE_US, &due_ms);
    assert_int_equal(records("detection", last), LIMIT_NEWS_DETECTIONS + 1);
    assert_string_equal(last, "7 beyond 240 in a minute: counted and not kept");
    due_ms = -1;
    rule_news_turn(&news, NOW + INSTANT_MINUTE_US, &due_ms);
    assert_int_equal(records("detection", NULL), LIMIT_NEWS_DETECTIONS + 1);
    assert_int_equal(due_ms, -1);
}

static void the_next_news_tell_of_it_too(void **context)
{
    for (unsigned i = 0; i < LIMIT_NEWS_DETECTIONS + 7; i++)
        hear(detection_of(0), NOW);
    hear(detection_of(0), NOW + INSTANT_MINUTE_US);
    assert_int_equal(records("detection", NULL), LIMIT_NEWS_DETECTIONS + 2);
}

/* Each kind has room of its own: no flood of one hides another. */
static void kinds_do_not_drown_each_other(void **context)
{
    for (unsigned i = 0; i < LIMIT_NEWS_RULES_OFF + 7; i++) {
        hear(json_pack("{s:s}", "news", "none"), NOW);
        hear(json_pack("{}"), NOW);
        hear(off_of(), NOW);
    }
    assert_int_equal(records("rule-off", NULL), LIMIT_NEWS_RULES_OFF);
    hear(detection_of(0), NOW);
    assert_int_equal(records("detection", NULL), 1);
    assert_int_equal(records("unknown", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_time_of_an_event_makes_room, set_up, enrolled_close),
        cmocka_unit_test_setup_teardown(what_did_not_fit_is_told_when_the_minute_is_over, set_up,
                                        enrolled_close),
        cmocka_unit_test_setup_teardown(the_next_news_tell_of_it_too, set_up, enrolled_close),
        cmocka_unit_test_setup_teardown(kinds_do_not_drown_each_other, set_up, enrolled_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
