/* SPDX-License-Identifier: ISC */
#include "drivers/compile/source-nsrl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "drivers/hash-names.h"
#include "media/base/limits.h"

#define MAGIC        "SQLite format 3" /* and a NUL */
#define HEADER_BYTES 100
#define QUERY        "SELECT sha256, file_name FROM FILE"
#define HEAP_BYTES   (256 * MIB)
#define STEPS        10000 /* between two calls of the progress handler */
#define WHY_BYTES    160

/* Read and written in the callbacks of one connection. */
struct nsrl {
    struct source_reading *reading;
    sqlite3 *db;
    uint64_t steps; /* since the last row, in units of STEPS */
    bool too_long;
    char why[WHY_BYTES]; /* what the authorizer denied */
};

static uint32_t number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Offsets are those of SQLite's file format, section 1.3. */
static int check_header(struct bytes_view database, struct error *err)
{
    const uint8_t *header = database.data;
    uint64_t page, pages;

    if (database.size < HEADER_BYTES || memcmp(header, MAGIC, sizeof(MAGIC)) != 0)
        return error_set(err, ERROR_BAD_CONTENT,
                         "format: expected an SQLite database, as NSRL "
                         "publishes it (RDSv3)");
    if (header[18] != 1 || header[19] != 1)
        return error_set(err, ERROR_BAD_CONTENT,
                         "format: is in WAL mode, part of it may lie in another file: run sqlite3 "
                         "FILE 'PRAGMA journal_mode=delete'");
    page = (uint64_t)header[16] << 8 | header[17];
    page = page == 1 ? 65536 : page;
    pages = number(header + 28);
    if (page < 512 || (page & (page - 1)) != 0 || database.size % page != 0 ||
        (number(header + 24) == number(header + 92) && pages != database.size / page))
        return error_set(err, ERROR_BAD_CONTENT,
                         "size: %zu bytes, but its header speaks of %" PRIu64 " pages of %" PRIu64
                         ": it is cut off or damaged",
                         database.size, pages, page);
    return 0;
}

/* Inside a view each column of each table of the file can be read, outside only the two of FILE. A
 * table that gives no column, only its number of rows, is told with an empty name. */
static bool may_read(const char *table, const char *column, const char *view)
{
    if (table == NULL || column == NULL || strncasecmp(table, "sqlite_", 7) == 0)
        return false;
    return view != NULL || column[0] == '\0' ||
           (strcasecmp(table, "FILE") == 0 &&
            (strcasecmp(column, "sha256") == 0 || strcasecmp(column, "file_name") == 0));
}

static int authorize(void *context, int action, const char *first, const char *second,
                     const char *database, const char *view)
{
    struct nsrl *nsrl = context;

    (void)database;
    switch (action) {
    case SQLITE_SELECT:
        return SQLITE_OK;
    case SQLITE_READ:
        if (may_read(first, second, view))
            return SQLITE_OK;
        snprintf(nsrl->why, sizeof(nsrl->why), "reads %.60s.%.60s", first != NULL ? first : "",
                 second != NULL ? second : "");
        return SQLITE_DENY;
    case SQLITE_FUNCTION:
        if (second != NULL &&
            (strcasecmp(second, "upper") == 0 || strcasecmp(second, "lower") == 0))
            return SQLITE_OK;
        snprintf(nsrl->why, sizeof(nsrl->why), "calls %.60s()", second != NULL ? second : "");
        return SQLITE_DENY;
    case SQLITE_RECURSIVE:
        snprintf(nsrl->why, sizeof(nsrl->why), "is recursive");
        return SQLITE_DENY;
    default:
        snprintf(nsrl->why, sizeof(nsrl->why), "asks for action %d", action);
        return SQLITE_DENY;
    }
}

/* A view that joins what has no end in sight stops here. */
static int count_steps(void *context)
{
    struct nsrl *nsrl = context;

    nsrl->steps++;
    nsrl->too_long = nsrl->steps > LIMIT_NSRL_STEPS / STEPS;
    return nsrl->too_long;
}

static int refuse(const struct nsrl *nsrl, int code, struct error *err)
{
    if (nsrl->too_long)
        return error_set(err, ERROR_BAD_CONTENT,
                         "FILE: more than %d steps without a row (NSRL_STEPS): expected a table, "
                         "or a view over an indexed one",
                         LIMIT_NSRL_STEPS);
    if (code == SQLITE_AUTH || nsrl->why[0] != '\0')
        return error_set(err, ERROR_BAD_CONTENT,
                         "FILE: %s: expected columns of tables, upper() and lower()", nsrl->why);
    if (code == SQLITE_NOMEM)
        return error_set(err, ERROR_BAD_CONTENT,
                         "FILE: needs more memory than %lu bytes: expected a view that need not "
                         "sort",
                         HEAP_BYTES);
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        return error_set(err, ERROR_BAD_CONTENT,
                         "SQLite: %.200s: copy it again, or see what sqlite3 FILE "
                         "'PRAGMA integrity_check' says",
                         sqlite3_errmsg(nsrl->db));
    return error_set(err, ERROR_BAD_CONTENT, "SQLite: %.200s", sqlite3_errmsg(nsrl->db));
}

