/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include "agent/respawn.h"

#define START 1000000

/* It runs so long each time, `times` times; when the last one ended. */
static int64_t run(struct respawn *respawn, int64_t now_ms, int64_t long_ms, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        assert_int_equal(respawn_due_ms(respawn, now_ms), 0);
        respawn_started(respawn, now_ms);
        now_ms += long_ms;
        assert_false(respawn_ended(respawn, now_ms));
    }
    return now_ms;
}

static void what_ends_at_once_each_time_pauses(void **state)
{
    struct respawn respawn = {0};
    int64_t now_ms = START;

    (void)state;
    for (int round = 0; round < 3; round++) {
        now_ms = run(&respawn, now_ms, 1, RESPAWN_TIMES - 1);
        respawn_started(&respawn, now_ms);
        assert_true(respawn_ended(&respawn, now_ms));
        assert_int_equal(respawn_due_ms(&respawn, now_ms), RESPAWN_PAUSE_MS);
        now_ms += RESPAWN_PAUSE_MS - 1;
        assert_int_equal(respawn_due_ms(&respawn, now_ms), 1);
        now_ms++;
    }
}

static void what_ran_for_a_while_counts_anew(void **state)
{
    struct respawn respawn = {0};
    int64_t now_ms = START;

    (void)state;
    now_ms = run(&respawn, now_ms, RESPAWN_STEADY_MS + 1, 3 * RESPAWN_TIMES);
    now_ms = run(&respawn, now_ms, RESPAWN_STEADY_MS, RESPAWN_TIMES - 2);
    now_ms = run(&respawn, now_ms, RESPAWN_STEADY_MS + 1, 1);
    now_ms = run(&respawn, now_ms, RESPAWN_STEADY_MS, RESPAWN_TIMES - 2);
    respawn_started(&respawn, now_ms);
    assert_true(respawn_ended(&respawn, now_ms + RESPAWN_STEADY_MS));
}

static void a_pause_may_be_asked_for(void **state)
{
    struct respawn respawn = {0};

    (void)state;
    assert_int_equal(respawn_due_ms(&respawn, START), 0);
    respawn_pause(&respawn, START);
    assert_int_equal(respawn_due_ms(&respawn, START), RESPAWN_PAUSE_MS);
    assert_int_equal(respawn_due_ms(&respawn, START + 2 * RESPAWN_PAUSE_MS), 0);
}

static void the_clock_goes_forward(void **state)
{
    int64_t before = respawn_clock();

    (void)state;
    assert_true(before > 0);
    assert_true(respawn_clock() >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ends_at_once_each_time_pauses),
        cmocka_unit_test(what_ran_for_a_while_counts_anew),
        cmocka_unit_test(a_pause_may_be_asked_for),
        cmocka_unit_test(the_clock_goes_forward),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
