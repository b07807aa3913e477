/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/json.h"
#include "media/base/limits.h"
#include "mirror/flag-table.h"

/* The table after one more row, as text. The caller's reference to before is taken. */
static json_t *with(json_t *before, const char *name, const char *site, uint64_t percent, bool on)
{
    const struct flag_row row = {.name = name, .site = site, .percent = percent, .on = on};
    struct error err = {0};
    json_t *after = NULL;

    assert_ok(flag_table_set(before, &row, &after, &err), &err);
    json_decref(before);
    return after;
}

static void reads(const json_t *table, const char *expected)
{
    struct error err = {0};
    struct bytes text;

    bytes_init(&text, 4096);
    assert_ok(json_write(table, &text, &err), &err);
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data, expected, text.size);
    bytes_clear(&text);
}

static void a_site_is_asked_before_every_site(void **state)
{
    json_t *table = with(NULL, "ips", NULL, 100, true);

    table = with(table, "ips", "delta", 25, false);
    reads(table, "{\"ips\":[{\"percent\":25,\"site\":\"delta\",\"value\":\"off\"},"
                 "{\"percent\":100,\"site\":null,\"value\":\"on\"}]}");
    table = with(table, "ips", "delta", 50, true);
    reads(table, "{\"ips\":[{\"percent\":50,\"site\":\"delta\",\"value\":\"on\"},"
                 "{\"percent\":100,\"site\":null,\"value\":\"on\"}]}");
    json_decref(table);
}

static void off_for_every_site_leaves_nothing_on(void **state)
{
    json_t *table = with(NULL, "ips", "delta", 25, true);

    table = with(table, "query", NULL, 100, true);
    table = with(table, "ips", NULL, 100, false);
    reads(table, "{\"ips\":[{\"percent\":100,\"site\":null,\"value\":\"off\"}],"
                 "\"query\":[{\"percent\":100,\"site\":null,\"value\":\"on\"}]}");
    json_decref(table);
}

static void what_no_set_may_carry_is_refused(void **state)
{
    static const struct flag_row rows[] = {
        {"verification", NULL, 100, false},
        {"audit", NULL, 100, false},
        {"floors", NULL, 100, false},
        {"sandbox", NULL, 100, true},
        {"repair", NULL, 100, false},
        {"Ips", NULL, 100, true},
        {"", NULL, 100, true},
        {"ips", "a b", 100, true},
        {"ips", NULL, 0, true},
        {"ips", NULL, 101, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        json_t *after;

        assert_refused(flag_table_set(NULL, &rows[i], &after, &err), &err, ERROR_USAGE);
        assert_null(after);
    }
}

static void rows_are_counted(void **state)
{
    struct flag_row row = {.name = "ips", .percent = 100};
    struct error err = {0};
    json_t *table = NULL, *after;
    char site[32];

    for (int i = 0; i < LIMIT_FLAG_ROWS; i++) {
        snprintf(site, sizeof(site), "site-%d", i);
        table = with(table, "ips", site, 100, true);
    }
    row.site = "one-more";
    assert_refused(flag_table_set(table, &row, &after, &err), &err, ERROR_LIMIT);
    json_decref(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_site_is_asked_before_every_site),
        cmocka_unit_test(off_for_every_site_leaves_nothing_on),
        cmocka_unit_test(what_no_set_may_carry_is_refused),
        cmocka_unit_test(rows_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
