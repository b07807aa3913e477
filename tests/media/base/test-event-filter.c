/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/event-filter.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "tests/media/base/event-scene.h"

#define SECOND_US INT64_C(1000000)

static struct event_filter *filter_of(const char *text)
{
    struct event_filter *filter;
    struct error err = {0};
    json_t *json;

    assert_ok(json_read(text, strlen(text), &json, &err), &err);
    assert_ok(event_filter_new(json, &filter, &err), &err);
    json_decref(json);
    return filter;
}

/* How many events the delivery to subscription 0 stands for. 0: none. */
static uint32_t take(struct event_filter *filter, const char *path, int64_t time_us)
{
    static struct event event;

    event = (struct event){.kind = EVENT_EXEC};
    scene_number(&event, EVENT_TIME, time_us);
    scene_text(&event, EVENT_PATH, path);
    if (!event_filter_take(filter, &event)) {
        assert_int_equal(event.hit_count, 0);
        return 0;
    }
    assert_int_equal(event.hits[0].subscription, 0);
    return event.hits[0].count;
}

static uint32_t take_at(struct event_filter *filter, int64_t second)
{
    return take(filter, "/tmp/a", SCENE_NOON_US + second * SECOND_US);
}

static void counts_are(const struct event_filter *filter, uint64_t seen, uint64_t matched,
                       uint64_t held)
{
    struct event_filter_counts counts;

    event_filter_counts(filter, &counts);
    assert_int_equal(counts.seen, seen);
    assert_int_equal(counts.matched, matched);
    assert_int_equal(counts.held, held);
}

static bool matches(const char *where)
{
    struct event event = scene_exec();
    struct event_filter *filter;
    char text[512];
    bool taken;

    snprintf(text, sizeof(text), "[{\"event\":\"exec\",\"where\":{%s}}]", where);
    filter = filter_of(text);
    taken = event_filter_take(filter, &event);
    counts_are(filter, 1, taken, 0);
    event_filter_free(filter);
    return taken;
}

static void where_matches_what_it_says(void **state)
{
    assert_true(matches(""));
    assert_true(matches("\"path\":\"/tmp/*\""));
    assert_false(matches("\"path\":\"/tmp\""));
    assert_true(matches("\"path\":\"/tmp/*\",\"parent.path\":\"*/bash\",\"uid\":\"0\""));
    assert_false(matches("\"path\":\"/tmp/*\",\"parent.path\":\"*/dash\",\"uid\":\"0\""));
    assert_true(matches("\"uid\":0"));
    assert_false(matches("\"uid\":1"));
    assert_false(matches("\"uid\":-1"));
    assert_true(matches("\"argv\":\"*sh /tmp/*\""));
    assert_true(matches("\"sha256\":\"ab01*\""));
    assert_false(matches("\"signer\":\"*\""));
    assert_false(matches("\"tags\":\"\""));
}

static void events_of_other_kinds_are_passed(void **state)
{
    struct event_filter *filter = filter_of("[{\"event\":\"write\"},{\"event\":\"usb\"}]");
    struct event event = {.kind = EVENT_USB};

    assert_int_equal(event_filter_kinds(filter), 1U << EVENT_WRITE | 1U << EVENT_USB);
    assert_int_equal(take_at(filter, 0), 0);
    assert_true(event_filter_take(filter, &event));
    assert_int_equal(event.hits[0].subscription, 1);
    event.kind = EVENT_KINDS;
    assert_false(event_filter_take(filter, &event));
    assert_false(event_filter_may_match(filter, &event));
    event.kind = 0;
    assert_false(event_filter_take(filter, &event));
    counts_are(filter, 4, 1, 0);
    event_filter_free(filter);
}

