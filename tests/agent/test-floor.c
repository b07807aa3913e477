/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "agent/floor.h"
#include "media/base/instant.h"

static const uint8_t mine[DIGEST_BYTES] = {1};
static const uint8_t other[DIGEST_BYTES] = {2};

static struct floor floor_of(int64_t time_us, uint64_t number)
{
    struct floor floor = {.present = true, .time_us = time_us, .number = number};

    memcpy(floor.digest, mine, sizeof(mine));
    return floor;
}

static void without_a_floor_anything_is_newer(void **state)
{
    const struct floor none = {.present = false, .time_us = 100, .number = 100};

    assert_int_equal(floor_compare(&none, 1, 1, mine), FLOOR_NEWER);
}

/* All nine relations of the pair (time, number), with the floor's own digest and with another. */
static void the_pair_decides(void **state)
{
    static const struct {
        int64_t time_us;
        uint64_t number;
        enum floor_answer same_digest, other_digest;
    } rows[] = {
        {9, 4, FLOOR_OLDER, FLOOR_OLDER},        {9, 5, FLOOR_CONFLICT, FLOOR_CONFLICT},
        {9, 6, FLOOR_CONFLICT, FLOOR_CONFLICT},  {10, 4, FLOOR_OLDER, FLOOR_OLDER},
        {10, 5, FLOOR_SAME, FLOOR_CONFLICT},     {10, 6, FLOOR_NEWER, FLOOR_NEWER},
        {11, 4, FLOOR_CONFLICT, FLOOR_CONFLICT}, {11, 5, FLOOR_CONFLICT, FLOOR_CONFLICT},
        {11, 6, FLOOR_NEWER, FLOOR_NEWER},
    };
    const struct floor floor = floor_of(10, 5);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(floor_compare(&floor, rows[i].time_us, rows[i].number, mine),
                         rows[i].same_digest);
        assert_int_equal(floor_compare(&floor, rows[i].time_us, rows[i].number, other),
                         rows[i].other_digest);
    }
    shows_case("B1");
}

static void extreme_numbers_do_not_wrap(void **state)
{
    const struct floor low = floor_of(INT64_MIN, 0);
    const struct floor high = floor_of(INT64_MAX, UINT64_MAX);

    assert_int_equal(floor_compare(&low, INT64_MAX, UINT64_MAX, other), FLOOR_NEWER);
    assert_int_equal(floor_compare(&high, INT64_MIN, 0, other), FLOOR_OLDER);
    shows_case("B4");
}

static void after_a_ring_change_only_time_binds(void **state)
{
    const struct floor change = {.present = true, .time_us = 10};

    assert_int_equal(floor_compare(&change, 9, 700, mine), FLOOR_OLDER);
    assert_int_equal(floor_compare(&change, 10, 1, mine), FLOOR_NEWER);
    assert_int_equal(floor_compare(&change, 11, 1, mine), FLOOR_NEWER);
}

static void now_is_never_behind_what_was_accepted(void **state)
{
    const struct floor_clock behind = {.local_us = 5, .trusted_floor_us = 9};
    const struct floor_clock ahead = {.local_us = 9, .trusted_floor_us = 5};
    const struct floor_clock level = {.local_us = 9, .trusted_floor_us = 9};

    assert_int_equal(floor_now(&behind), 9);
    assert_int_equal(floor_now(&ahead), 9);
    assert_true(floor_clock_behind(&behind));
    assert_false(floor_clock_behind(&ahead));
    assert_false(floor_clock_behind(&level));
    shows_case("B7");
}

static void more_than_a_day_ahead_is_the_future(void **state)
{
    const struct floor_clock clock = {.local_us = 1000, .trusted_floor_us = 1000};
    const struct floor_clock behind = {.local_us = 999, .trusted_floor_us = 1000};
    const struct floor_clock ancient = {.local_us = INT64_MIN, .trusted_floor_us = INT64_MIN};

    assert_false(floor_from_the_future(&clock, 10));
    assert_false(floor_from_the_future(&clock, 1000));
    assert_false(floor_from_the_future(&clock, 1000 + INSTANT_DAY_US));
    assert_true(floor_from_the_future(&clock, 1001 + INSTANT_DAY_US));
    assert_false(floor_from_the_future(&behind, 1000 + 2 * INSTANT_DAY_US));
    assert_true(floor_from_the_future(&ancient, INT64_MAX));
    shows_case("B7");
}

/* A reset binds by its time alone, and nothing but a reset that is below moves a floor. */
static void a_reset_takes_a_floor_down_and_never_up(void **state)
{
    struct floor floor = {.present = true, .time_us = 100, .number = 7};
    struct floor none = {.present = false};
    uint8_t digest[DIGEST_BYTES] = {9};

    memset(floor.digest, 1, DIGEST_BYTES);
    assert_false(floor_lower(&none, 1, 1));
    assert_false(none.present);
    assert_false(floor_lower(&floor, 100, 7));
    assert_false(floor_lower(&floor, 200, 9));
    assert_int_equal(floor_compare(&floor, 90, 3, digest), FLOOR_OLDER);
    assert_true(floor_lower(&floor, 90, 3));
    assert_int_equal(floor.time_us, 90);
    assert_int_equal(floor.number, 3);
    assert_int_equal(floor_compare(&floor, 90, 3, digest), FLOOR_NEWER);
    assert_int_equal(floor_compare(&floor, 89, 99, digest), FLOOR_OLDER);
    assert_false(floor_lower(&floor, 90, 3));
    /* A mirror that lost its numbers: later in time, lower in number. */
    floor = (struct floor){.present = true, .time_us = 100, .number = 7};
    memset(floor.digest, 1, DIGEST_BYTES);
    assert_int_equal(floor_compare(&floor, 150, 2, digest), FLOOR_CONFLICT);
    assert_true(floor_lower(&floor, 150, 2));
    assert_int_equal(floor.time_us, 100);
    assert_int_equal(floor_compare(&floor, 150, 2, digest), FLOOR_NEWER);
    shows_case("B4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_floor_anything_is_newer),
        cmocka_unit_test(the_pair_decides),
        cmocka_unit_test(extreme_numbers_do_not_wrap),
        cmocka_unit_test(after_a_ring_change_only_time_binds),
        cmocka_unit_test(now_is_never_behind_what_was_accepted),
        cmocka_unit_test(more_than_a_day_ahead_is_the_future),
        cmocka_unit_test(a_reset_takes_a_floor_down_and_never_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
