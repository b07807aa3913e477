/* SPDX-License-Identifier: ISC */
#include "media/base/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS 10000 /* one writer at a time: others wait for its transaction */

struct db {
    sqlite3 *handle;
    enum error_code damage; /* what it is called */
};

struct db_query {
    struct db *db;
    sqlite3_stmt *statement;
};

/* What SQLite says when the file is damaged, and what a fail-safe reader must take for it. */
static enum error_code code_of(int sqlite_code)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_SCHEMA:
        return ERROR_STATE_CORRUPT;
    case SQLITE_FULL:
        return ERROR_NO_SPACE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERROR_LOCKED;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return ERROR_IO;
    default:
        return ERROR_INTERNAL;
    }
}

static int db_error(struct db *db, struct error *err)
{
    enum error_code code = code_of(sqlite3_errcode(db->handle));

    return error_set(err, code == ERROR_STATE_CORRUPT ? db->damage : code, "database: %s",
                     sqlite3_errmsg(db->handle));
}

void db_name_damage(struct db *db, enum error_code code)
{
    db->damage = code;
}

int db_run(struct db *db, const char *sql, struct error *err)
{
    if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    return db_error(db, err);
}

int db_begin(struct db *db, struct error *err)
{
    return db_run(db, "BEGIN IMMEDIATE", err);
}

int db_commit(struct db *db, struct error *err)
{
    return db_run(db, "COMMIT", err);
}

void db_rollback(struct db *db)
{
    if (sqlite3_get_autocommit(db->handle) == 0)
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* The switches that are not pragmas: a database file cannot turn them back. */
static int harden(struct db *db, struct error *err)
{
    static const struct {
        int option, value;
    } switches[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
    };

    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        if (sqlite3_db_config(db->handle, switches[i].option, switches[i].value, NULL) != SQLITE_OK)
            return db_error(db, err);
    }
    (void)sqlite3_extended_result_codes(db->handle, 0);
    if (sqlite3_busy_timeout(db->handle, BUSY_MS) != SQLITE_OK)
        return db_error(db, err);
    return 0;
}

/* One text or number of a query that gives one row. */
static int ask(struct db *db, const char *sql, char *out, size_t out_size, struct error *err)
{
    struct db_query *query = NULL;
    int result = db_query(db, &query, err, sql, "");

    out[0] = '\0';
    if (result == 0)
        result = db_step(query, err);
    if (result == 1 && db_text(query, 0) != NULL)
        snprintf(out, out_size, "%s", db_text(query, 0));
    db_finish(query);
    return result < 0 ? result : 0;
}

/* Each pragma answers with what is in force; anything else than what we ask for ends here. */
static int set_pragmas(struct db *db, struct error *err)
{
    static const struct {
        const char *sql, *expected;
    } pragmas[] = {
        {"PRAGMA quick_check(1)", "ok"},     {"PRAGMA journal_mode=WAL", "wal"},
        {"PRAGMA synchronous=FULL; ", ""},   {"PRAGMA synchronous", "2"},
        {"PRAGMA foreign_keys", "1"},        {"PRAGMA trusted_schema", "0"},
        {"PRAGMA cell_size_check=ON; ", ""}, {"PRAGMA cell_size_check", "1"},
    };
    char answer[256];

    for (size_t i = 0; i < sizeof(pragmas) / sizeof(pragmas[0]); i++) {
        int result = ask(db, pragmas[i].sql, answer, sizeof(answer), err);

        if (result < 0)
            return result;
        if (strcmp(answer, pragmas[i].expected) != 0)
            return error_set(err, ERROR_STATE_CORRUPT, "database: %s says: %s", pragmas[i].sql,
                             answer);
    }
    return 0;
}

static int schema_of(struct db *db, int64_t *schema, struct error *err)
{
    struct db_query *query = NULL;
    int result = db_query(db, &query, err, "PRAGMA user_version", "");

    if (result == 0)
        result = db_step(query, err);
    if (result == 1)
        *schema = db_integer(query, 0);
    db_finish(query);
    return result < 0 ? result : 0;
}

