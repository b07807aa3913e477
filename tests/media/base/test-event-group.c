/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/event-group.h"
#include "media/base/limits.h"

/* Spread over the table, as by a hash. */
static struct siphash values_of(uint64_t number)
{
    return (struct siphash){{number * UINT64_C(0x9e3779b97f4a7c15) >> 32, number}};
}

static struct event_group *open_group(struct event_groups *groups, uint16_t subscription,
                                      uint64_t number)
{
    struct siphash values = values_of(number);
    struct event_group *group = event_groups_find(groups, subscription, &values);

    if (!group->open)
        event_groups_restart(groups, group, 0);
    group->seen++;
    return group;
}

static void groups_are_kept_apart_and_found_again(void **state)
{
    struct event_groups *groups = event_groups_new(2);
    struct siphash other = values_of(1);

    other.halves[1]++;
    for (unsigned round = 1; round < 3; round++) {
        for (uint64_t i = 0; i < 1000; i++) {
            assert_int_equal(open_group(groups, 0, i)->seen, round);
            assert_int_equal(open_group(groups, 1, i)->seen, round);
        }
    }
    assert_false(event_groups_find(groups, 0, &other)->open);
    assert_int_equal(event_groups_forgotten(groups), 0);
    event_groups_free(groups);
}

/* All in one place of the table, which only who knows the key could do: slow, but right. */
static void groups_of_one_slot_are_kept_apart(void **state)
{
    struct event_groups *groups = event_groups_new(1);

    for (unsigned round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < 500; i++) {
            struct siphash values = {{i << 32, 7}};
            struct event_group *group = event_groups_find(groups, 0, &values);

            assert_int_equal(group->open, round);
            event_groups_restart(groups, group, 0);
        }
    }
    event_groups_free(groups);
}

static void the_oldest_gives_way(void **state)
{
    struct event_groups *groups = event_groups_new(1);
    struct siphash values = values_of(0);

    for (uint64_t i = 0; i < LIMIT_FILTER_GROUPS; i++)
        open_group(groups, 0, i);
    assert_int_equal(event_groups_forgotten(groups), 0);
    event_groups_restart(groups, event_groups_find(groups, 0, &values), 1);
    assert_int_equal(open_group(groups, 0, LIMIT_FILTER_GROUPS)->seen, 1);
    assert_int_equal(event_groups_forgotten(groups), 1);
    for (uint64_t i = 2; i < LIMIT_FILTER_GROUPS; i++)
        assert_int_equal(open_group(groups, 0, i)->seen, 2);
    assert_int_equal(open_group(groups, 0, 0)->seen, 1);
    assert_int_equal(event_groups_forgotten(groups), 1);
    assert_int_equal(open_group(groups, 0, 1)->seen, 1);
    assert_int_equal(event_groups_forgotten(groups), 2);
    event_groups_free(groups);
}

static void a_flood_makes_no_other_subscription_forget(void **state)
{
    struct event_groups *groups = event_groups_new(3);

    for (uint64_t i = 0; i < 100; i++)
        open_group(groups, 1, i);
    for (uint64_t i = 0; i < 3 * LIMIT_FILTER_GROUPS; i++)
        open_group(groups, 2, i);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(open_group(groups, 1, i)->seen, 2);
    assert_int_equal(open_group(groups, 0, 0)->seen, 1);
    assert_int_equal(event_groups_forgotten(groups), 2 * LIMIT_FILTER_GROUPS + 101);
    event_groups_free(groups);
}

/* Against a plain list of what must be there, in an order that random numbers give. */
static void random_use_agrees_with_a_list(void **state)
{
    enum { NUMBERS = 4 * LIMIT_FILTER_GROUPS };
    uint32_t *seen = bytes_allocate(NUMBERS, sizeof(*seen));
    struct event_groups *groups = event_groups_new(1);
    uint64_t random = 1, made = 0;

    for (size_t i = 0; i < 8 * LIMIT_FILTER_GROUPS; i++) {
        struct event_group *group;
        uint64_t number;

        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        number = random >> 40 & (NUMBERS - 1);
        group = open_group(groups, 0, number);
        made += group->seen == 1;
        assert_true(group->seen == 1 || group->seen == seen[number] + 1);
        assert_int_equal(group->values.halves[1], number);
        seen[number] = group->seen;
    }
    assert_int_equal(event_groups_forgotten(groups), made - LIMIT_FILTER_GROUPS);
    event_groups_free(groups);
    free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_kept_apart_and_found_again),
        cmocka_unit_test(groups_of_one_slot_are_kept_apart),
        cmocka_unit_test(the_oldest_gives_way),
        cmocka_unit_test(a_flood_makes_no_other_subscription_forget),
        cmocka_unit_test(random_use_agrees_with_a_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
