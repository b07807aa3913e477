/* SPDX-License-Identifier: ISC */
#include "mirror/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/db.h"

#define ROWS_AT_FIRST 16

struct catalog {
    struct db *db;
};

static const char *const migrations[] = {
    ("CREATE TABLE progress (subject TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,"
     " time_us INTEGER NOT NULL, PRIMARY KEY (subject, name)) STRICT, WITHOUT ROWID;"
     "CREATE TABLE package (id BLOB PRIMARY KEY, type TEXT NOT NULL, version TEXT NOT NULL,"
     " issue INTEGER NOT NULL, time_us INTEGER NOT NULL, recipe BLOB NOT NULL,"
     " size INTEGER NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL,"
     " packed INTEGER NOT NULL, UNIQUE (type, issue)) STRICT, WITHOUT ROWID;"
     "CREATE TABLE release (ring TEXT NOT NULL, sequence INTEGER NOT NULL, digest BLOB NOT NULL,"
     " time_us INTEGER NOT NULL, PRIMARY KEY (ring, sequence)) STRICT, WITHOUT ROWID;"
     "CREATE TABLE pack (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
     " size INTEGER NOT NULL) STRICT;"
     "CREATE TABLE frame (digest BLOB PRIMARY KEY, pack INTEGER NOT NULL REFERENCES pack(number),"
     " place INTEGER NOT NULL, length INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
     "CREATE TABLE endpoint (name TEXT PRIMARY KEY, ring TEXT NOT NULL, serial BLOB NOT NULL,"
     " token BLOB NOT NULL, made_us INTEGER NOT NULL) STRICT, WITHOUT ROWID"),
    ("CREATE TABLE withdrawn (id BLOB PRIMARY KEY, type TEXT NOT NULL, version TEXT NOT NULL,"
     " issue INTEGER NOT NULL, recipe BLOB NOT NULL, reason TEXT NOT NULL, link TEXT NOT NULL,"
     " harmful INTEGER NOT NULL, made_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
     "CREATE TABLE aborted (ring TEXT NOT NULL, sequence INTEGER NOT NULL, digest BLOB NOT NULL,"
     " reason TEXT NOT NULL, made_us INTEGER NOT NULL, PRIMARY KEY (ring, sequence))"
     " STRICT, WITHOUT ROWID;"
     "CREATE TABLE stopped (ring TEXT NOT NULL, sequence INTEGER NOT NULL, id BLOB NOT NULL,"
     " PRIMARY KEY (ring, sequence, id)) STRICT, WITHOUT ROWID"),
    ("CREATE TABLE delta (package BLOB NOT NULL, base BLOB NOT NULL, recipe BLOB NOT NULL,"
     " size INTEGER NOT NULL, packed INTEGER NOT NULL, PRIMARY KEY (package, base))"
     " STRICT, WITHOUT ROWID"),
};

int catalog_open(const char *path, struct catalog **catalog, struct error *err)
{
    struct db *db;
    int result = db_open(path, migrations, sizeof(migrations) / sizeof(migrations[0]), &db, err);

    *catalog = NULL;
    if (result == -(int)ERROR_STATE_CORRUPT)
        err->code = ERROR_CATALOG_CORRUPT;
    if (result < 0)
        return -(int)err->code;
    db_name_damage(db, ERROR_CATALOG_CORRUPT);
    *catalog = bytes_allocate(1, sizeof(**catalog));
    (*catalog)->db = db;
    return 0;
}

void catalog_close(struct catalog *catalog)
{
    if (catalog == NULL)
        return;
    db_close(catalog->db);
    free(catalog);
}

struct db *catalog_db(struct catalog *catalog)
{
    return catalog->db;
}

int catalog_begin(struct catalog *catalog, struct error *err)
{
    return db_begin(catalog->db, err);
}

int catalog_commit(struct catalog *catalog, struct error *err)
{
    return db_commit(catalog->db, err);
}

