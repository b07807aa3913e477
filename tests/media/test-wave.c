/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/json.h"
#include "media/wave.h"

static int parse_text(const char *text, struct wave_plan *plan, struct error *err)
{
    json_t *list = NULL;
    int result;

    assert_ok(json_read(text, strlen(text), &list, err), err);
    result = wave_parse(list, plan, err);
    json_decref(list);
    return result;
}

static void a_plan_comes_back(void **state)
{
    static const char text[] = "[{\"delay\":0,\"percent\":1},{\"delay\":3600,\"percent\":100}]";
    struct error err = {0};
    struct wave_plan plan;
    struct bytes out;
    json_t *list;

    assert_ok(parse_text(text, &plan, &err), &err);
    assert_int_equal(plan.count, 2);
    assert_int_equal(plan.waves[1].delay_s, 3600);
    list = wave_write(&plan);
    bytes_init(&out, KIB);
    assert_ok(json_write(list, &out, &err), &err);
    assert_int_equal(out.size, strlen(text));
    assert_memory_equal(out.data, text, out.size);
    bytes_clear(&out);
    json_decref(list);
}

static void everyone_is_one_wave_at_once(void **state)
{
    struct wave_plan plan;

    wave_everyone(&plan);
    assert_int_equal(plan.count, 1);
    assert_int_equal(plan.waves[0].percent, 100);
    assert_int_equal(plan.waves[0].delay_s, 0);
}

static void plans_that_do_not_rise_to_everyone_are_refused(void **state)
{
    static const char *const wrong[] = {
        "[]",
        "{}",
        "[1]",
        "[{\"percent\":100}]",
        "[{\"delay\":0,\"percent\":99}]",
        "[{\"delay\":0,\"percent\":0},{\"delay\":1,\"percent\":100}]",
        "[{\"delay\":0,\"percent\":101}]",
        "[{\"delay\":-1,\"percent\":100}]",
        "[{\"delay\":31622401,\"percent\":100}]",
        "[{\"delay\":0,\"percent\":50},{\"delay\":1,\"percent\":50},{\"delay\":2,\"percent\":100}]",
        "[{\"delay\":5,\"percent\":50},{\"delay\":5,\"percent\":100}]",
        "[{\"delay\":0,\"percent\":100},{\"delay\":5,\"percent\":100}]",
        "[{\"delay\":0,\"percent\":100,\"x\":1}]",
    };
    struct wave_plan plan;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct error err = {0};

        assert_refused(parse_text(wrong[i], &plan, &err), &err, ERROR_BAD_DOCUMENT);
    }
}

static void more_waves_than_the_limit_are_refused(void **state)
{
    struct error err = {0};
    struct wave_plan plan = {.count = 0};
    json_t *list = json_array();

    for (int i = 1; i <= LIMIT_WAVES + 1; i++)
        json_array_append_new(
            list, json_pack("{s:i,s:i}", "delay", i, "percent", i <= LIMIT_WAVES ? i : 100));
    assert_refused(wave_parse(list, &plan, &err), &err, ERROR_BAD_DOCUMENT);
    json_array_remove(list, 0);
    assert_ok(wave_parse(list, &plan, &err), &err);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_comes_back),
        cmocka_unit_test(everyone_is_one_wave_at_once),
        cmocka_unit_test(plans_that_do_not_rise_to_everyone_are_refused),
        cmocka_unit_test(more_waves_than_the_limit_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