static void a_number_that_stands_for_nothing_is_passed(void **state)
{
    struct event_filter *filter = filter_of("[null,{\"event\":\"exec\"},null]");
    struct event event = scene_exec();

    assert_int_equal(event_filter_kinds(filter), 1U << EVENT_EXEC);
    assert_true(event_filter_may_match(filter, &event));
    assert_true(event_filter_take(filter, &event));
    assert_int_equal(event.hit_count, 1);
    assert_int_equal(event.hits[0].subscription, 1);
    event_filter_free(filter);
}

static void nothing_asked_is_nothing_taken(void **state)
{
    struct event_filter *filter = filter_of("[]");

    assert_int_equal(event_filter_kinds(filter), 0);
    assert_int_equal(take_at(filter, 0), 0);
    event_filter_free(filter);
    event_filter_free(NULL);
}

static void what_is_absent_may_still_match(void **state)
{
    struct event_filter *filter =
        filter_of("[{\"event\":\"exec\",\"where\":{\"path\":\"/tmp/*\",\"sha256\":\"ab*\"}}]");
    struct event event = {.kind = EVENT_EXEC};

    assert_true(event_filter_may_match(filter, &event));
    scene_text(&event, EVENT_PATH, "/usr/bin/ls");
    assert_false(event_filter_may_match(filter, &event));
    scene_text(&event, EVENT_PATH, "/tmp/ls");
    assert_true(event_filter_may_match(filter, &event));
    assert_false(event_filter_take(filter, &event));
    event.kind = EVENT_WRITE;
    assert_false(event_filter_may_match(filter, &event));
    counts_are(filter, 1, 0, 0);
    event_filter_free(filter);
}

static void all_takes_all(void **state)
{
    struct event_filter *filter = filter_of("[{\"event\":\"exec\",\"window\":60}]");

    for (int i = 0; i < 100; i++)
        assert_int_equal(take_at(filter, 0), 1);
    counts_are(filter, 100, 100, 0);
    event_filter_free(filter);
}

static void all_with_a_limit_takes_so_many_within_a_window(void **state)
{
    struct event_filter *filter =
        filter_of("[{\"event\":\"exec\",\"window\":60,\"limit\":2,\"mode\":\"all\"}]");

    assert_int_equal(take_at(filter, 0), 1);
    assert_int_equal(take_at(filter, 30), 1);
    assert_int_equal(take_at(filter, 31), 0);
    assert_int_equal(take_at(filter, 59), 0);
    assert_int_equal(take_at(filter, 60), 3);
    assert_int_equal(take_at(filter, 61), 1);
    assert_int_equal(take_at(filter, 62), 0);
    counts_are(filter, 7, 7, 3);
    event_filter_free(filter);
}

static void a_limit_without_a_window_holds_nothing(void **state)
{
    struct event_filter *filter = filter_of("[{\"event\":\"exec\",\"limit\":1}]");

    for (int i = 0; i < 10; i++)
        assert_int_equal(take_at(filter, 0), 1);
    event_filter_free(filter);
}

static void first_takes_one_of_each_group_within_a_window(void **state)
{
    struct event_filter *filter =
        filter_of("[{\"event\":\"exec\",\"by\":[\"path\"],\"window\":60,\"mode\":\"first\"}]");

    assert_int_equal(take_at(filter, 0), 1);
    assert_int_equal(take(filter, "/tmp/b", SCENE_NOON_US), 1);
    for (int i = 1; i < 60; i++)
        assert_int_equal(take_at(filter, i), 0);
    assert_int_equal(take_at(filter, 60), 60);
    assert_int_equal(take(filter, "/tmp/b", SCENE_NOON_US + 61 * SECOND_US), 1);
    counts_are(filter, 63, 63, 59);
    event_filter_free(filter);
}

