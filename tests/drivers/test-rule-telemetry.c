/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include <time.h>

#include "drivers/rule-telemetry.h"
#include "media/base/limits.h"

#define MS 1000000LL

static void calls_are_counted_and_their_99th_of_a_hundred_told(void **state)
{
    struct rule_telemetry telemetry = {0};
    struct rule_window window = {0};

    assert_int_equal(rule_telemetry_p99_us(&telemetry), 0);
    for (unsigned i = 0; i < 990; i++)
        rule_telemetry_add(&telemetry, &window, 0, 3000);
    for (unsigned i = 0; i < 10; i++)
        rule_telemetry_add(&telemetry, &window, 0, 5 * MS);
    assert_int_equal(telemetry.calls, 1000);
    assert_int_equal(telemetry.total_ns, 990 * 3000 + 10 * 5 * MS);
    assert_int_equal(telemetry.most_ns, 5 * MS);
    /* Exactly one of a hundred takes longer; a bucket is at most a quarter too wide. */
    assert_in_range(rule_telemetry_p99_us(&telemetry), 3, 4);
    rule_telemetry_add(&telemetry, &window, 0, 5 * MS);
    assert_int_equal(rule_telemetry_p99_us(&telemetry), 5000);
}

static void any_time_has_its_bucket(void **state)
{
    static const int64_t rows[] = {0, 1, 63, 64, 1000, 65536, 1000 * MS, 100000 * MS, INT64_MAX};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rule_telemetry telemetry = {0};
        struct rule_window window = {0};

        rule_telemetry_add(&telemetry, &window, 0, rows[i]);
        /* The bucket's end, and never more than the longest. */
        assert_true(rule_telemetry_p99_us(&telemetry) <= rows[i] / 1000 + 1);
        assert_true(rows[i] > 16000 * MS || rule_telemetry_p99_us(&telemetry) >= rows[i] / 1000);
    }
}

/* The processor's time since the window began is made up: what the process had, and what rules took. */
static void who_takes_more_than_a_share_is_found_by_processor_time(void **state)
{
    const int64_t share = LIMIT_LUA_SHARE_US * 1000LL;
    struct rule_telemetry telemetry = {0};
    struct rule_window window = {0};
    struct timespec now;

    rule_telemetry_add(&telemetry, &window, 0, share);
    assert_false(rule_telemetry_is_over(&telemetry, &window));
    rule_telemetry_add(&telemetry, &window, 0, 2);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    window.began_cpu_ns = (int64_t)now.tv_sec * 1000 * MS + now.tv_nsec - 2 * share;
    assert_true(rule_telemetry_is_over(&telemetry, &window));
    /* Half of that time it waited for the processor. */
    window.began_cpu_ns += 3 * share / 2;
    telemetry.look_ns = share;
    assert_false(rule_telemetry_is_over(&telemetry, &window));
}

/* Of what has waited for the processor it is not asked at each call, but again soon enough. */
static void who_was_within_its_share_is_asked_about_again_after_a_while(void **state)
{
    const int64_t share = LIMIT_LUA_SHARE_US * 1000LL;
    struct rule_telemetry telemetry = {0};
    struct rule_window window = {0};

    rule_telemetry_add(&telemetry, &window, 0, 2 * share);
    window.began_cpu_ns -= share / 2;
    assert_false(rule_telemetry_is_over(&telemetry, &window));
    window.began_cpu_ns -= 100 * share;
    rule_telemetry_add(&telemetry, &window, 0, share / 200);
    assert_false(rule_telemetry_is_over(&telemetry, &window));
    rule_telemetry_add(&telemetry, &window, 0, share / 100);
    assert_true(rule_telemetry_is_over(&telemetry, &window));
}

static void errors_and_shares_are_of_one_window(void **state)
{
    const int64_t length = LIMIT_LUA_WINDOW_US * 1000LL;
    struct rule_telemetry telemetry = {0};
    struct rule_window window = {0};

    rule_telemetry_add(&telemetry, &window, length, length + MS);
    for (unsigned i = 1; i < LIMIT_LUA_ERRORS; i++)
        assert_false(rule_telemetry_fail(&telemetry, &window));
    rule_telemetry_add(&telemetry, &window, length, 2 * length + 2 * MS);
    assert_false(rule_telemetry_fail(&telemetry, &window));
    assert_int_equal(telemetry.errors, LIMIT_LUA_ERRORS);
    for (unsigned i = 2; i < LIMIT_LUA_ERRORS; i++)
        assert_false(rule_telemetry_fail(&telemetry, &window));
    assert_true(rule_telemetry_fail(&telemetry, &window));
    assert_int_equal(window.number, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_counted_and_their_99th_of_a_hundred_told),
        cmocka_unit_test(any_time_has_its_bucket),
        cmocka_unit_test(who_takes_more_than_a_share_is_found_by_processor_time),
        cmocka_unit_test(who_was_within_its_share_is_asked_about_again_after_a_while),
        cmocka_unit_test(errors_and_shares_are_of_one_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
