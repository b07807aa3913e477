/* SPDX-License-Identifier: ISC
 *
 * A subscription's number means one handler while that lives, then nothing for as long as others
 * are free.
 */
#include "tests/test.h"

#include "drivers/behavior.h"

#define ALL LIMIT_FILTER_SUBSCRIPTIONS

struct numbering {
    struct behavior_numbers numbers;
    struct behavior_handler handlers[ALL + 1];
};

static int setup(void **state)
{
    *state = bytes_allocate(1, sizeof(struct numbering));
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void test_a_number_is_not_given_again_soon(void **state)
{
    struct numbering *all = *state;

    assert_int_equal(behavior_number_give(&all->numbers, &all->handlers[0]), 0);
    assert_int_equal(behavior_number_give(&all->numbers, &all->handlers[1]), 1);
    behavior_number_end(&all->numbers, 0);
    behavior_number_end(&all->numbers, BEHAVIOR_NO_NUMBER);
    assert_null(behavior_number_owner(&all->numbers, 0));
    assert_ptr_equal(behavior_number_owner(&all->numbers, 1), &all->handlers[1]);
    assert_int_equal(behavior_number_give(&all->numbers, &all->handlers[2]), 2);
    assert_null(behavior_number_owner(&all->numbers, 0));
    assert_null(behavior_number_owner(&all->numbers, 3));
    assert_null(behavior_number_owner(&all->numbers, UINT16_MAX));
}

static void test_the_longest_free_is_given_first(void **state)
{
    struct numbering *all = *state;

    for (int i = 0; i < ALL; i++)
        assert_int_equal(behavior_number_give(&all->numbers, &all->handlers[i]), i);
    assert_int_equal(behavior_number_give(&all->numbers, &all->handlers[ALL]), BEHAVIOR_NO_NUMBER);
    behavior_number_end(&all->numbers, 7);
    behavior_number_end(&all->numbers, 3);
    assert_int_equal(behavior_number_give(&all->numbers, &all->handlers[ALL]), 7);
    assert_ptr_equal(behavior_number_owner(&all->numbers, 7), &all->handlers[ALL]);
    assert_int_equal(behavior_number_give(&all->numbers, &all->handlers[7]), 3);
    assert_int_equal(behavior_number_give(&all->numbers, &all->handlers[3]), BEHAVIOR_NO_NUMBER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_number_is_not_given_again_soon, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_longest_free_is_given_first, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
