/* SPDX-License-Identifier: ISC
 *
 * SQLite with our pragmas: WAL, synchronous=FULL, foreign keys, trusted_schema off, defensive,
 * triggers and views off (a database file brings no code);
 * schema by numbered migrations in one transaction each; statements that bind and read by position.
 */
#ifndef MEDIA_BASE_DB_H
#define MEDIA_BASE_DB_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

struct db;
struct db_query;

/* Opens (and makes) a database. migrations[i] is SQL that takes schema i to i + 1. A newer schema,
 * a failed quick_check or a file that is no database is ERROR_STATE_CORRUPT. A symbolic link at
 * the file's own name is refused. Waits up to 10 s for another writer, then ERROR_LOCKED. */
int db_open(const char *path, const char *const *migrations, size_t count, struct db **db,
            struct error *err) ERROR_MUST_CHECK;
/* The same for a file that no other process uses while it is open (ERROR_LOCKED otherwise). Needs no
 * memory file beside it, so that it opens and reads on a full disk. */
int db_open_alone(const char *path, const char *const *migrations, size_t count, struct db **db,
                  struct error *err) ERROR_MUST_CHECK;
void db_close(struct db *db);
/* What damage that is found from now on is called, where it is not ERROR_STATE_CORRUPT: what to do
 * about it depends on whose database it is. */
void db_name_damage(struct db *db, enum error_code code);

/* SQL without results. */
int db_run(struct db *db, const char *sql, struct error *err) ERROR_MUST_CHECK;

/* Transactions do not nest. rollback after a failed commit is safe. */
int db_begin(struct db *db, struct error *err) ERROR_MUST_CHECK;
int db_commit(struct db *db, struct error *err) ERROR_MUST_CHECK;
void db_rollback(struct db *db);

/* Prepares; then bind from left to right by kind: 't' const char * (NULL: null), 'i' int64_t, 'b'
 * struct bytes_view, as in db_query(db, &q, err, "SELECT x FROM t WHERE a=? AND b=?", "ti", name,
 * number). */
int db_query(struct db *db, struct db_query **query, struct error *err, const char *sql,
             const char *kinds, ...) ERROR_MUST_CHECK;

/* 1: a row is there, 0: no more, negative: error. */
int db_step(struct db_query *query, struct error *err) ERROR_MUST_CHECK;

/* Columns from 0; borrowed until the next step. db_text is NULL for null. */
const char *db_text(struct db_query *query, int column);
int64_t db_integer(struct db_query *query, int column);
struct bytes_view db_blob(struct db_query *query, int column);
void db_finish(struct db_query *query);

/* Prepare, bind, step to the end, finish. */
int db_change(struct db *db, struct error *err, const char *sql, const char *kinds,
              ...) ERROR_MUST_CHECK;

#endif
