/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include "agent/import-base.h"
#include "agent/state-recipe.h"
#include "tests/agent/enrolled.h"

static void put(enum state_slot slot, const char *type, uint8_t byte)
{
    struct state_package package = {.issue = byte, .time_us = byte, .version = "1"};
    struct error err = {0};

    snprintf(package.type, sizeof(package.type), "%s", type);
    memset(package.id, byte, DIGEST_BYTES);
    assert_ok(state_put_package(enrolled.state, slot, &package, &err), &err);
}

static size_t count_bases(void)
{
    json_t *table = json_object(), *list;
    struct error err = {0};
    const char *type;
    size_t count = 0;

    assert_ok(import_base_list(enrolled.state, table, &err), &err);
    json_object_foreach(table, type, list)
    {
        assert_true(json_array_size(list) > 0);
        count += json_array_size(list);
    }
    json_decref(table);
    return count;
}

static void each_package_that_lies_here_may_be_built_on(void **context)
{
    assert_int_equal(count_bases(), 0);
    put(STATE_ACTIVE, "rules", 1);
    put(STATE_PREVIOUS, "rules", 2);
    put(STATE_STAGED, "rules", 3);
    put(STATE_ACTIVE, "lists", 4);
    assert_int_equal(count_bases(), 4);
}

static void nothing_of_a_type_with_damage_is(void **context)
{
    uint8_t id[DIGEST_BYTES];
    struct error err = {0};

    put(STATE_ACTIVE, "rules", 1);
    put(STATE_PREVIOUS, "rules", 2);
    put(STATE_ACTIVE, "lists", 4);
    memset(id, 2, sizeof(id));
    assert_ok(state_damage(enrolled.state, id, "rules", "a flipped byte", &err), &err);
    assert_int_equal(count_bases(), 1);
    assert_ok(state_mend(enrolled.state, id, &err), &err);
    assert_int_equal(count_bases(), 3);
}

static void what_led_to_wrong_bytes_is_not_tried_again(void **context)
{
    struct import_package package = {.package = {.type = "rules"}};
    struct import import = {.state = enrolled.state};
    struct import_base base;
    struct error err = {0};

    put(STATE_ACTIVE, "rules", 1);
    put(STATE_ACTIVE, "lists", 4);
    assert_ok(import_base_allow(enrolled.state, "rules", false, &err), &err);
    assert_int_equal(count_bases(), 1);
    assert_ok(import_base_open(&import, &package, &base, &err), &err);
    assert_int_equal(base.folder, -1);
    memset(package.base, 1, DIGEST_BYTES);
    assert_refused(import_base_open(&import, &package, &base, &err), &err, ERROR_BASE_MISSING);
    assert_ok(import_base_allow(enrolled.state, "rules", true, &err), &err);
    assert_int_equal(count_bases(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_package_that_lies_here_may_be_built_on, enrolled_open,
                                        enrolled_close),
        cmocka_unit_test_setup_teardown(nothing_of_a_type_with_damage_is, enrolled_open,
                                        enrolled_close),
        cmocka_unit_test_setup_teardown(what_led_to_wrong_bytes_is_not_tried_again, enrolled_open,
                                        enrolled_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
