/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/limits.h"
#include "media/flags.h"

static json_t *row(void)
{
    return json_pack("{s:i,s:n,s:s}", "percent", 100, "site", "value", "on");
}

static void expect(json_t *table, enum error_code code)
{
    struct error err = {0};
    int result = flags_check(table, &err);

    if (result != -(int)code || err.code != code)
        fail_msg("%s: %s", error_name(err.code), err.words);
    json_decref(table);
}

static void a_table_of_lists_of_rows_is_good(void **state)
{
    expect(json_object(), ERROR_OK);
    expect(json_pack("{s:[o,o]}", "ips", row(), row()), ERROR_OK);
    expect(json_pack("{s:[{s:i,s:s,s:s}]}", "ips", "percent", 0, "site", "delta", "value", "off"),
           ERROR_OK);
}

static void anything_else_is_refused(void **state)
{
    expect(json_array(), ERROR_BAD_DOCUMENT);
    expect(json_pack("{s:[]}", "ips"), ERROR_BAD_DOCUMENT);
    expect(json_pack("{s:o}", "ips", row()), ERROR_BAD_DOCUMENT);
    expect(json_pack("{s:[o]}", "Ips", row()), ERROR_BAD_DOCUMENT);
    expect(json_pack("{s:[i]}", "ips", 1), ERROR_BAD_DOCUMENT);
    expect(json_pack("{s:[{s:i,s:n,s:s}]}", "ips", "percent", 101, "site", "value", "on"),
           ERROR_BAD_DOCUMENT);
    expect(json_pack("{s:[{s:i,s:n,s:s}]}", "ips", "percent", 1, "site", "value", "yes"),
           ERROR_BAD_DOCUMENT);
    expect(json_pack("{s:[{s:i,s:s}]}", "ips", "percent", 1, "value", "on"), ERROR_BAD_DOCUMENT);
}

/* A set that is signed all the same: the endpoint refuses the whole set. */
static void what_protects_an_endpoint_is_no_flag(void **state)
{
    static const char *const names[] = {"verification", "audit", "floors", "sandbox", "repair"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        expect(json_pack("{s:[o]}", names[i], row()), ERROR_BAD_DOCUMENT);
}

static void flags_and_their_rows_are_counted(void **state)
{
    json_t *table = json_object(), *rows = json_array();
    char name[32];

    for (int i = 0; i < LIMIT_FLAG_ROWS; i++)
        json_array_append_new(rows, row());
    expect(json_pack("{s:O}", "ips", rows), ERROR_OK);
    json_array_append_new(rows, row());
    expect(json_pack("{s:o}", "ips", rows), ERROR_BAD_DOCUMENT);
    for (int i = 0; i < LIMIT_FLAGS; i++) {
        snprintf(name, sizeof(name), "flag-%d", i);
        json_object_set_new(table, name, json_pack("[o]", row()));
    }
    expect(json_incref(table), ERROR_OK);
    json_object_set_new(table, "one-more", json_pack("[o]", row()));
    expect(table, ERROR_BAD_DOCUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_of_lists_of_rows_is_good),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(what_protects_an_endpoint_is_no_flag),
        cmocka_unit_test(flags_and_their_rows_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
