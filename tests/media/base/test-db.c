/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <sys/stat.h>

#include "media/base/db.h"

static const char *const migrations[] = {
    "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, data BLOB) STRICT",
    ("CREATE TABLE part (item INTEGER NOT NULL REFERENCES item(id), text TEXT) STRICT;"
     "CREATE INDEX part_item ON part(item)"),
    "ALTER TABLE item ADD COLUMN note TEXT; SELECT broken FROM nowhere",
};

static const char *path_of(const struct scratch *scratch)
{
    static char path[512];

    snprintf(path, sizeof(path), "%s/state.db", scratch->path);
    return path;
}

static struct db *open_db(const struct scratch *scratch)
{
    struct error err = {0};
    struct db *db;

    assert_ok(db_open(path_of(scratch), migrations, 2, &db, &err), &err);
    return db;
}

static int64_t number(struct db *db, const char *sql)
{
    struct error err = {0};
    struct db_query *query;
    int64_t answer;

    assert_ok(db_query(db, &query, &err, sql, ""), &err);
    assert_int_equal(db_step(query, &err), 1);
    answer = db_integer(query, 0);
    db_finish(query);
    return answer;
}

static void what_is_bound_comes_back(void **state)
{
    struct db *db = open_db(*state);
    struct error err = {0};
    struct db_query *query;

    assert_ok(db_change(db, &err, "INSERT INTO item VALUES (?, ?, ?)", "itb", INT64_C(-5),
                        "a';--\xc3\xbc", bytes_view_of("\0\1", 2)),
              &err);
    assert_ok(db_change(db, &err, "INSERT INTO item VALUES (?, ?, ?)", "itb", INT64_C(6), "b",
                        bytes_view_of(NULL, 0)),
              &err);
    assert_ok(db_query(db, &query, &err, "SELECT id, name, data, NULL FROM item WHERE id=?", "i",
                       INT64_C(-5)),
              &err);
    assert_int_equal(db_step(query, &err), 1);
    assert_true(db_integer(query, 0) == -5);
    assert_string_equal(db_text(query, 1), "a';--\xc3\xbc");
    assert_int_equal(db_blob(query, 2).size, 2);
    assert_memory_equal(db_blob(query, 2).data, "\0\1", 2);
    assert_null(db_text(query, 3));
    assert_int_equal(db_step(query, &err), 0);
    db_finish(query);
    assert_int_equal(number(db, "SELECT data IS NULL FROM item WHERE id=6"), 0);
    assert_refused(db_change(db, &err, "INSERT INTO item VALUES (1, ?, NULL)", "t", NULL), &err,
                   ERROR_INTERNAL);
    assert_refused(db_change(db, &err, "DELETE FROM item WHERE id=?", ""), &err, ERROR_INTERNAL);
    db_close(db);
}

