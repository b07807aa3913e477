/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/instant.h"

static int parse(const char *text, int64_t *instant_us)
{
    return instant_parse(text, strlen(text), instant_us);
}

static void written_forms_come_back(void **state)
{
    static const struct {
        const char *text;
        int64_t instant_us;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"2000-02-29T00:00:00Z", INT64_C(951782400000000)},
        {"2026-11-23T08:15:00Z", INT64_C(1795421700000000)},
        {"2026-11-23T08:15:00.000001Z", INT64_C(1795421700000001)},
        {"0001-01-01T00:00:00Z", INT64_C(-62135596800000000)},
        {"9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999)},
    };
    char out[INSTANT_TEXT_BYTES];
    int64_t instant_us;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(parse(cases[i].text, &instant_us), 0);
        assert_true(instant_us == cases[i].instant_us);
        assert_string_equal(instant_format(instant_us, out), cases[i].text);
    }
}

static void short_fractions_are_read(void **state)
{
    int64_t instant_us;

    assert_int_equal(parse("1970-01-01T00:00:00.5Z", &instant_us), 0);
    assert_int_equal(instant_us, 500000);
    assert_int_equal(parse("1970-01-01T00:00:00.012Z", &instant_us), 0);
    assert_int_equal(instant_us, 12000);
}

static void other_forms_and_dates_that_do_not_exist_are_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "2026-11-23",
        "2026-11-23T08:15:00",
        "2026-11-23T08:15:00z",
        "2026-11-23t08:15:00Z",
        "2026-11-23 08:15:00Z",
        "2026-11-23T08:15:00+00:00",
        "2026-11-23T08:15:00.Z",
        "2026-11-23T08:15:00.1234567Z",
        "2026-11-23T08:15:00,5Z",
        "2026-11-23T08:15:60Z",
        "2026-11-23T08:60:00Z",
        "2026-11-23T24:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-1-01T00:00:000Z",
        "+026-01-01T00:00:00Z",
        "2026-11-23T08:15:00ZZ",
        " 2026-11-23T08:15:00Z",
    };
    int64_t instant_us = 7;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (parse(cases[i], &instant_us) == 0)
            fail_msg("accepted: %s", cases[i]);
    assert_int_equal(instant_us, 7);
}

static void every_day_of_four_centuries_follows_the_one_before(void **state)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t expected_us, instant_us;

    assert_int_equal(instant_from_calendar(1800, 1, 1, 0, 0, 0, &expected_us), 0);
    for (int year = 1800; year < 2200; year++) {
        int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        for (int month = 1; month <= 12; month++) {
            int days = lengths[month - 1] + (month == 2 && leap);

            for (int day = 1; day <= days; day++) {
                assert_int_equal(instant_from_calendar(year, month, day, 0, 0, 0, &instant_us), 0);
                assert_true(instant_us == expected_us);
                expected_us += INSTANT_DAY_US;
            }
            assert_int_equal(instant_from_calendar(year, month, days + 1, 0, 0, 0, &instant_us),
                             -1);
        }
    }
}

static void ages_use_one_unit(void **state)
{
    char out[INSTANT_TEXT_BYTES];

    assert_string_equal(instant_format_age(0, out), "now");
    assert_string_equal(instant_format_age(-INSTANT_DAY_US, out), "now");
    assert_string_equal(instant_format_age(40 * INSTANT_SECOND_US, out), "40s");
    assert_string_equal(instant_format_age(12 * INSTANT_MINUTE_US + 1, out), "12m");
    assert_string_equal(instant_format_age(INSTANT_DAY_US - 1, out), "23h");
    assert_string_equal(instant_format_age(3 * INSTANT_DAY_US, out), "3d");
}

static void out_of_the_calendar_is_shown_as_its_end(void **state)
{
    char out[INSTANT_TEXT_BYTES];

    assert_string_equal(instant_format(INT64_MAX, out), "9999-12-31T23:59:59.999999Z");
    assert_string_equal(instant_format(INT64_MIN, out), "0001-01-01T00:00:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_forms_come_back),
        cmocka_unit_test(short_fractions_are_read),
        cmocka_unit_test(other_forms_and_dates_that_do_not_exist_are_refused),
        cmocka_unit_test(every_day_of_four_centuries_follows_the_one_before),
        cmocka_unit_test(ages_use_one_unit),
        cmocka_unit_test(out_of_the_calendar_is_shown_as_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
