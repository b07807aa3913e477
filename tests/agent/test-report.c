/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include "agent/audit.h"
#include "agent/report.h"
#include "media/base/instant.h"

static struct status_source source;
static struct config config;

static int open_state(void **context)
{
    struct error err = {0};
    char folder[300];

    if (scratch_open(context) < 0)
        return -1;
    snprintf(folder, sizeof(folder), "%s/state", ((struct scratch *)*context)->path);
    source = (struct status_source){.config = &config};
    if (config_read("/no/such/file", false, &config, &err) < 0)
        return -1;
    return state_open(folder, "test", &source.state, &err);
}

static int close_state(void **context)
{
    state_close(source.state);
    config_clear(&config);
    return scratch_close(context);
}

static void record(const char *what, enum error_code code)
{
    const struct audit_event event = {
        .who = "test", .what = what, .code = code, .subject = "null", .words = ""};
    struct error err = {0};

    assert_ok(audit_append(source.state, &event, NULL, &err), &err);
}

/* Puts a record where this test wants it in time; the chain is not what is tested here. */
static void move_record(int64_t id, int64_t at_us)
{
    struct error err = {0};

    assert_ok(db_change(state_db(source.state), &err, "UPDATE events SET at_us = ? WHERE id = ?",
                        "ii", at_us, id),
              &err);
}

static int64_t number(const json_t *object, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(object, key));
}

static void a_report_counts_its_time_and_nothing_else(void **context)
{
    const int64_t from = 1000 * INSTANT_SECOND_US, to = 2000 * INSTANT_SECOND_US;
    struct error err = {0};
    json_t *report, *events, *row;
    char head[DIGEST_TEXT_BYTES];
    json_t *all;

    record("import", ERROR_OK);
    record("import", ERROR_OK);
    record("activate", ERROR_OK);
    record("import", ERROR_ROLLBACK);
    record("import", ERROR_OK);
    move_record(1, from - 1);
    move_record(2, from);
    move_record(3, from + 1);
    move_record(4, to - 1);
    move_record(5, to);
    assert_ok(report_make(&source, from, to, &report, &err), &err);
    assert_int_equal(number(report, "records"), 3);
    assert_int_equal(number(report, "first"), 2);
    assert_int_equal(number(report, "last"), 4);
    events = json_object_get(report, "events");
    assert_int_equal(json_array_size(events), 3);
    row = json_array_get(events, 1);
    assert_string_equal(json_string_value(json_object_get(row, "what")), "import");
    assert_string_equal(json_string_value(json_object_get(row, "result")), "block");
    assert_int_equal(number(row, "count"), 1);
    assert_ok(audit_list(source.state, 3, 1, &all, &err), &err);
    snprintf(head, sizeof(head), "%s",
             json_string_value(json_object_get(json_array_get(all, 0), "digest")));
    assert_string_equal(json_string_value(json_object_get(report, "head")), head);
    assert_true(json_is_array(json_object_get(report, "floors")));
    json_decref(all);
    json_decref(report);
}

static void an_empty_time_is_a_report_too(void **context)
{
    struct error err = {0};
    json_t *report;

    assert_ok(report_make(&source, 0, 1, &report, &err), &err);
    assert_int_equal(number(report, "records"), 0);
    assert_string_equal(json_string_value(json_object_get(report, "head")), "");
    json_decref(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_report_counts_its_time_and_nothing_else, open_state,
                                        close_state),
        cmocka_unit_test_setup_teardown(an_empty_time_is_a_report_too, open_state, close_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