static void our_pragmas_are_in_force(void **state)
{
    struct db *db = open_db(*state);
    struct error err = {0};

    assert_int_equal(number(db, "PRAGMA synchronous"), 2);
    assert_int_equal(number(db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number(db, "PRAGMA trusted_schema"), 0);
    assert_int_equal(number(db, "SELECT 'wal' = (SELECT * FROM pragma_journal_mode)"), 1);
    /* foreign keys */
    assert_refused(db_run(db, "INSERT INTO part VALUES (99, 'x')", &err), &err, ERROR_INTERNAL);
    /* defensive: the schema table is not writable, even when asked for */
    assert_ok(db_run(db, "PRAGMA writable_schema=ON", &err), &err);
    assert_refused(db_run(db, "UPDATE sqlite_schema SET sql='x'", &err), &err, ERROR_INTERNAL);
    /* a misspelt column is not a string */
    assert_refused(db_run(db, "SELECT \"nosuch\" FROM item", &err), &err, ERROR_INTERNAL);
    db_close(db);
}

static void a_rolled_back_transaction_leaves_nothing(void **state)
{
    struct db *db = open_db(*state);
    struct error err = {0};

    assert_ok(db_begin(db, &err), &err);
    assert_ok(db_run(db, "INSERT INTO item VALUES (1, 'a', NULL)", &err), &err);
    db_rollback(db);
    db_rollback(db);
    assert_int_equal(number(db, "SELECT count(*) FROM item"), 0);
    assert_ok(db_begin(db, &err), &err);
    assert_ok(db_run(db, "INSERT INTO item VALUES (1, 'a', NULL)", &err), &err);
    assert_ok(db_commit(db, &err), &err);
    db_close(db);
    db = open_db(*state);
    assert_int_equal(number(db, "SELECT count(*) FROM item"), 1);
    db_close(db);
}

static void migrations_run_once_and_whole(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct db *db;

    assert_ok(db_open(path_of(scratch), migrations, 1, &db, &err), &err);
    assert_int_equal(number(db, "PRAGMA user_version"), 1);
    db_close(db);
    db = open_db(scratch);
    assert_int_equal(number(db, "PRAGMA user_version"), 2);
    db_close(db);
    /* The third is broken in its second statement: its first must not stay. */
    assert_int_not_equal(db_open(path_of(scratch), migrations, 3, &db, &err), 0);
    assert_null(db);
    db = open_db(scratch);
    assert_int_equal(number(db, "PRAGMA user_version"), 2);
    assert_int_equal(number(db, "SELECT count(*) FROM pragma_table_info('item')"), 3);
    db_close(db);
}

static void a_newer_schema_is_refused(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct db *db = open_db(scratch);

    assert_ok(db_run(db, "PRAGMA user_version=3", &err), &err);
    db_close(db);
    assert_refused(db_open(path_of(scratch), migrations, 2, &db, &err), &err, ERROR_STATE_CORRUPT);
    shows_case("H8");
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct db *db;
    char text[4097];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    scratch_write(scratch, "state.db", text);
    assert_refused(db_open(path_of(scratch), migrations, 2, &db, &err), &err, ERROR_STATE_CORRUPT);
    assert_null(db);
    shows_case("H8");
}

static void a_damaged_database_is_refused(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct db *db = open_db(scratch);
    static const char noise[64] = "this is not a page of a database, but it lies where one was";
    int fd;

    assert_ok(db_run(db,
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<2000) "
                     "INSERT INTO item SELECT i, 'name ' || i, zeroblob(50) FROM n",
                     &err),
              &err);
    db_close(db);
    fd = openat(scratch->fd, "state.db", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t page = 3; page < 20; page++)
        assert_int_equal(pwrite(fd, noise, sizeof(noise), page * 4096), sizeof(noise));
    close(fd);
    assert_refused(db_open(path_of(scratch), migrations, 2, &db, &err), &err, ERROR_STATE_CORRUPT);
    shows_case("H8");
}

static void a_link_or_an_absent_folder_is_refused(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct db *db;

    char through[600];

    /* The way there may hold links, the file may not be one. */
    assert_int_equal(symlinkat(".", scratch->fd, "way"), 0);
    snprintf(through, sizeof(through), "%s/way/other.db", scratch->path);
    assert_ok(db_open(through, migrations, 2, &db, &err), &err);
    db_close(db);
    assert_int_equal(symlinkat("elsewhere", scratch->fd, "state.db"), 0);
    assert_refused(db_open(path_of(scratch), migrations, 2, &db, &err), &err, ERROR_IO);
    assert_refused(db_open("/nonexistent/state.db", migrations, 2, &db, &err), &err, ERROR_IO);
}

#define scratch_test(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

static void a_file_opened_alone_needs_nothing_beside_it_but_its_log(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct db *db;
    char **names;
    size_t count;

    assert_ok(db_open_alone(path_of(scratch), migrations, 2, &db, &err), &err);
    assert_ok(db_run(db, "CREATE TABLE more(a)", &err), &err);
    assert_ok(path_list(scratch->fd, 10, &names, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        assert_null(strstr(names[i], "-shm"));
    path_free_names(names, count);
    db_close(db);
    assert_ok(db_open(path_of(scratch), migrations, 2, &db, &err), &err);
    db_close(db);
}

static void a_new_database_is_its_owners_whatever_the_umask(void **state)
{
    const mode_t before = umask(0);
    struct db *db = open_db(*state);
    struct stat status;

    umask(before);
    assert_int_equal(stat(path_of(*state), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(what_is_bound_comes_back),
        scratch_test(our_pragmas_are_in_force),
        scratch_test(a_rolled_back_transaction_leaves_nothing),
        scratch_test(migrations_run_once_and_whole),
        scratch_test(a_newer_schema_is_refused),
        scratch_test(a_file_that_is_no_database_is_refused),
        scratch_test(a_damaged_database_is_refused),
        scratch_test(a_link_or_an_absent_folder_is_refused),
        scratch_test(a_new_database_is_its_owners_whatever_the_umask),
        scratch_test(a_file_opened_alone_needs_nothing_beside_it_but_its_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
