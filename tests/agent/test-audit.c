/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "agent/audit.h"
#include "tests/scratch.h"

static void *scratch;
static struct state *store;

static int open_state(void **state)
{
    struct error err = {0};
    char folder[300];

    if (scratch_open(&scratch) < 0)
        return -1;
    snprintf(folder, sizeof(folder), "%s/state", ((struct scratch *)scratch)->path);
    return state_open(folder, "test", &store, &err);
}

static int close_state(void **state)
{
    state_close(store);
    return scratch_close(&scratch);
}

static void append(const char *what, enum error_code code)
{
    const struct audit_event event = {
        .who = "uid 7", .what = what, .code = code, .subject = "behavior", .words = "words"};
    struct error err = {0};

    assert_ok(audit_append(store, &event, NULL, &err), &err);
}

static void run(const char *sql)
{
    struct error err = {0};

    assert_ok(db_run(state_db(store), sql, &err), &err);
}

static void assert_broken(const char *words)
{
    uint8_t head[DIGEST_BYTES];
    struct error err = {0};
    uint64_t records;

    assert_refused(audit_verify(store, &records, head, &err), &err, ERROR_AUDIT_BROKEN);
    if (strstr(err.words, words) == NULL)
        fail_msg("no \"%s\" in: %s", words, err.words);
}

static void an_empty_chain_verifies(void **state)
{
    const uint8_t zero[DIGEST_BYTES] = {0};
    uint8_t head[DIGEST_BYTES];
    struct error err = {0};
    uint64_t records;

    assert_ok(audit_verify(store, &records, head, &err), &err);
    assert_int_equal(records, 0);
    assert_memory_equal(head, zero, DIGEST_BYTES);
}

static void a_chain_verifies_to_its_start_and_its_head_moves(void **state)
{
    uint8_t first[DIGEST_BYTES], second[DIGEST_BYTES];
    struct error err = {0};
    uint64_t records;

    append("import", ERROR_OK);
    assert_ok(audit_verify(store, &records, first, &err), &err);
    append("import", ERROR_OK);
    assert_ok(audit_verify(store, &records, second, &err), &err);
    assert_int_equal(records, 2);
    assert_memory_not_equal(first, second, DIGEST_BYTES);
}

static void every_changed_field_breaks_the_chain(void **state)
{
    static const char *const changes[] = {
        "UPDATE events SET at_us = at_us + 1 WHERE id = 2",
        "UPDATE events SET who = 'uid 8' WHERE id = 2",
        "UPDATE events SET what = 'other' WHERE id = 2",
        "UPDATE events SET result = 'ok' WHERE id = 2",
        "UPDATE events SET code = 'ok' WHERE id = 2",
        "UPDATE events SET subject = 'x' WHERE id = 2",
        "UPDATE events SET words = 'x' WHERE id = 2",
        "UPDATE events SET digest = zeroblob(48) WHERE id = 2",
    };

    append("import", ERROR_OK);
    append("refuse", ERROR_ROLLBACK);
    append("import", ERROR_OK);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        run("SAVEPOINT before");
        run(changes[i]);
        assert_broken("record 2 was changed");
        run("ROLLBACK TO before");
        run("RELEASE before");
    }
}

static void a_removed_record_is_noticed_wherever_it_was(void **state)
{
    static const struct {
        const char *change, *words;
    } cases[] = {
        {"DELETE FROM events WHERE id = 1", "record 1 is missing"},
        {"DELETE FROM events WHERE id = 2", "record 2 is missing"},
        {"DELETE FROM events WHERE id = 3", "2 audit records are there, 3 were written"},
    };

    append("a", ERROR_OK);
    append("b", ERROR_OK);
    append("c", ERROR_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        run("SAVEPOINT before");
        run(cases[i].change);
        assert_broken(cases[i].words);
        run("ROLLBACK TO before");
        run("RELEASE before");
    }
}

static void a_page_begins_after_the_asked_record(void **state)
{
    struct error err = {0};
    json_t *records, *record;

    append("a", ERROR_OK);
    append("b", ERROR_ROLLBACK);
    append("c", ERROR_IO);
    assert_ok(audit_list(store, 1, 1, &records, &err), &err);
    assert_int_equal(json_array_size(records), 1);
    record = json_array_get(records, 0);
    assert_int_equal(json_integer_value(json_object_get(record, "number")), 2);
    assert_string_equal(json_string_value(json_object_get(record, "result")), "block");
    assert_string_equal(json_string_value(json_object_get(record, "code")), "rollback");
    json_decref(records);
    assert_ok(audit_list(store, 2, 100, &records, &err), &err);
    assert_string_equal(json_string_value(json_object_get(json_array_get(records, 0), "result")),
                        "fail");
    json_decref(records);
    assert_ok(audit_list(store, UINT64_MAX, 100, &records, &err), &err);
    assert_int_equal(json_array_size(records), 0);
    json_decref(records);
}

