/* SPDX-License-Identifier: ISC
 *
 * reputation list KEYS: as many lines of sha256.csv, always the same ones.
 * reputation [KEYS [ROUNDS]]: lookups of SHA-256 keys in the hash index that drivers map, beside the
 * same in SQLite and LMDB, one thread, in one run on one machine. Every second lookup misses. Prints
 * medians of the rounds and what they are of SQLite's. Writes its files beneath TMPDIR.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "drivers/hash-index.h"
#include "media/base/bytes.h"
#include "media/base/path.h"
#include "media/base/text.h"

#define KEY_BYTES HASH_INDEX_KEY_BYTES
#define RECORD    (KEY_BYTES + 1)
#define ROUNDS    64 /* at most */
#define BATCH     256

typedef uint8_t sha256_key[KEY_BYTES];

struct bench {
    size_t count, asked, rounds;
    sha256_key *keys;    /* sorted */
    sha256_key *queries; /* even ones are there, odd ones are not */
    char folder[256];
    size_t found; /* of the last run: what was looked up must have been */
};

struct result {
    const char *name;
    double rate;     /* lookups a second */
    double ready_s;  /* from the file to the first answer */
    uint64_t bytes;  /* of the file */
    long memory_kib; /* private memory that it took */
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "reputation: %s: %s\n", what, why);
    exit(1);
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Anonymous memory of this process. What is mapped of a file is the page cache's. */
static long private_kib(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;

    while (status != NULL && fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, "RssAnon:", 8) == 0)
            kib = strtol(line + 8, NULL, 10);
    if (status != NULL)
        fclose(status);
    return kib;
}

static uint64_t next_number(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void make_key(uint64_t *state, uint8_t *key)
{
    for (size_t i = 0; i < KEY_BYTES; i += 8) {
        uint64_t number = next_number(state);

        memcpy(key + i, &number, 8);
    }
}

static int compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, KEY_BYTES);
}

static void make_keys(struct bench *bench)
{
    uint64_t state = 1, other = 2, choice = 3;

    bench->keys = bytes_allocate(bench->count, KEY_BYTES);
    bench->queries = bytes_allocate(bench->asked, KEY_BYTES);
    for (size_t i = 0; i < bench->count; i++)
        make_key(&state, bench->keys[i]);
    qsort(bench->keys, bench->count, KEY_BYTES, compare_keys);
    for (size_t i = 0; i < bench->asked; i++) {
        if (i % 2 == 0)
            memcpy(bench->queries[i], bench->keys[next_number(&choice) % bench->count], KEY_BYTES);
        else
            make_key(&other, bench->queries[i]);
    }
}

static void place(const struct bench *bench, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", bench->folder, name);
}

static uint64_t file_bytes(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static int compare_rates(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Median rate of the rounds. `share`: slow ones ask fewer. */
static double measure(struct bench *bench, size_t share,
                      void (*look_up)(struct bench *bench, void *store, size_t asked), void *store)
{
    double rates[ROUNDS];
    size_t asked = bench->asked / share;

    for (size_t i = 0; i < bench->rounds; i++) {
        double began = now_s();

        bench->found = 0;
        look_up(bench, store, asked);
        rates[i] = (double)asked / (now_s() - began);
        if (bench->found != (asked + 1) / 2)
            die("a lookup", "answered wrongly");
    }
    qsort(rates, bench->rounds, sizeof(rates[0]), compare_rates);
    return rates[bench->rounds / 2];
}

/* ---- the hash index ---- */

static void put(FILE *file, const void *data, size_t size)
{
    if (fwrite(data, 1, size, file) != size)
        die("writing", strerror(errno));
}

static void put_number(FILE *file, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i);

        put(file, &byte, 1);
    }
}

static void write_index(const struct bench *bench, const char *path)
{
    struct hash_index_layout layout = hash_index_layout(bench->count, 1);
    FILE *file = fopen(path, "wb");
    size_t record = 0;

    if (file == NULL)
        die(path, strerror(errno));
    put(file, HASH_INDEX_MAGIC, 8);
    put_number(file, HASH_INDEX_VERSION, 4);
    put_number(file, KEY_BYTES, 1);
    put_number(file, 1, 1);
    put_number(file, layout.prefix_bits, 1);
    put_number(file, 0, 1);
    put_number(file, bench->count, 8);
    put_number(file, HASH_INDEX_HEADER, 8);
    put_number(file, layout.table_bytes, 8);
    put_number(file, layout.records_offset, 8);
    put_number(file, layout.records_bytes, 8);
    put_number(file, 0, 8);
    for (uint64_t prefix = 0; prefix <= UINT64_C(1) << layout.prefix_bits; prefix++) {
        while (record < bench->count &&
               hash_index_prefix(bench->keys[record], layout.prefix_bits) < prefix)
            record++;
        put_number(file, record, 4);
    }
    for (uint64_t at = HASH_INDEX_HEADER + layout.table_bytes; at < layout.records_offset; at++)
        put_number(file, 0, 1);
    for (size_t i = 0; i < bench->count; i++) {
        put(file, bench->keys[i], KEY_BYTES);
        put_number(file, i % 3, 1);
    }
    if (fclose(file) != 0)
        die(path, strerror(errno));
}