/* Takes schema `from` to `from` + 1. The number is read again inside the transaction: two processes
 * may open a new file at the same time. */
static int migrate_once(struct db *db, const char *sql, int64_t from, struct error *err)
{
    char number[64];
    int64_t schema = 0;
    int result = db_begin(db, err);

    if (result < 0)
        return result;
    result = schema_of(db, &schema, err);
    if (result == 0 && schema == from) {
        snprintf(number, sizeof(number), "PRAGMA user_version=%lld", (long long)from + 1);
        result = db_run(db, sql, err);
        if (result == 0)
            result = db_run(db, number, err);
    }
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0) {
        db_rollback(db);
        error_context(err, "migration %lld", (long long)from + 1);
    }
    return result;
}

static int migrate(struct db *db, const char *const *migrations, size_t count, struct error *err)
{
    int64_t schema = 0;
    int result = schema_of(db, &schema, err);

    if (result < 0)
        return result;
    if (schema < 0 || (uint64_t)schema > count)
        return error_set(err, ERROR_STATE_CORRUPT,
                         "database: schema %lld, this program knows up to %zu", (long long)schema,
                         count);
    for (size_t i = (size_t)schema; i < count && result == 0; i++)
        result = migrate_once(db, migrations[i], (int64_t)i, err);
    return result;
}

/* SQLITE_OPEN_NOFOLLOW refuses links anywhere in the path. The folder is the operator's choice and
 * may be reached through links; only the file itself may not be one. *real is the caller's. */
static int resolve_folder(const char *path, char **real, struct error *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = bytes_copy_string(slash == NULL ? "." : path);
    char *resolved;
    size_t size;

    *real = NULL;
    if (slash != NULL)
        folder[slash == path ? 1 : slash - path] = '\0';
    resolved = realpath(folder, NULL);
    free(folder);
    if (resolved == NULL)
        return error_set_errno(err, ERROR_IO, errno, "%s", path);
    size = strlen(resolved) + strlen(path) + 2;
    *real = bytes_allocate(1, size);
    snprintf(*real, size, "%s/%s", resolved, slash == NULL ? path : slash + 1);
    free(resolved);
    return 0;
}

/* A database holds secrets (tokens, content keys): it is its owner's, whatever the umask. SQLite gives
 * the files beside it the same mode. Why it could not be made is SQLite's to say. */
static void make_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0)
        (void)close(fd);
}

static int open_file(const char *path, sqlite3 **handle, struct error *err)
{
    static const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW |
                             SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_PRIVATECACHE;
    char *real;
    int result = resolve_folder(path, &real, err);

    if (result < 0)
        return result;
    make_private(real);
    if (sqlite3_open_v2(real, handle, flags, NULL) != SQLITE_OK)
        result = error_set(err, ERROR_IO, "%s: %s", path,
                           *handle ? sqlite3_errmsg(*handle) : "out of memory");
    free(real);
    return result;
}

/* `first`: SQL before anything is read; NULL: none. */
static int open_database(const char *path, const char *first, const char *const *migrations,
                         size_t count, struct db **db, struct error *err)
{
    struct db *opened = bytes_allocate(1, sizeof(*opened));
    int result;

    *db = NULL;
    opened->damage = ERROR_STATE_CORRUPT;
    result = open_file(path, &opened->handle, err);
    if (result < 0)
        goto out;
    result = harden(opened, err);
    if (result == 0 && first != NULL)
        result = db_run(opened, first, err);
    if (result == 0)
        result = set_pragmas(opened, err);
    if (result == 0)
        result = migrate(opened, migrations, count, err);
    if (result < 0) {
        error_context(err, "%s", path);
        goto out;
    }
    *db = opened;
    opened = NULL;
out:
    db_close(opened);
    return result;
}

