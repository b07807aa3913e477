/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "agent/wave-turn.h"
#include "media/base/instant.h"

static const struct wave_plan plan = {
    .count = 3,
    .waves = {{5, 0}, {50, 3600}, {100, 86400}},
};

static void each_position_has_one_wave(void **state)
{
    static const struct {
        unsigned position;
        uint64_t number, delay_s;
    } rows[] = {{0, 1, 0}, {4, 1, 0}, {5, 2, 3600}, {49, 2, 3600}, {50, 3, 86400}, {99, 3, 86400}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct wave_turn turn;

        wave_turn_of(&plan, rows[i].position, 1000, &turn);
        assert_int_equal(turn.number, rows[i].number);
        assert_int_equal(turn.of, 3);
        assert_true(turn.opens_us == 1000 + (int64_t)rows[i].delay_s * INSTANT_SECOND_US);
    }
}

static void a_position_is_the_same_each_time_and_differs_by_set(void **state)
{
    uint8_t set[DIGEST_BYTES] = {0};
    unsigned seen[100] = {0}, positions = 0;

    assert_int_equal(wave_turn_position("ws-07", set), wave_turn_position("ws-07", set));
    for (unsigned i = 0; i < 256; i++) {
        set[0] = (uint8_t)i;
        assert_true(wave_turn_position("ws-07", set) < 100);
        positions += seen[wave_turn_position("ws-07", set)]++ == 0;
    }
    assert_true(positions > 50); /* spread: 256 draws of 100 leave few out */
}

static void a_type_has_its_own_plan_or_the_default(void **state)
{
    struct error err = {0};
    struct wave_turn turn;
    json_t *waves = json_pack("{s:[{s:i,s:i}], s:[{s:i,s:i}]}", "default", "percent", 100, "delay",
                              0, "ml-models", "percent", 100, "delay", 60);

    assert_ok(wave_turn_of_type(waves, "null", 7, 0, &turn, &err), &err);
    assert_true(turn.opens_us == 0);
    assert_ok(wave_turn_of_type(waves, "ml-models", 7, 0, &turn, &err), &err);
    assert_true(turn.opens_us == 60 * INSTANT_SECOND_US);
    json_decref(waves);
    assert_int_not_equal(wave_turn_of_type(NULL, "null", 7, 0, &turn, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_position_has_one_wave),
        cmocka_unit_test(a_position_is_the_same_each_time_and_differs_by_set),
        cmocka_unit_test(a_type_has_its_own_plan_or_the_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