void catalog_rollback(struct catalog *catalog)
{
    db_rollback(catalog->db);
}

static struct bytes_view digest_view(const uint8_t digest[static DIGEST_BYTES])
{
    return bytes_view_of(digest, DIGEST_BYTES);
}

int catalog_reserve(struct catalog *catalog, const char *subject, const char *name,
                    uint64_t *number, int64_t *last_us, struct error *err)
{
    struct db_query *query = NULL;
    int result = db_query(catalog->db, &query, err,
                          "INSERT INTO progress VALUES (?, ?, 1, 0) ON CONFLICT DO UPDATE"
                          " SET number=number+1 RETURNING number, time_us",
                          "tt", subject, name);

    if (result == 0)
        result = db_step(query, err);
    if (result == 1) {
        *number = (uint64_t)db_integer(query, 0);
        *last_us = db_integer(query, 1);
        result = db_step(query, err);
    }
    db_finish(query);
    return result;
}

int catalog_progress(struct catalog *catalog, const char *subject, const char *name,
                     uint64_t *number, int64_t *last_us, struct error *err)
{
    struct db_query *query = NULL;
    int result = db_query(catalog->db, &query, err,
                          "SELECT number, time_us FROM progress WHERE subject=? AND name=?", "tt",
                          subject, name);

    *number = 0;
    *last_us = 0;
    if (result == 0)
        result = db_step(query, err);
    if (result == 1) {
        *number = (uint64_t)db_integer(query, 0);
        *last_us = db_integer(query, 1);
        result = 0;
    }
    db_finish(query);
    return result;
}

int catalog_note_time(struct catalog *catalog, const char *subject, const char *name,
                      int64_t time_us, struct error *err)
{
    return db_change(catalog->db, err,
                     "UPDATE progress SET time_us=max(time_us, ?) WHERE subject=? AND name=?",
                     "itt", time_us, subject, name);
}

int catalog_raise(struct catalog *catalog, const char *subject, const char *name, uint64_t number,
                  int64_t time_us, struct error *err)
{
    return db_change(catalog->db, err,
                     "INSERT INTO progress VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
                     " SET number=max(number, excluded.number),"
                     " time_us=max(time_us, excluded.time_us)",
                     "ttii", subject, name, (int64_t)number, time_us);
}

int catalog_add_package(struct catalog *catalog, const struct catalog_package *package,
                        struct error *err)
{
    return db_change(catalog->db, err, "INSERT INTO package VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     "bttiibiiii", digest_view(package->id), package->type, package->version,
                     (int64_t)package->issue, package->time_us, digest_view(package->recipe),
                     (int64_t)package->size, (int64_t)package->files, (int64_t)package->bytes,
                     (int64_t)package->packed);
}

int catalog_add_set(struct catalog *catalog, const struct catalog_set *set, struct error *err)
{
    return db_change(catalog->db, err, "INSERT INTO release VALUES (?, ?, ?, ?)", "tibi", set->ring,
                     (int64_t)set->sequence, digest_view(set->digest), set->time_us);
}

int catalog_add_pack(struct catalog *catalog, const uint8_t id[static DIGEST_BYTES], uint64_t size,
                     int64_t *number, struct error *err)
{
    struct db_query *query = NULL;
    int result = db_query(catalog->db, &query, err,
                          "INSERT INTO pack (id, size) VALUES (?, ?) RETURNING number", "bi",
                          digest_view(id), (int64_t)size);

    if (result == 0)
        result = db_step(query, err);
    if (result == 1) {
        *number = db_integer(query, 0);
        result = db_step(query, err);
    }
    db_finish(query);
    return result;
}

int catalog_add_frame(struct catalog *catalog, const uint8_t digest[static DIGEST_BYTES],
                      const struct catalog_frame *frame, struct error *err)
{
    return db_change(catalog->db, err, "INSERT INTO frame VALUES (?, ?, ?, ?)", "biii",
                     digest_view(digest), frame->pack, (int64_t)frame->offset,
                     (int64_t)frame->length);
}