static void index_one_by_one(struct bench *bench, void *store, size_t asked)
{
    uint32_t record;

    for (size_t i = 0; i < asked; i++)
        bench->found += hash_index_find(store, bench->queries[i], &record);
}

static void index_batches(struct bench *bench, void *store, size_t asked)
{
    uint32_t records[BATCH];

    for (size_t i = 0; i < asked; i += BATCH) {
        size_t count = asked - i < BATCH ? asked - i : BATCH;

        hash_index_find_many(store, (const uint8_t(*)[KEY_BYTES])bench->queries + i, count,
                             records);
        for (size_t j = 0; j < count; j++)
            bench->found += records[j] != HASH_INDEX_NONE;
    }
}

static void bench_index(struct bench *bench, struct result *single, struct result *batched)
{
    char path[512];
    struct hash_index *index;
    struct error err = {0};
    uint32_t record;
    double began;
    long before;
    int fd;

    place(bench, "index", path, sizeof(path));
    write_index(bench, path);
    before = private_kib();
    began = now_s();
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || hash_index_open(fd, file_bytes(path), &index, &err) < 0 ||
        hash_index_validate(index, 2, NULL, NULL, &err) < 0)
        die(path, err.words);
    close(fd);
    (void)hash_index_find(index, bench->queries[0], &record);
    single->ready_s = now_s() - began;
    single->bytes = file_bytes(path);
    single->rate = measure(bench, 1, index_one_by_one, index);
    single->memory_kib = private_kib() - before;
    *batched = *single;
    batched->rate = measure(bench, 1, index_batches, index);
    single->name = "hash index, one by one";
    batched->name = "hash index, 256 at once";
    hash_index_close(index);
}

/* ---- SQLite ---- */

static void check_sqlite(sqlite3 *db, int code)
{
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        die("SQLite", sqlite3_errmsg(db));
}

static void fill_sqlite(const struct bench *bench, const char *path)
{
    sqlite3_stmt *insert;
    sqlite3 *db;

    check_sqlite(NULL, sqlite3_open(path, &db));
    check_sqlite(db, sqlite3_exec(db,
                                  "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF;"
                                  "CREATE TABLE keys(key BLOB PRIMARY KEY, value INTEGER) "
                                  "WITHOUT ROWID; BEGIN",
                                  NULL, NULL, NULL));
    check_sqlite(db, sqlite3_prepare_v2(db, "INSERT INTO keys VALUES(?1, ?2)", -1, &insert, NULL));
    for (size_t i = 0; i < bench->count; i++) {
        sqlite3_bind_blob(insert, 1, bench->keys[i], KEY_BYTES, SQLITE_STATIC);
        sqlite3_bind_int(insert, 2, (int)(i % 3));
        check_sqlite(db, sqlite3_step(insert));
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    check_sqlite(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
    sqlite3_close(db);
}

static int ask_sqlite(sqlite3_stmt *query, const uint8_t *key)
{
    int found;

    sqlite3_bind_blob(query, 1, key, KEY_BYTES, SQLITE_STATIC);
    found = sqlite3_step(query) == SQLITE_ROW;
    sqlite3_reset(query);
    return found;
}

static void sqlite_lookups(struct bench *bench, void *store, size_t asked)
{
    for (size_t i = 0; i < asked; i++)
        bench->found += (size_t)ask_sqlite(store, bench->queries[i]);
}

static void bench_sqlite(struct bench *bench, struct result *result)
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *query;
    double began;
    long before;

    place(bench, "sqlite", path, sizeof(path));
    fill_sqlite(bench, path);
    before = private_kib();
    began = now_s();
    check_sqlite(NULL, sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL));
    check_sqlite(db, sqlite3_exec(db, "PRAGMA mmap_size=4294967296; BEGIN", NULL, NULL, NULL));
    check_sqlite(db,
                 sqlite3_prepare_v2(db, "SELECT value FROM keys WHERE key=?1", -1, &query, NULL));
    (void)ask_sqlite(query, bench->queries[0]);
    result->ready_s = now_s() - began;
    result->name = "SQLite, mapped, one BEGIN";
    result->bytes = file_bytes(path);
    result->rate = measure(bench, 8, sqlite_lookups, query);
    result->memory_kib = private_kib() - before;
    sqlite3_finalize(query);
    sqlite3_close(db);
}

/* ---- LMDB ---- */

struct lmdb {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
};

static void check_lmdb(int code)
{
    if (code != 0)
        die("LMDB", mdb_strerror(code));
}