static void count_fires_once_within_a_window(void **state)
{
    struct event_filter *filter =
        filter_of("[{\"event\":\"exec\",\"window\":60,\"mode\":\"count\",\"limit\":3}]");

    assert_int_equal(take_at(filter, 0), 0);
    assert_int_equal(take_at(filter, 1), 0);
    assert_int_equal(take_at(filter, 2), 3);
    assert_int_equal(take_at(filter, 3), 0);
    assert_int_equal(take_at(filter, 4), 0);
    /* A window that ends below the limit: nothing; what it held is told with the next. */
    assert_int_equal(take_at(filter, 60), 0);
    assert_int_equal(take_at(filter, 61), 0);
    assert_int_equal(take_at(filter, 120), 0);
    assert_int_equal(take_at(filter, 121), 0);
    assert_int_equal(take_at(filter, 122), 7);
    event_filter_free(filter);
}

static void sample_takes_every_so_many(void **state)
{
    struct event_filter *filter =
        filter_of("[{\"event\":\"exec\",\"mode\":\"sample\",\"limit\":3}]");
    struct event_filter *windows =
        filter_of("[{\"event\":\"exec\",\"mode\":\"sample\",\"limit\":3,\"window\":10}]");
    struct event_filter *each = filter_of("[{\"event\":\"exec\",\"mode\":\"sample\",\"limit\":1}]");

    for (int i = 1; i < 100; i++)
        assert_int_equal(take_at(filter, 1000 * i), i % 3 == 0 ? 3 : 0);
    for (int i = 0; i < 9; i++)
        assert_int_equal(take_at(windows, i), i % 3 == 2 ? 3 : 0);
    assert_int_equal(take_at(windows, 9), 0);
    assert_int_equal(take_at(windows, 10), 0);
    assert_int_equal(take_at(windows, 11), 0);
    assert_int_equal(take_at(windows, 12), 4);
    for (int i = 0; i < 10; i++)
        assert_int_equal(take_at(each, 0), 1);
    event_filter_free(filter);
    event_filter_free(windows);
    event_filter_free(each);
}

static void values_that_join_alike_are_two_groups(void **state)
{
    struct event_filter *filter = filter_of("[{\"event\":\"exec\",\"by\":[\"path\",\"cwd\"],"
                                            "\"window\":60,\"mode\":\"first\"}]");
    static const char *const pairs[][2] = {{"a", "bc"},  {"ab", "c"},   {"abc", ""},
                                           {"", "abc"},  {"abc", NULL}, {NULL, "abc"},
                                           {NULL, NULL}, {"", ""},      {"bc", "a"}};

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
            struct event event = {.kind = EVENT_EXEC};

            if (pairs[i][0] != NULL)
                scene_text(&event, EVENT_PATH, pairs[i][0]);
            if (pairs[i][1] != NULL)
                scene_text(&event, EVENT_CWD, pairs[i][1]);
            assert_int_equal(event_filter_take(filter, &event), round == 0);
        }
    }
    event_filter_free(filter);
}

static void a_clock_that_goes_back_silences_no_group(void **state)
{
    struct event_filter *filter =
        filter_of("[{\"event\":\"exec\",\"window\":60,\"mode\":\"first\"}]");

    assert_int_equal(take_at(filter, 0), 1);
    assert_int_equal(take_at(filter, -59), 0);
    assert_int_equal(take_at(filter, -60), 3 - 1);
    assert_int_equal(take_at(filter, -1), 0);
    assert_int_equal(take(filter, "/tmp/a", INT64_MIN), 2);
    assert_int_equal(take(filter, "/tmp/a", INT64_MAX), 1);
    assert_int_equal(take(filter, "/tmp/a", INT64_MIN), 1);
    assert_int_equal(take(filter, "/tmp/a", 0), 1);
    event_filter_free(filter);
}

static void an_event_without_a_time_is_at_zero(void **state)
{
    struct event_filter *filter =
        filter_of("[{\"event\":\"exec\",\"window\":60,\"mode\":\"first\"}]");
    struct event event = {.kind = EVENT_EXEC};

    assert_true(event_filter_take(filter, &event));
    assert_int_equal(take(filter, "/tmp/a", 59 * SECOND_US), 0);
    assert_int_equal(take(filter, "/tmp/a", 60 * SECOND_US), 2);
    event_filter_free(filter);
}

