/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include "agent/audit.h"
#include "agent/refusal.h"

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

static void refuse(const char *subject)
{
    struct error err = {0}, why;

    error_set(&why, ERROR_ROLLBACK, "%s is older", subject);
    assert_ok(audit_refuse(state, "timer", 1, "/media/stick", subject, "", &why, &err), &err);
}

static json_t *list(uint64_t after, uint64_t limit)
{
    struct error err = {0};
    json_t *rows;

    assert_ok(refusal_list(state, after, limit, &rows, &err), &err);
    return rows;
}

static void refusals_are_listed_in_order_and_in_pages(void **context)
{
    json_t *rows, *row;

    refuse("a");
    refuse("b");
    refuse("c");
    rows = list(1, 1);
    assert_int_equal(json_array_size(rows), 1);
    row = json_array_get(rows, 0);
    assert_int_equal(json_integer_value(json_object_get(row, "number")), 2);
    assert_string_equal(json_string_value(json_object_get(row, "subject")), "b");
    assert_string_equal(json_string_value(json_object_get(row, "code")), "rollback");
    assert_string_equal(json_string_value(json_object_get(row, "words")), "b is older");
    assert_int_equal(json_integer_value(json_object_get(row, "record")), 2);
    assert_true(json_is_null(json_object_get(row, "acknowledged")));
    json_decref(rows);
    rows = list(3, 10);
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);
}

static void what_was_acknowledged_stays_and_counts_no_more(void **context)
{
    uint8_t head[DIGEST_BYTES];
    uint64_t count, open, records;
    struct error err = {0};
    json_t *rows;

    refuse("a");
    refuse("b");
    refuse("c");
    assert_ok(refusal_acknowledge(state, 2, "uid 7", &count, &err), &err);
    assert_int_equal(count, 2);
    assert_ok(audit_open_refusals(state, &open, &err), &err);
    assert_int_equal(open, 1);
    rows = list(0, 10);
    assert_int_equal(json_array_size(rows), 3);
    assert_true(json_is_string(json_object_get(json_array_get(rows, 1), "acknowledged")));
    assert_true(json_is_null(json_object_get(json_array_get(rows, 2), "acknowledged")));
    json_decref(rows);
    assert_ok(audit_list(state, 3, 10, &rows, &err), &err);
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "what")),
                        "acknowledge");
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "who")),
                        "uid 7");
    json_decref(rows);
    /* Nothing open up to there: nothing is written. */
    assert_ok(refusal_acknowledge(state, 2, "uid 7", &count, &err), &err);
    assert_int_equal(count, 0);
    assert_ok(audit_verify(state, &records, head, &err), &err);
    assert_int_equal(records, 4);
}

/* Seen, and refused again: that is news. */
static void the_same_refusal_after_it_was_acknowledged_is_a_new_one(void **context)
{
    uint64_t count, open;
    struct error err = {0};

    refuse("a");
    refuse("a");
    assert_ok(audit_open_refusals(state, &open, &err), &err);
    assert_int_equal(open, 1);
    assert_ok(refusal_acknowledge(state, INT64_MAX, "uid 7", &count, &err), &err);
    refuse("a");
    assert_ok(audit_open_refusals(state, &open, &err), &err);
    assert_int_equal(open, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refusals_are_listed_in_order_and_in_pages, open_state,
                                        close_state),
        cmocka_unit_test_setup_teardown(what_was_acknowledged_stays_and_counts_no_more, open_state,
                                        close_state),
        cmocka_unit_test_setup_teardown(the_same_refusal_after_it_was_acknowledged_is_a_new_one,
                                        open_state, close_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