static void words_from_outside_are_escaped_before_they_are_kept(void **state)
{
    const struct audit_event event = {.who = "uid 7",
                                      .what = "refuse",
                                      .code = ERROR_BAD_DOCUMENT,
                                      .subject = "a\nb",
                                      .words = "\xff\x1b[31m"};
    struct error err = {0};
    uint8_t head[DIGEST_BYTES];
    uint64_t records;
    json_t *list;

    assert_ok(audit_append(store, &event, NULL, &err), &err);
    assert_ok(audit_verify(store, &records, head, &err), &err);
    assert_ok(audit_list(store, 0, 10, &list, &err), &err);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "words")),
                        "\\xFF\\u{1B}[31m");
    json_decref(list);
}

static void a_refusal_is_an_event_and_waits_to_be_acknowledged(void **state)
{
    struct error why = {.code = ERROR_ROLLBACK, .words = "set 5 is below 6"};
    struct error err = {0};
    uint64_t count;
    json_t *list;

    assert_ok(audit_refuse(store, "uid 7", 1, "/media/x", "set", "", &why, &err), &err);
    assert_ok(audit_open_refusals(store, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_ok(audit_list(store, 0, 10, &list, &err), &err);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "code")),
                        "rollback");
    json_decref(list);
}

static void the_same_refusal_waits_once_and_is_recorded_each_time(void **state)
{
    struct error why = {.code = ERROR_ROLLBACK, .words = "set 5 is below 6"};
    uint8_t head[DIGEST_BYTES];
    struct error err = {0};
    uint64_t count;

    for (int i = 0; i < 3; i++)
        assert_ok(audit_refuse(store, "timer", i, "/media/x", "set", "", &why, &err), &err);
    assert_ok(audit_open_refusals(store, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_ok(audit_verify(store, &count, head, &err), &err);
    assert_int_equal(count, 3);
    why.code = ERROR_EQUIVOCATION;
    assert_ok(audit_refuse(store, "timer", 3, "/media/x", "set", "", &why, &err), &err);
    assert_ok(audit_open_refusals(store, &count, &err), &err);
    assert_int_equal(count, 2);
}

static void an_event_of_a_transaction_that_is_undone_is_gone(void **state)
{
    uint8_t head[DIGEST_BYTES];
    struct error err = {0};
    uint64_t records;

    append("a", ERROR_OK);
    assert_ok(db_begin(state_db(store), &err), &err);
    append("b", ERROR_OK);
    db_rollback(state_db(store));
    append("c", ERROR_OK);
    assert_ok(audit_verify(store, &records, head, &err), &err);
    assert_int_equal(records, 2);
}

static void jobs_have_rising_numbers(void **state)
{
    struct error err = {0};
    int64_t first, second;

    assert_ok(audit_begin_job(store, "/a", "uid 7", false, &first, &err), &err);
    assert_ok(audit_end_job(store, first, ERROR_OK, "done", &err), &err);
    assert_ok(audit_begin_job(store, "/a", "uid 7", true, &second, &err), &err);
    assert_int_equal(second, first + 1);
}

static void jobs_are_listed_newest_first(void **state)
{
    struct error err = {0};
    const json_t *row;
    int64_t job;
    json_t *list;

    (void)state;
    assert_ok(audit_begin_job(store, "/a\x1b[2J", "uid 7", false, &job, &err), &err);
    assert_ok(audit_end_job(store, job, ERROR_ROLLBACK, "older", &err), &err);
    assert_ok(audit_begin_job(store, "/b", "timer", false, &job, &err), &err);
    assert_ok(audit_job_list(store, &list, &err), &err);
    assert_int_equal(json_array_size(list), 2);
    row = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(row, "source")), "/b");
    assert_string_equal(json_string_value(json_object_get(row, "who")), "timer");
    assert_true(json_is_null(json_object_get(row, "ended")));
    assert_string_equal(json_string_value(json_object_get(row, "code")), "");
    row = json_array_get(list, 1);
    assert_null(strchr(json_string_value(json_object_get(row, "source")), 0x1b));
    assert_string_equal(json_string_value(json_object_get(row, "code")), "rollback");
    assert_string_equal(json_string_value(json_object_get(row, "words")), "older");
    assert_true(json_is_string(json_object_get(row, "ended")));
    json_decref(list);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, open_state, close_state)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(an_empty_chain_verifies),
        ROW(a_chain_verifies_to_its_start_and_its_head_moves),
        ROW(every_changed_field_breaks_the_chain),
        ROW(a_removed_record_is_noticed_wherever_it_was),
        ROW(a_page_begins_after_the_asked_record),
        ROW(words_from_outside_are_escaped_before_they_are_kept),
        ROW(a_refusal_is_an_event_and_waits_to_be_acknowledged),
        ROW(the_same_refusal_waits_once_and_is_recorded_each_time),
        ROW(an_event_of_a_transaction_that_is_undone_is_gone),
        ROW(jobs_have_rising_numbers),
        ROW(jobs_are_listed_newest_first),
    };

    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