static int configure(sqlite3 *db)
{
    static const struct {
        int option, value;
    } switches[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},       {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 0},     {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},         {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 1},
    };
    static const struct {
        int limit, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, 1 << 20},
        {SQLITE_LIMIT_SQL_LENGTH, 1 << 16},
        {SQLITE_LIMIT_COLUMN, 128},
        {SQLITE_LIMIT_EXPR_DEPTH, 50},
        {SQLITE_LIMIT_COMPOUND_SELECT, 8},
        {SQLITE_LIMIT_VDBE_OP, 25000},
        {SQLITE_LIMIT_FUNCTION_ARG, 8},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_VARIABLE_NUMBER, 0},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };
    int code = SQLITE_OK;

    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]) && code == SQLITE_OK; i++)
        code = sqlite3_db_config(db, switches[i].option, switches[i].value, NULL);
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        (void)sqlite3_limit(db, limits[i].limit, limits[i].value);
    return code == SQLITE_OK ? sqlite3_drop_modules(db, NULL) : code;
}

/* The file's schema is read when the query is prepared: everything that bounds it is set before. The
 * authorizer comes last, since deserializing asks it for an ATTACH. */
static int open_database(struct nsrl *nsrl, struct bytes_view database)
{
    int code = sqlite3_open_v2(":memory:", &nsrl->db, SQLITE_OPEN_READWRITE, NULL);

    if (code == SQLITE_OK)
        code = configure(nsrl->db);
    if (code == SQLITE_OK)
        code = sqlite3_exec(nsrl->db,
                            "PRAGMA temp_store=memory; PRAGMA cell_size_check=on; "
                            "PRAGMA query_only=on; PRAGMA automatic_index=off",
                            NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_deserialize(nsrl->db, "main", (unsigned char *)(uintptr_t)database.data,
                                   (sqlite3_int64)database.size, (sqlite3_int64)database.size,
                                   SQLITE_DESERIALIZE_READONLY);
    if (code == SQLITE_OK) {
        sqlite3_progress_handler(nsrl->db, STEPS, count_steps, nsrl);
        code = sqlite3_set_authorizer(nsrl->db, authorize, nsrl);
    }
    return code;
}

static struct bytes_view column_text(sqlite3_stmt *statement, int column)
{
    const void *text = sqlite3_column_text(statement, column);

    return bytes_view_of(text, text == NULL ? 0 : (size_t)sqlite3_column_bytes(statement, column));
}

static int take_row(struct nsrl *nsrl, sqlite3_stmt *statement, struct error *err)
{
    struct source_reading *reading = nsrl->reading;
    struct source_key key = {.list = SOURCE_FILES, .verdict = REPUTATION_NEUTRAL};
    struct bytes_view hash = column_text(statement, 0);

    if (hash.size == 0) {
        reading->left_out++;
        return 0;
    }
    if (reputation_file_key(hash, key.key) < 0)
        return error_set(err, ERROR_BAD_CONTENT, "sha256: expected 64 hex digits");
    key.name = column_text(statement, 1);
    if (key.name.size > 0 && !hash_name_valid(key.name)) {
        key.name.size = 0;
        reading->unnamed++;
    }
    return reading->take(reading->context, &key, reading->line, err);
}

static int take_rows(struct nsrl *nsrl, sqlite3_stmt *statement, struct error *err)
{
    struct source_reading *reading = nsrl->reading;
    int result = 0, code;

    while (result == 0 && (code = sqlite3_step(statement)) != SQLITE_DONE) {
        if (code != SQLITE_ROW)
            return refuse(nsrl, code, err);
        nsrl->steps = 0;
        reading->line++;
        result = take_row(nsrl, statement, err);
        if (result == 0 && reading->line % SOURCE_PROGRESS_ROWS == 0)
            result = reading->progress(reading->context, reading->line, 0, err);
    }
    return result;
}

void source_nsrl_prepare(void)
{
    uint8_t random;

    (void)sqlite3_initialize();
    sqlite3_randomness(sizeof(random), &random);
    (void)sqlite3_hard_heap_limit64(HEAP_BYTES);
}

int source_nsrl(struct bytes_view database, struct source_reading *reading, struct error *err)
{
    struct nsrl nsrl = {.reading = reading};
    sqlite3_stmt *statement = NULL;
    int result = check_header(database, err);
    int code;

    reading->line = 0;
    if (result < 0)
        return result;
    code = open_database(&nsrl, database);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(nsrl.db, QUERY, -1, &statement, NULL);
    result = code == SQLITE_OK ? take_rows(&nsrl, statement, err) : refuse(&nsrl, code, err);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(nsrl.db);
    return result;
}
