/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include "agent/import-pace.h"
#include "media/base/limits.h"

#define BEGAN 5000

static void a_package_has_the_time_of_its_bytes(void **context)
{
    const int64_t seconds = LIMIT_FETCH_S + 10;
    struct import_pace pace;
    struct error err = {0};
    int wait_ms;

    import_pace_begin(&pace, 10 * LIMIT_FETCH_SLOW_BYTES, 0, BEGAN);
    assert_ok(import_pace_wait(&pace, BEGAN, &wait_ms, &err), &err);
    assert_int_equal(wait_ms, LIMIT_FETCH_SILENCE_S * 1000);
    assert_ok(import_pace_wait(&pace, BEGAN + seconds * 1000 - 7, &wait_ms, &err), &err);
    assert_int_equal(wait_ms, 7);
    assert_refused(import_pace_wait(&pace, BEGAN + seconds * 1000, &wait_ms, &err), &err,
                   ERROR_TIMEOUT);
}

static void the_largest_package_has_an_end(void **context)
{
    struct import_pace pace;
    struct error err = {0};
    int wait_ms;

    import_pace_begin(&pace, LIMIT_CONTENT_BYTES, 0, BEGAN);
    assert_ok(import_pace_wait(&pace, BEGAN, &wait_ms, &err), &err);
    assert_refused(import_pace_wait(&pace, INT64_MAX, &wait_ms, &err), &err, ERROR_TIMEOUT);
}

static void progress_is_told_at_a_rate(void **context)
{
    struct import_pace pace;
    struct error err = {0};

    import_pace_begin(&pace, 1, 0, BEGAN);
    for (int second = 1; second <= 3; second++) {
        for (int i = 0; i < LIMIT_FETCH_PROGRESS; i++)
            assert_ok(import_pace_progress(&pace, BEGAN + second * 1000 - 1, &err), &err);
    }
    assert_refused(import_pace_progress(&pace, BEGAN + 2999, &err), &err, ERROR_PROTOCOL);
}

/* What waited for us while we did something else. */
static void what_comes_late_may_come_at_once(void **context)
{
    struct import_pace pace;
    struct error err = {0};

    import_pace_begin(&pace, 1, 0, BEGAN);
    for (int i = 0; i < 100 * LIMIT_FETCH_PROGRESS; i++)
        assert_ok(import_pace_progress(&pace, BEGAN + 100000, &err), &err);
}

static void files_are_asked_for_as_often_as_recipes_have_rows(void **context)
{
    struct import_pace pace;
    struct error err = {0};

    import_pace_begin(&pace, 1, 3 * LIMIT_WANT_ROW_BYTES, BEGAN);
    for (int i = 0; i < 3; i++)
        assert_ok(import_pace_want(&pace, &err), &err);
    assert_refused(import_pace_want(&pace, &err), &err, ERROR_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_has_the_time_of_its_bytes),
        cmocka_unit_test(the_largest_package_has_an_end),
        cmocka_unit_test(progress_is_told_at_a_rate),
        cmocka_unit_test(what_comes_late_may_come_at_once),
        cmocka_unit_test(files_are_asked_for_as_often_as_recipes_have_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