int db_open(const char *path, const char *const *migrations, size_t count, struct db **db,
            struct error *err)
{
    return open_database(path, NULL, migrations, count, db, err);
}

int db_open_alone(const char *path, const char *const *migrations, size_t count, struct db **db,
                  struct error *err)
{
    return open_database(path, "PRAGMA locking_mode=EXCLUSIVE", migrations, count, db, err);
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    /* _v2 would keep the file open for a forgotten statement; this way a test finds it. */
    (void)sqlite3_close(db->handle);
    free(db);
}

static int bind_blob(sqlite3_stmt *statement, int position, struct bytes_view blob)
{
    if (blob.size == 0)
        return sqlite3_bind_zeroblob(statement, position, 0);
    return sqlite3_bind_blob64(statement, position, blob.data, blob.size, SQLITE_TRANSIENT);
}

static int bind_all(struct db_query *query, const char *kinds, va_list arguments, struct error *err)
{
    int wanted = sqlite3_bind_parameter_count(query->statement);
    int position = 1;

    if ((size_t)wanted != strlen(kinds))
        return error_set(err, ERROR_INTERNAL, "a statement with %d parameters got %zu", wanted,
                         strlen(kinds));
    for (const char *kind = kinds; *kind != '\0'; kind++, position++) {
        int code = SQLITE_MISUSE;

        if (*kind == 't')
            code = sqlite3_bind_text(query->statement, position, va_arg(arguments, const char *),
                                     -1, SQLITE_TRANSIENT);
        else if (*kind == 'i')
            code = sqlite3_bind_int64(query->statement, position, va_arg(arguments, int64_t));
        else if (*kind == 'b')
            code = bind_blob(query->statement, position, va_arg(arguments, struct bytes_view));
        if (code != SQLITE_OK)
            return error_set(err, ERROR_INTERNAL, "parameter %d: %s", position,
                             sqlite3_errstr(code));
    }
    return 0;
}

static int prepare(struct db *db, struct db_query **query, const char *sql, const char *kinds,
                   va_list arguments, struct error *err)
{
    struct db_query *made = bytes_allocate(1, sizeof(*made));
    int result;

    *query = NULL;
    made->db = db;
    if (sqlite3_prepare_v3(db->handle, sql, -1, 0, &made->statement, NULL) != SQLITE_OK)
        result = db_error(db, err);
    else
        result = bind_all(made, kinds, arguments, err);
    if (result < 0)
        db_finish(made);
    else
        *query = made;
    return result;
}

int db_query(struct db *db, struct db_query **query, struct error *err, const char *sql,
             const char *kinds, ...)
{
    va_list arguments;
    int result;

    va_start(arguments, kinds);
    result = prepare(db, query, sql, kinds, arguments, err);
    va_end(arguments);
    return result;
}

int db_step(struct db_query *query, struct error *err)
{
    switch (sqlite3_step(query->statement)) {
    case SQLITE_ROW:
        return 1;
    case SQLITE_DONE:
        return 0;
    default:
        return db_error(query->db, err);
    }
}

const char *db_text(struct db_query *query, int column)
{
    return (const char *)sqlite3_column_text(query->statement, column);
}

int64_t db_integer(struct db_query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

struct bytes_view db_blob(struct db_query *query, int column)
{
    const void *data = sqlite3_column_blob(query->statement, column);

    return bytes_view_of(data, (size_t)sqlite3_column_bytes(query->statement, column));
}

void db_finish(struct db_query *query)
{
    if (query == NULL)
        return;
    (void)sqlite3_finalize(query->statement);
    free(query);
}

int db_change(struct db *db, struct error *err, const char *sql, const char *kinds, ...)
{
    struct db_query *query;
    va_list arguments;
    int result;

    va_start(arguments, kinds);
    result = prepare(db, &query, sql, kinds, arguments, err);
    va_end(arguments);
    if (result < 0)
        return result;
    do
        result = db_step(query, err);
    while (result == 1);
    db_finish(query);
    return result;
}
