/* SPDX-License-Identifier: ISC */
#include "tests/agent/run-verify.h"

#include "media/base/instant.h"

static int setup(void **state)
{
    *state = medium_small();
    return 0;
}

static int teardown(void **state)
{
    medium_free(*state);
    return 0;
}

static void a_good_medium_is_planned(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run = run_verify_new(medium);

    run_all(run, medium);
    if (strcmp(run_code(run), "ok") != 0)
        fail_msg("%s: %s", run_code(run), json_string_value(json_object_get(run->plan, "words")));
    assert_string_equal(run_package_text(run, "null", "answer"), "fetch");
    assert_string_equal(run_package_text(run, "flags-supplement", "answer"), "fetch");
    assert_int_equal(run->recipe_count, 2);
    assert_int_equal(run->list_count, 2);
    assert_int_equal(run->root_count, 0);
    run_verify_free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_medium_is_planned, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