/* 100 subscriptions want one event: as many as it can carry are told, the others are counted. */
static void a_crowd_is_cut_and_counted(void **state)
{
    json_t *list = json_array();
    struct event_filter_counts counts;
    struct event_filter *filter;
    struct event event = scene_exec();
    struct error err = {0};

    for (int i = 0; i < 100; i++)
        json_array_append_new(list, json_pack("{s:s}", "event", "exec"));
    assert_ok(event_filter_new(list, &filter, &err), &err);
    assert_true(event_filter_take(filter, &event));
    assert_int_equal(event.hit_count, EVENT_HITS);
    for (uint16_t i = 0; i < EVENT_HITS; i++)
        assert_int_equal(event.hits[i].subscription, i);
    event_filter_counts(filter, &counts);
    assert_int_equal(counts.crowded, 100 - EVENT_HITS);
    event_filter_free(filter);
    json_decref(list);
}

/* More groups than there is room for: the memory is bounded, and what was forgotten is counted. */
static void a_flood_of_values_is_bounded(void **state)
{
    struct event_filter *filter =
        filter_of("[{\"event\":\"exec\",\"by\":[\"path\"],\"window\":60,\"mode\":\"first\"},"
                  "{\"event\":\"write\",\"by\":[\"path\"],\"window\":60,\"mode\":\"first\"}]");
    struct event_filter_counts counts;
    struct event kept = {.kind = EVENT_WRITE};
    char path[32];

    scene_text(&kept, EVENT_PATH, "/etc/shadow");
    assert_true(event_filter_take(filter, &kept));
    for (unsigned i = 0; i < LIMIT_FILTER_GROUPS + 1000; i++) {
        snprintf(path, sizeof(path), "/tmp/%u", i);
        assert_int_equal(take(filter, path, 0), 1);
    }
    assert_false(event_filter_take(filter, &kept));
    assert_int_equal(take(filter, path, 0), 0);
    event_filter_counts(filter, &counts);
    assert_int_equal(counts.forgotten, 1001);
    event_filter_free(filter);
}

static void lists_out_of_shape_are_refused_by_row_and_key(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"{}", "expected a list"},
        {"[7]", "subscription 0: expected an object"},
        {"[{\"event\":\"exec\"},{}]", "subscription 1: event: missing"},
        {"[{\"event\":\"execs\"}]", "subscription 0: event: expected"},
        {"[{\"event\":\"exec\",\"were\":{}}]", "subscription 0: were: unknown key"},
        {"[{\"event\":\"exec\",\"where\":[]}]", "subscription 0: where: expected"},
        {"[{\"event\":\"exec\",\"where\":{\"rep\":\"*\"}}]",
         "subscription 0: where: rep: no field"},
        {"[{\"event\":\"exec\",\"where\":{\"time\":\"*\"}}]",
         "subscription 0: where: time: no field"},
        {"[{\"event\":\"exec\",\"where\":{\"to\":\"*\"}}]",
         "subscription 0: where: to: not of exec events"},
        {"[{\"event\":\"exec\",\"where\":{\"path\":{}}}]",
         "subscription 0: where: path: expected a glob"},
        {"[{\"event\":\"exec\",\"where\":{\"path\":\"[a\"}}]",
         "subscription 0: where: path: expected a glob"},
        {"[{\"event\":\"exec\",\"where\":{\"path\":\"\\\\\"}}]",
         "subscription 0: where: path: expected a glob"},
        {"[{\"event\":\"exec\",\"where\":{\"path\":\"\",\"pid\":1,\"uid\":1,\"cwd\":\"\",\"argv\":"
         "\"\",\"tags\":\"\",\"signer\":\"\",\"sha256\":\"\",\"parent.pid\":1}}]",
         "subscription 0: where: expected 0 to 8"},
        {"[{\"event\":\"exec\",\"by\":\"path\"}]", "subscription 0: by: expected"},
        {"[{\"event\":\"exec\",\"by\":[1]}]", "subscription 0: by: expected"},
        {"[{\"event\":\"exec\",\"by\":[\"path\",\"rep\"]}]", "subscription 0: by: rep: no field"},
        {"[{\"event\":\"exec\",\"by\":[\"port\"]}]", "subscription 0: by: port: not of exec"},
        {"[{\"event\":\"exec\",\"window\":-1}]", "subscription 0: window: expected"},
        {"[{\"event\":\"exec\",\"window\":86401}]", "subscription 0: window: expected"},
        {"[{\"event\":\"exec\",\"limit\":1000001}]", "subscription 0: limit: expected"},
        {"[{\"event\":\"exec\",\"mode\":\"last\"}]", "subscription 0: mode: expected"},
        {"[{\"event\":\"exec\",\"mode\":\"first\",\"limit\":2}]",
         "subscription 0: limit: expected"},
        {"[{\"event\":\"exec\",\"mode\":\"count\",\"window\":1}]",
         "subscription 0: limit: expected how many"},
        {"[{\"event\":\"exec\",\"mode\":\"count\",\"limit\":1}]",
         "subscription 0: window: expected the seconds"},
        {"[{\"event\":\"exec\",\"mode\":\"sample\"}]", "subscription 0: limit: expected"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct event_filter *filter;
        struct error err = {0};
        json_t *json;

        assert_ok(json_read(cases[i].text, strlen(cases[i].text), &json, &err), &err);
        assert_refused(event_filter_new(json, &filter, &err), &err, ERROR_BAD_CONTENT);
        if (strncmp(err.words, cases[i].words, strlen(cases[i].words)) != 0)
            fail_msg("%s: %s", cases[i].text, err.words);
        assert_null(filter);
        json_decref(json);
    }
}

