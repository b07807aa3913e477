/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include "agent/medium.h"

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

static void note(const char *digest, enum error_code code)
{
    const struct error why = {.code = code, .words = "\x1b[2J"};
    struct error err = {0};
    json_t *document = json_pack("{s:s, s:{s:s, s:s, s:s}}", "digest", digest, "summary", "medium",
                                 "m-1", "exporter", "Site", "created", "2026-11-25T00:00:00Z");

    assert_ok(medium_note(state, document, "/media/stick", &why, &err), &err);
    json_decref(document);
}

static void a_medium_is_one_row_however_often_it_comes(void **context)
{
    struct error err = {0};
    json_t *list, *row;

    note("aa", ERROR_OK);
    note("bb", ERROR_OK);
    note("aa", ERROR_ROLLBACK);
    assert_ok(medium_list(state, &list, &err), &err);
    assert_int_equal(json_array_size(list), 2);
    row = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(row, "digest")), "aa");
    assert_int_equal(json_integer_value(json_object_get(row, "times")), 2);
    assert_string_equal(json_string_value(json_object_get(row, "code")), "rollback");
    assert_string_equal(json_string_value(json_object_get(row, "exporter")), "Site");
    /* Words are for terminals too. */
    assert_null(strchr(json_string_value(json_object_get(row, "words")), 0x1b));
    json_decref(list);
}

static void the_rows_are_bounded(void **context)
{
    struct error err = {0};
    struct db_query *query;
    char digest[16];

    assert_ok(db_begin(state_db(state), &err), &err);
    for (int i = 0; i < MEDIUM_ROWS + 5; i++) {
        snprintf(digest, sizeof(digest), "%d", i);
        note(digest, ERROR_OK);
    }
    assert_ok(db_commit(state_db(state), &err), &err);
    assert_ok(db_query(state_db(state), &query, &err, "SELECT count(*) FROM media", ""), &err);
    assert_int_equal(db_step(query, &err), 1);
    assert_int_equal(db_integer(query, 0), MEDIUM_ROWS);
    db_finish(query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_medium_is_one_row_however_often_it_comes, open_state,
                                        close_state),
        cmocka_unit_test_setup_teardown(the_rows_are_bounded, open_state, close_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
