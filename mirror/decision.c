/* SPDX-License-Identifier: ISC */
#include "mirror/decision.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/db.h"

int decision_withdraw(struct catalog *catalog, const struct decision_withdrawn *row,
                      struct error *err)
{
    return db_change(catalog_db(catalog), err,
                     "INSERT INTO withdrawn VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", "bttibttii",
                     bytes_view_of(row->id, DIGEST_BYTES), row->type, row->version,
                     (int64_t)row->issue, bytes_view_of(row->recipe, DIGEST_BYTES), row->reason,
                     row->link, (int64_t)row->harmful, row->made_us);
}

int decision_abort(struct catalog *catalog, const struct decision_aborted *row, struct error *err)
{
    struct db *db = catalog_db(catalog);
    int result = db_change(db, err, "INSERT INTO aborted VALUES (?, ?, ?, ?, ?)", "tibti",
                           row->set.ring, (int64_t)row->set.sequence,
                           bytes_view_of(row->set.digest, DIGEST_BYTES), row->reason, row->made_us);

    for (size_t i = 0; i < row->count && result == 0; i++)
        result = db_change(db, err, "INSERT INTO stopped VALUES (?, ?, ?)", "tib", row->set.ring,
                           (int64_t)row->set.sequence, bytes_view_of(row->ids[i], DIGEST_BYTES));
    return result;
}

static int take_digest(struct db_query *query, int column, uint8_t out[static DIGEST_BYTES],
                       struct error *err)
{
    struct bytes_view blob = db_blob(query, column);

    if (bytes_get(&blob, out, DIGEST_BYTES) < 0 || blob.size != 0)
        return error_set(err, ERROR_CATALOG_CORRUPT, "catalog: a digest of a wrong size");
    return 0;
}

static int take_name(struct db_query *query, int column, char *out, size_t size, struct error *err)
{
    const char *text = db_text(query, column);

    if (text == NULL || strlen(text) >= size)
        return error_set(err, ERROR_CATALOG_CORRUPT, "catalog: a name of a wrong size");
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

static char *take_words(struct db_query *query, int column)
{
    const char *text = db_text(query, column);

    return bytes_copy_string(text != NULL ? text : "");
}

static int take_withdrawn(struct db_query *query, struct decision_withdrawn *row, struct error *err)
{
    int result = take_digest(query, 0, row->id, err);

    if (result == 0)
        result = take_name(query, 1, row->type, sizeof(row->type), err);
    if (result == 0)
        result = take_name(query, 2, row->version, sizeof(row->version), err);
    if (result == 0)
        result = take_digest(query, 4, row->recipe, err);
    row->issue = (uint64_t)db_integer(query, 3);
    row->reason = take_words(query, 5);
    row->link = take_words(query, 6);
    row->harmful = db_integer(query, 7) != 0;
    row->made_us = db_integer(query, 8);
    return result;
}

static int take_aborted(struct db_query *query, struct decision_aborted *row, struct error *err)
{
    int result = take_name(query, 0, row->set.ring, sizeof(row->set.ring), err);

    if (result == 0)
        result = take_digest(query, 2, row->set.digest, err);
    row->set.sequence = (uint64_t)db_integer(query, 1);
    row->reason = take_words(query, 3);
    row->made_us = db_integer(query, 4);
    return result;
}

static int count_rows(struct catalog *catalog, const char *sql, size_t *count, struct error *err)
{
    struct db_query *query = NULL;
    int result = db_query(catalog_db(catalog), &query, err, sql, "");

    if (result == 0)
        result = db_step(query, err);
    *count = result == 1 ? (size_t)db_integer(query, 0) : 0;
    db_finish(query);
    return result < 0 ? result : 0;
}

int decision_all_withdrawn(struct catalog *catalog, struct decision_withdrawn **rows, size_t *count,
                           struct error *err)
{
    struct db_query *query = NULL;
    size_t there = 0;
    int result = count_rows(catalog, "SELECT count(*) FROM withdrawn", &there, err);

    *rows = bytes_allocate(there + 1, sizeof(**rows));
    *count = 0;
    if (result == 0)
        result = db_query(catalog_db(catalog), &query, err,
                          "SELECT id, type, version, issue, recipe, reason, link, harmful, made_us"
                          " FROM withdrawn ORDER BY id",
                          "");
    while (result >= 0 && *count < there && (result = db_step(query, err)) == 1)
        result = take_withdrawn(query, &(*rows)[(*count)++], err);
    db_finish(query);
    return result < 0 ? result : 0;
}

void decision_free_withdrawn(struct decision_withdrawn *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rows[i].reason);
        free(rows[i].link);
    }
    free(rows);
}

static int take_stopped(struct catalog *catalog, struct decision_aborted *row, struct error *err)
{
    struct db_query *query = NULL;
    int result = db_query(catalog_db(catalog), &query, err,
                          "SELECT id FROM stopped WHERE ring=? AND sequence=? ORDER BY id", "ti",
                          row->set.ring, (int64_t)row->set.sequence);

    row->ids = bytes_allocate(LIMIT_SET_PACKAGES, sizeof(*row->ids));
    while (result >= 0 && row->count < LIMIT_SET_PACKAGES && (result = db_step(query, err)) == 1)
        result = take_digest(query, 0, row->ids[row->count++], err);
    db_finish(query);
    return result < 0 ? result : 0;
}

int decision_all_aborted(struct catalog *catalog, struct decision_aborted **rows, size_t *count,
                         struct error *err)
{
    struct db_query *query = NULL;
    size_t there = 0;
    int result = count_rows(catalog, "SELECT count(*) FROM aborted", &there, err);

    *rows = bytes_allocate(there + 1, sizeof(**rows));
    *count = 0;
    if (result == 0)
        result = db_query(catalog_db(catalog), &query, err,
                          "SELECT ring, sequence, digest, reason, made_us FROM aborted"
                          " ORDER BY ring, sequence",
                          "");
    while (result >= 0 && *count < there && (result = db_step(query, err)) == 1)
        result = take_aborted(query, &(*rows)[(*count)++], err);
    db_finish(query);
    for (size_t i = 0; i < *count && result >= 0; i++)
        result = take_stopped(catalog, &(*rows)[i], err);
    return result < 0 ? result : 0;
}

void decision_free_aborted(struct decision_aborted *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rows[i].reason);
        free(rows[i].ids);
    }
    free(rows);
}

const struct decision_withdrawn *decision_find(const struct decision_withdrawn *rows, size_t count,
                                               const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(rows[i].id, id, DIGEST_BYTES) == 0)
            return &rows[i];
    }
    return NULL;
}

/* Where a ring stands in the order; past the end: it is gone from the root document. */
static size_t place_of(const struct root_document *root, const char *ring)
{
    size_t i = 0;

    while (i < root->ring_count && strcmp(root->rings[i].name, ring) != 0)
        i++;
    return i;
}

static bool carries(const struct decision_aborted *row, const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < row->count; i++) {
        if (memcmp(row->ids[i], id, DIGEST_BYTES) == 0)
            return true;
    }
    return false;
}

const struct decision_aborted *decision_stops(const struct decision_aborted *rows, size_t count,
                                              const struct root_document *root, const char *ring,
                                              const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < count; i++) {
        if (place_of(root, rows[i].set.ring) < place_of(root, ring) && carries(&rows[i], id))
            return &rows[i];
    }
    return NULL;
}