static void sizes_are_bounded(void **state)
{
    static char glob[LIMIT_LUA_PATTERN + 2];
    json_t *list = json_array(), *long_one;
    struct event_filter *filter;
    struct error err = {0};

    memset(glob, '*', sizeof(glob) - 1);
    long_one = json_pack("[{s:s, s:{s:s}}]", "event", "exec", "where", "path", glob);
    assert_refused(event_filter_new(long_one, &filter, &err), &err, ERROR_BAD_CONTENT);
    for (size_t i = 0; i < LIMIT_FILTER_SUBSCRIPTIONS; i++)
        json_array_append_new(list, json_pack("{s:s}", "event", "exec"));
    assert_ok(event_filter_new(list, &filter, &err), &err);
    event_filter_free(filter);
    json_array_append_new(list, json_pack("{s:s}", "event", "exec"));
    assert_refused(event_filter_new(list, &filter, &err), &err, ERROR_BAD_CONTENT);
    json_decref(list);
    json_decref(long_one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_matches_what_it_says),
        cmocka_unit_test(events_of_other_kinds_are_passed),
        cmocka_unit_test(a_number_that_stands_for_nothing_is_passed),
        cmocka_unit_test(nothing_asked_is_nothing_taken),
        cmocka_unit_test(what_is_absent_may_still_match),
        cmocka_unit_test(all_takes_all),
        cmocka_unit_test(all_with_a_limit_takes_so_many_within_a_window),
        cmocka_unit_test(a_limit_without_a_window_holds_nothing),
        cmocka_unit_test(first_takes_one_of_each_group_within_a_window),
        cmocka_unit_test(count_fires_once_within_a_window),
        cmocka_unit_test(sample_takes_every_so_many),
        cmocka_unit_test(values_that_join_alike_are_two_groups),
        cmocka_unit_test(a_clock_that_goes_back_silences_no_group),
        cmocka_unit_test(an_event_without_a_time_is_at_zero),
        cmocka_unit_test(a_crowd_is_cut_and_counted),
        cmocka_unit_test(a_flood_of_values_is_bounded),
        cmocka_unit_test(lists_out_of_shape_are_refused_by_row_and_key),
        cmocka_unit_test(sizes_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