static void open_lmdb(const char *path, unsigned flags, struct lmdb *lmdb)
{
    check_lmdb(mdb_env_create(&lmdb->env));
    check_lmdb(mdb_env_set_mapsize(lmdb->env, (size_t)8 << 30));
    check_lmdb(mdb_env_open(lmdb->env, path, MDB_NOSUBDIR | MDB_NOLOCK | flags, 0600));
    check_lmdb(mdb_txn_begin(lmdb->env, NULL, flags & MDB_RDONLY, &lmdb->txn));
    check_lmdb(mdb_dbi_open(lmdb->txn, NULL, 0, &lmdb->dbi));
}

static void fill_lmdb(const struct bench *bench, const char *path)
{
    struct lmdb lmdb;

    open_lmdb(path, MDB_NOSYNC, &lmdb);
    for (size_t i = 0; i < bench->count; i++) {
        uint8_t value = (uint8_t)(i % 3);
        MDB_val key = {KEY_BYTES, bench->keys[i]}, data = {1, &value};

        check_lmdb(mdb_put(lmdb.txn, lmdb.dbi, &key, &data, MDB_APPEND));
    }
    check_lmdb(mdb_txn_commit(lmdb.txn));
    mdb_env_close(lmdb.env);
}

static void lmdb_lookups(struct bench *bench, void *store, size_t asked)
{
    struct lmdb *lmdb = store;

    for (size_t i = 0; i < asked; i++) {
        MDB_val key = {KEY_BYTES, bench->queries[i]}, data;

        bench->found += mdb_get(lmdb->txn, lmdb->dbi, &key, &data) == 0;
    }
}

static void bench_lmdb(struct bench *bench, struct result *result)
{
    char path[512];
    MDB_val key = {KEY_BYTES, bench->queries[0]}, data;
    struct lmdb lmdb;
    double began;
    long before;

    place(bench, "lmdb", path, sizeof(path));
    fill_lmdb(bench, path);
    before = private_kib();
    began = now_s();
    open_lmdb(path, MDB_RDONLY, &lmdb);
    (void)mdb_get(lmdb.txn, lmdb.dbi, &key, &data);
    result->ready_s = now_s() - began;
    result->name = "LMDB";
    result->bytes = file_bytes(path);
    result->rate = measure(bench, 4, lmdb_lookups, &lmdb);
    result->memory_kib = private_kib() - before;
    mdb_txn_abort(lmdb.txn);
    mdb_env_close(lmdb.env);
}

static void print(const struct bench *bench, const struct result *results, size_t count)
{
    const struct result *base = &results[2];

    printf("%zu keys, %zu lookups a round, half of them misses, medians of %zu rounds\n\n",
           bench->count, bench->asked, bench->rounds);
    printf("%-26s %10s %9s %9s %11s %11s\n", "", "lookups/s", "x SQLite", "file MiB", "ready s",
           "private MiB");
    for (size_t i = 0; i < count; i++)
        printf("%-26s %8.2f M %9.1f %9.0f %11.4f %11.1f\n", results[i].name, results[i].rate / 1e6,
               results[i].rate / base->rate, (double)results[i].bytes / (1024 * 1024),
               results[i].ready_s, (double)results[i].memory_kib / 1024);
}

/* The keys as a publisher's list, unsorted. */
static void print_list(size_t count)
{
    static const char *const verdicts[] = {"neutral", "good", "bad"};
    uint64_t state = 1;
    sha256_key key;
    char hex[2 * KEY_BYTES + 1];

    for (size_t i = 0; i < count; i++) {
        make_key(&state, key);
        text_hex(key, KEY_BYTES, hex);
        printf("%s,%s,\n", hex, verdicts[i % 3]);
    }
}

int main(int argc, char **argv)
{
    struct bench bench = {.count = argc > 1 ? strtoul(argv[1], NULL, 10) : 5000000,
                          .rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 5};
    const char *top = getenv("TMPDIR");
    struct result results[4] = {{NULL}};
    static const char *const files[] = {"index", "sqlite", "lmdb"};
    char path[512];

    if (argc == 3 && strcmp(argv[1], "list") == 0) {
        print_list(strtoul(argv[2], NULL, 10));
        return 0;
    }
    if (bench.count == 0 || bench.count > HASH_INDEX_RECORDS || bench.rounds == 0 ||
        bench.rounds > ROUNDS)
        die("usage", "reputation [KEYS [ROUNDS]] | reputation list KEYS");
    bench.asked = 4000000;
    snprintf(bench.folder, sizeof(bench.folder), "%s/sallyport-bench.XXXXXX",
             top != NULL ? top : "/tmp");
    if (mkdtemp(bench.folder) == NULL)
        die(bench.folder, strerror(errno));
    make_keys(&bench);
    bench_index(&bench, &results[0], &results[1]);
    bench_sqlite(&bench, &results[2]);
    bench_lmdb(&bench, &results[3]);
    print(&bench, results, sizeof(results) / sizeof(results[0]));
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        place(&bench, files[i], path, sizeof(path));
        (void)unlink(path);
    }
    (void)rmdir(bench.folder);
    free(bench.keys);
    free(bench.queries);
    return 0;
}
