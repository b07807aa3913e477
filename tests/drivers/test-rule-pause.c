/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include "drivers/rule-pause.h"
#include "media/base/limits.h"

#define SECOND INT64_C(1000000000)
#define BEGAN  (1000 * SECOND)

static void a_pause_is_over_when_its_time_has_come(void **state)
{
    struct rule_pause pause = {0};

    assert_int_equal(rule_pause_begin(&pause, BEGAN), 60);
    assert_false(rule_pause_is_over(&pause, BEGAN));
    assert_false(rule_pause_is_over(&pause, BEGAN + 60 * SECOND - 1));
    assert_true(rule_pause_is_over(&pause, BEGAN + 60 * SECOND));
}

static void each_is_twice_as_long_up_to_an_hour(void **state)
{
    static const int64_t lengths[] = {60, 120, 240, 480, 960, 1920, 3600, 3600};
    struct rule_pause pause = {0};
    int64_t now = BEGAN;

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        assert_int_equal(rule_pause_begin(&pause, now), lengths[i]);
        now = pause.until_ns + 1;
    }
}

static void an_hour_without_fault_is_a_new_beginning(void **state)
{
    struct rule_pause pause = {0};

    rule_pause_begin(&pause, BEGAN);
    assert_int_equal(rule_pause_begin(&pause, pause.until_ns + 3600 * SECOND - 1), 120);
    assert_int_equal(rule_pause_begin(&pause, pause.until_ns + 3600 * SECOND), 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_is_over_when_its_time_has_come),
        cmocka_unit_test(each_is_twice_as_long_up_to_an_hour),
        cmocka_unit_test(an_hour_without_fault_is_a_new_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