int catalog_add_endpoint(struct catalog *catalog, const struct catalog_endpoint *endpoint,
                         bool replace, struct error *err)
{
    struct db_query *query = NULL;
    int result = db_query(catalog->db, &query, err, "SELECT 1 FROM endpoint WHERE name=?", "t",
                          endpoint->name);

    if (result == 0)
        result = db_step(query, err);
    db_finish(query);
    if (result < 0)
        return result;
    if (result == 1 && !replace)
        return error_set(err, ERROR_USAGE,
                         "endpoint %s is enrolled already; --replace makes a new enrolment",
                         endpoint->name);
    return db_change(catalog->db, err, "INSERT OR REPLACE INTO endpoint VALUES (?, ?, ?, ?, ?)",
                     "ttbbi", endpoint->name, endpoint->ring,
                     bytes_view_of(endpoint->serial, sizeof(endpoint->serial)),
                     bytes_view_of(endpoint->token, sizeof(endpoint->token)), endpoint->made_us);
}

/* A column of fixed size. What has another size was not written by us. */
static int take_blob(struct db_query *query, int column, uint8_t *out, size_t size,
                     struct error *err)
{
    struct bytes_view blob = db_blob(query, column);

    if (bytes_get(&blob, out, size) < 0 || blob.size != 0)
        return error_set(err, ERROR_CATALOG_CORRUPT, "catalog: a column of a wrong size");
    return 0;
}

