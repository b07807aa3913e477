/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include "agent/source-look.h"

static struct state *state;

static int open_state(void **context)
{
    struct error err = {0};
    char folder[300];

    if (scratch_open(context) < 0)
        return -1;
    snprintf(folder, sizeof(folder), "%s/state", ((struct scratch *)*context)->path);
    return state_open(folder, "test", &state, &err);
}

static int close_state(void **context)
{
    state_close(state);
    return scratch_close(context);
}

static void note(const struct config_source *source, const char *result, enum error_code code)
{
    const struct error why = {.code = code, .words = "w"};
    struct error err = {0};

    assert_ok(source_look_note(state, source, result, &why, &err), &err);
}

static json_t *row(const json_t *list, size_t i)
{
    return json_array_get(list, i);
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value != NULL ? value : "(null)";
}

static void failures_count_until_a_look_succeeds(void **context)
{
    static char first[] = "/a", second[] = "/b";
    static struct config config = {.source_count = 2};
    struct error err = {0};
    json_t *list;
    char succeeded[64];

    config.sources[0] = (struct config_source){.name = "one", .location = first};
    config.sources[1] = (struct config_source){.name = "two", .location = second};
    note(&config.sources[0], "active", ERROR_OK);
    assert_ok(source_look_list(state, &config, &list, &err), &err);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(text(row(list, 0), "result"), "active");
    assert_string_equal(text(row(list, 1), "looked"), "(null)");
    snprintf(succeeded, sizeof(succeeded), "%s", text(row(list, 0), "succeeded"));
    json_decref(list);
    note(&config.sources[0], "refused", ERROR_ROLLBACK);
    note(&config.sources[0], "refused", ERROR_NOT_FOUND);
    assert_ok(source_look_list(state, &config, &list, &err), &err);
    assert_int_equal(json_integer_value(json_object_get(row(list, 0), "failures")), 2);
    assert_string_equal(text(row(list, 0), "code"), "not-found");
    assert_string_equal(text(row(list, 0), "succeeded"), succeeded);
    json_decref(list);
    /* In part is no failure of the source. */
    note(&config.sources[0], "partial", ERROR_PARTIAL);
    assert_ok(source_look_list(state, &config, &list, &err), &err);
    assert_int_equal(json_integer_value(json_object_get(row(list, 0), "failures")), 0);
    json_decref(list);
    /* Another place under the same name has not been looked at. */
    config.sources[0].location = second;
    assert_ok(source_look_list(state, &config, &list, &err), &err);
    assert_string_equal(text(row(list, 0), "looked"), "(null)");
    json_decref(list);
}

static void the_spread_is_the_endpoints_own_and_below_a_tenth(void **context)
{
    int64_t least = INT64_MAX, most = 0;

    assert_int_equal(source_look_spread_ms("", 3600), 0);
    for (int i = 0; i < 200; i++) {
        char name[16];
        int64_t spread;

        snprintf(name, sizeof(name), "ws-%d", i);
        spread = source_look_spread_ms(name, 3600);
        assert_int_equal(spread, source_look_spread_ms(name, 3600));
        assert_true(spread >= 0 && spread <= 360000);
        least = spread < least ? spread : least;
        most = spread > most ? spread : most;
    }
    assert_true(least < 36000 && most > 324000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(failures_count_until_a_look_succeeds, open_state,
                                        close_state),
        cmocka_unit_test(the_spread_is_the_endpoints_own_and_below_a_tenth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