static int take_text(struct db_query *query, int column, char *out, size_t size, struct error *err)
{
    const char *text = db_text(query, column);

    if (text == NULL || strlen(text) >= size)
        return error_set(err, ERROR_CATALOG_CORRUPT, "catalog: a text of a wrong size");
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

static int take_package(struct db_query *query, void *row, struct error *err)
{
    struct catalog_package *package = row;

    memset(package, 0, sizeof(*package));
    package->issue = (uint64_t)db_integer(query, 3);
    package->time_us = db_integer(query, 4);
    package->size = (uint64_t)db_integer(query, 6);
    package->files = (uint64_t)db_integer(query, 7);
    package->bytes = (uint64_t)db_integer(query, 8);
    package->packed = (uint64_t)db_integer(query, 9);
    if (take_blob(query, 0, package->id, sizeof(package->id), err) < 0 ||
        take_text(query, 1, package->type, sizeof(package->type), err) < 0 ||
        take_text(query, 2, package->version, sizeof(package->version), err) < 0 ||
        take_blob(query, 5, package->recipe, sizeof(package->recipe), err) < 0)
        return -(int)err->code;
    return 0;
}

static int take_set(struct db_query *query, void *row, struct error *err)
{
    struct catalog_set *set = row;

    memset(set, 0, sizeof(*set));
    set->sequence = (uint64_t)db_integer(query, 1);
    set->time_us = db_integer(query, 3);
    if (take_text(query, 0, set->ring, sizeof(set->ring), err) < 0 ||
        take_blob(query, 2, set->digest, sizeof(set->digest), err) < 0)
        return -(int)err->code;
    return 0;
}

static int take_pack(struct db_query *query, void *row, struct error *err)
{
    struct catalog_pack *pack = row;

    memset(pack, 0, sizeof(*pack));
    pack->number = db_integer(query, 0);
    pack->size = (uint64_t)db_integer(query, 2);
    return take_blob(query, 1, pack->id, sizeof(pack->id), err);
}

static int take_frame(struct db_query *query, void *row, struct error *err)
{
    struct catalog_frame *frame = row;

    memset(frame, 0, sizeof(*frame));
    frame->pack = db_integer(query, 0);
    frame->offset = (uint64_t)db_integer(query, 1);
    frame->length = (uint32_t)db_integer(query, 2);
    return 0;
}

static int take_endpoint(struct db_query *query, void *row, struct error *err)
{
    struct catalog_endpoint *endpoint = row;

    memset(endpoint, 0, sizeof(*endpoint));
    endpoint->made_us = db_integer(query, 4);
    if (take_text(query, 0, endpoint->name, sizeof(endpoint->name), err) < 0 ||
        take_text(query, 1, endpoint->ring, sizeof(endpoint->ring), err) < 0 ||
        take_blob(query, 2, endpoint->serial, sizeof(endpoint->serial), err) < 0 ||
        take_blob(query, 3, endpoint->token, sizeof(endpoint->token), err) < 0)
        return -(int)err->code;
    return 0;
}

typedef int (*take_row)(struct db_query *query, void *row, struct error *err);

/* At most one row. Ends the query. */
static int take_one(struct db_query *query, take_row take, void *row, bool *found,
                    struct error *err)
{
    int result = db_step(query, err);

    *found = result == 1;
    if (result == 1)
        result = take(query, row, err);
    db_finish(query);
    return result;
}

/* All rows, each of `size` bytes, into a growing array. */
static int take_all(struct catalog *catalog, const char *sql, take_row take, size_t size,
                    void **rows, size_t *count, struct error *err)
{
    struct db_query *query = NULL;
    size_t capacity = ROWS_AT_FIRST;
    uint8_t *array = bytes_allocate(capacity, size);
    size_t filled = 0;
    int result = db_query(catalog->db, &query, err, sql, "");

    while (result == 0 && (result = db_step(query, err)) == 1) {
        if (filled == capacity) {
            uint8_t *larger = bytes_allocate(capacity * 2, size);

            memcpy(larger, array, capacity * size);
            free(array);
            array = larger;
            capacity *= 2;
        }
        result = take(query, array + filled * size, err);
        filled++;
    }
    db_finish(query);
    if (result < 0) {
        free(array);
        array = NULL;
        filled = 0;
    }
    *rows = array;
    *count = filled;
    return result;
}

#define PACKAGE_COLUMNS                                                                            \
    "SELECT id, type, version, issue, time_us, recipe, size, files, bytes, packed FROM package "

int catalog_find_package(struct catalog *catalog, const uint8_t id[static DIGEST_BYTES],
                         struct catalog_package *package, bool *found, struct error *err)
{
    struct db_query *query;
    int result =
        db_query(catalog->db, &query, err, PACKAGE_COLUMNS "WHERE id=?", "b", digest_view(id));

    return result < 0 ? result : take_one(query, take_package, package, found, err);
}

int catalog_find_issue(struct catalog *catalog, const char *type, uint64_t issue,
                       struct catalog_package *package, bool *found, struct error *err)
{
    struct db_query *query;
    int result = db_query(catalog->db, &query, err, PACKAGE_COLUMNS "WHERE type=? AND issue=?",
                          "ti", type, (int64_t)issue);

    return result < 0 ? result : take_one(query, take_package, package, found, err);
}

int catalog_newest_package(struct catalog *catalog, const char *type, const char *version,
                           struct catalog_package *package, bool *found, struct error *err)
{
    struct db_query *query;
    int result = db_query(catalog->db, &query, err,
                          PACKAGE_COLUMNS "WHERE type=? AND version=coalesce(?, version)"
                                          " ORDER BY issue DESC LIMIT 1",
                          "tt", type, version);

    return result < 0 ? result : take_one(query, take_package, package, found, err);
}

int catalog_newest_content(struct catalog *catalog, const char *type,
                           const uint8_t recipe[static DIGEST_BYTES],
                           struct catalog_package *package, bool *found, struct error *err)
{
    struct db_query *query;
    int result = db_query(catalog->db, &query, err,
                          PACKAGE_COLUMNS "WHERE type=? AND recipe=? ORDER BY issue DESC LIMIT 1",
                          "tb", type, digest_view(recipe));

    return result < 0 ? result : take_one(query, take_package, package, found, err);
}

int catalog_newest_set(struct catalog *catalog, const char *ring, struct catalog_set *set,
                       bool *found, struct error *err)
{
    struct db_query *query;
    int result = db_query(catalog->db, &query, err,
                          "SELECT ring, sequence, digest, time_us FROM release WHERE ring=?"
                          " ORDER BY sequence DESC LIMIT 1",
                          "t", ring);

    return result < 0 ? result : take_one(query, take_set, set, found, err);
}

int catalog_find_frame(struct catalog *catalog, const uint8_t digest[static DIGEST_BYTES],
                       struct catalog_frame *frame, bool *found, struct error *err)
{
    struct db_query *query;
    int result =
        db_query(catalog->db, &query, err, "SELECT pack, place, length FROM frame WHERE digest=?",
                 "b", digest_view(digest));

    return result < 0 ? result : take_one(query, take_frame, frame, found, err);
}

int catalog_find_pack(struct catalog *catalog, int64_t number, struct catalog_pack *pack,
                      bool *found, struct error *err)
{
    struct db_query *query;
    int result = db_query(catalog->db, &query, err,
                          "SELECT number, id, size FROM pack WHERE number=?", "i", number);

    return result < 0 ? result : take_one(query, take_pack, pack, found, err);
}

int catalog_packages(struct catalog *catalog, struct catalog_package **packages, size_t *count,
                     struct error *err)
{
    return take_all(catalog, PACKAGE_COLUMNS "ORDER BY type, issue", take_package,
                    sizeof(**packages), (void **)packages, count, err);
}

int catalog_sets(struct catalog *catalog, struct catalog_set **sets, size_t *count,
                 struct error *err)
{
    return take_all(catalog,
                    "SELECT ring, sequence, digest, time_us FROM release ORDER BY ring, sequence",
                    take_set, sizeof(**sets), (void **)sets, count, err);
}

int catalog_packs(struct catalog *catalog, struct catalog_pack **packs, size_t *count,
                  struct error *err)
{
    return take_all(catalog, "SELECT number, id, size FROM pack ORDER BY number", take_pack,
                    sizeof(**packs), (void **)packs, count, err);
}

int catalog_endpoints(struct catalog *catalog, struct catalog_endpoint **endpoints, size_t *count,
                      struct error *err)
{
    return take_all(catalog,
                    "SELECT name, ring, serial, token, made_us FROM endpoint ORDER BY name",
                    take_endpoint, sizeof(**endpoints), (void **)endpoints, count, err);
}

static int take_count(struct db_query *query, void *row, struct error *err)
{
    *(uint64_t *)row = (uint64_t)db_integer(query, 0);
    return 0;
}

int catalog_pack_frames(struct catalog *catalog, int64_t pack, uint64_t *count, struct error *err)
{
    struct db_query *query;
    bool found;
    int result =
        db_query(catalog->db, &query, err, "SELECT count(*) FROM frame WHERE pack=?", "i", pack);

    return result < 0 ? result : take_one(query, take_count, count, &found, err);
}

int catalog_knows(struct catalog *catalog, enum catalog_kind kind, const char *ring,
                  uint64_t sequence, const uint8_t digest[static DIGEST_BYTES], bool *known,
                  struct error *err)
{
    static const char *const questions[] = {
        [CATALOG_RECIPE] = "SELECT 1 FROM package WHERE recipe=?1 UNION"
                           " SELECT 1 FROM delta WHERE recipe=?1",
        [CATALOG_PACK] = "SELECT 1 FROM pack WHERE id=?",
    };
    struct db_query *query;
    uint64_t ignored;
    int result;

    if (kind == CATALOG_SET)
        result =
            db_query(catalog->db, &query, err, "SELECT 1 FROM release WHERE ring=? AND sequence=?",
                     "ti", ring, (int64_t)sequence);
    else
        result = db_query(catalog->db, &query, err, questions[kind], "b", digest_view(digest));
    return result < 0 ? result : take_one(query, take_count, &ignored, known, err);
}
