/* SPDX-License-Identifier: ISC
 *
 * sallyport-compile as publish starts it: what each kind of source becomes, what is refused and in
 * which words, and that its sandbox holds. What it wrote is judged by the reader of the index.
 */
#include <config.h>

#include "tests/scratch.h"

#include <fcntl.h>
#include <sqlite3.h>

#include "drivers/hash-index.h"
#include "drivers/hash-names.h"
#include "drivers/reputation-key.h"
#include "media/base/compile-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/spawn.h"
#include "mirror/source-compile.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"
#define D "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

/* NSRL's own schema, as far as the view FILE needs it. */
#define NSRL_TABLES                                                                                \
    "CREATE TABLE PACKAGE_OBJECT (package_object_id INTEGER UNIQUE NOT NULL, "                     \
    "package_id INTEGER NOT NULL, object_id INTEGER UNIQUE NOT NULL);"                             \
    "CREATE TABLE METADATA (metadata_id NUMERIC UNIQUE NOT NULL, object_id INTEGER, "              \
    "file_name VARCHAR NOT NULL, extension VARCHAR DEFAULT '' NOT NULL, bytes INTEGER, "           \
    "sha256 VARCHAR NOT NULL);"                                                                    \
    "INSERT INTO PACKAGE_OBJECT VALUES (1, 7, 10), (2, 7, 11);"
#define NSRL_ROWS                                                                                  \
    "INSERT INTO METADATA VALUES (1, 10, 'ls', '', 5, '" A "'), (2, 11, 'cmd', 'exe', 6, '" B      \
    "'), "                                                                                         \
    "(3, 11, 'gone', '', 6, ''), (4, 10, 'a' || char(10), '', 6, '" D "');"
#define NSRL_VIEW                                                                                  \
    "CREATE VIEW FILE AS SELECT UPPER(md.sha256) AS sha256, CASE md.extension WHEN '' THEN "       \
    "md.file_name ELSE md.file_name||'.'||md.extension END AS file_name, md.bytes AS file_size, "  \
    "po.package_id FROM METADATA AS md, PACKAGE_OBJECT AS po WHERE md.object_id = po.object_id;"

struct source_file {
    const char *name, *text; /* of a .db: SQL that makes it */
};

static void make_database(const struct scratch *scratch, const char *name, const char *sql)
{
    char path[512];
    char *words = NULL;
    sqlite3 *db;

    snprintf(path, sizeof(path), "%s/source/%s", scratch->path, name);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &words) != SQLITE_OK)
        fail_msg("%s: %s", sql, words);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void put_sources(const struct scratch *scratch, const struct source_file *files)
{
    struct error err = {0};

    assert_ok(path_remove(scratch->fd, "source", &err), &err);
    assert_ok(path_remove(scratch->fd, "out", &err), &err);
    close(scratch_folder(scratch->fd, "source"));
    close(scratch_folder(scratch->fd, "out"));
    close(scratch_folder(scratch->fd, "work"));
    for (; files->name != NULL; files++) {
        char name[256];

        snprintf(name, sizeof(name), "source/%s", files->name);
        if (strstr(files->name, ".db") != NULL && strncmp(files->text, "CREATE", 6) == 0)
            make_database(scratch, files->name, files->text);
        else
            scratch_put(scratch->fd, name, files->text, strlen(files->text));
    }
}

static int compile(const struct scratch *scratch, json_t **counts, struct error *err)
{
    int source = scratch_folder(scratch->fd, "source");
    int work = scratch_folder(scratch->fd, "work");
    int out = scratch_folder(scratch->fd, "out");
    struct progress progress = {0};
    char libexec[512];
    int result;

    snprintf(libexec, sizeof(libexec), "%s/drivers/compile", getenv("TOP_BUILDDIR"));
    result = source_compile(libexec, content_type_find("local-rep-data"), source, work, out,
                            &progress, counts, err);
    close(source);
    close(work);
    close(out);
    return result;
}

static json_int_t counted(const json_t *counts, const char *list, const char *what)
{
    return json_integer_value(json_object_get(json_object_get(counts, list), what));
}

static struct hash_index *open_index(const struct scratch *scratch, const char *name)
{
    struct hash_index *index;
    struct error err = {0};
    uint64_t size;
    int fd;

    assert_ok(path_open_regular(scratch->fd, name, GIB, &fd, &size, &err), &err);
    assert_ok(hash_index_open(fd, size, &index, &err), &err);
    assert_ok(hash_index_validate(index, REPUTATION_VERDICTS - 1, NULL, NULL, &err), &err);
    close(fd);
    return index;
}

static struct hash_names *open_names(const struct scratch *scratch, const char *name,
                                     uint64_t records)
{
    struct hash_names *names;
    struct error err = {0};
    uint64_t size;
    int fd;

    assert_ok(path_open_regular(scratch->fd, name, GIB, &fd, &size, &err), &err);
    assert_ok(hash_names_open(fd, size, &names, &err), &err);
    assert_ok(hash_names_validate(names, records, NULL, NULL, &err), &err);
    close(fd);
    return names;
}

/* The verdict and the name ("" for none) of a key in what was written. */
static void assert_found(const struct hash_index *index, const struct hash_names *names,
                         const uint8_t *key, enum reputation_verdict verdict, const char *name)
{
    struct bytes_view found = {0};
    uint32_t record;

    assert_true(hash_index_find(index, key, &record));
    assert_int_equal(hash_index_value(index, record), verdict);
    assert_int_equal(names != NULL && hash_names_get(names, record, &found), name[0] != '\0');
    assert_true(bytes_equal(found, bytes_view_of(name, strlen(name))));
}

static void assert_file(const struct hash_index *index, const struct hash_names *names,
                        const char *hex, enum reputation_verdict verdict, const char *name)
{
    uint8_t key[HASH_INDEX_KEY_BYTES];

    assert_int_equal(reputation_file_key(bytes_view_of(hex, strlen(hex)), key), 0);
    assert_found(index, names, key, verdict, name);
}

static void every_kind_of_source_is_read(void **state)
{
    static const struct source_file files[] = {
        {"sha256.csv",
         "sha256,verdict,name\r\n" A ",good,\"say \"\"ls\"\", please\"\r\n" B ",neutral,"},
        {"signer.csv", "pkgkey:1F89983E0081FDE018F3CC9673A4F5C9B2B2A1B3,good,Debian\n"
                       "\"serial:CN=A, O=B;00a1\",bad,\n"},
        {"bad.hsb", "# from a feed\n" B ":68:Eicar\n" C ":*:Other:73:255\n"
                    "44d88612fea8a8f36de82e1278abb02f:68:Md5\n"},
        {"good.sfp", C ":1:harmless\n"},
        {"rds.db", NSRL_TABLES NSRL_ROWS NSRL_VIEW},
        {0},
    };
    struct scratch *scratch = *state;
    struct error err = {0};
    struct hash_index *index;
    struct hash_names *names;
    uint8_t key[HASH_INDEX_KEY_BYTES];
    json_t *counts;

    put_sources(scratch, files);
    assert_ok(compile(scratch, &counts, &err), &err);
    index = open_index(scratch, "out/sha256.idx");
    names = open_names(scratch, "out/sha256.names", hash_index_count(index));
    assert_int_equal(hash_index_count(index), 4);
    assert_file(index, names, A, REPUTATION_GOOD, "say \"ls\", please");
    assert_file(index, names, B, REPUTATION_BAD, "Eicar");
    assert_file(index, names, C, REPUTATION_BAD, "Other");
    assert_file(index, names, D, REPUTATION_NEUTRAL, "");
    hash_index_close(index);
    hash_names_close(names);
    index = open_index(scratch, "out/signer.idx");
    names = open_names(scratch, "out/signer.names", hash_index_count(index));
    assert_ok(reputation_signer_key(bytes_view_of("serial:CN=A, O=B;A1", 19), key, &err), &err);
    assert_found(index, names, key, REPUTATION_BAD, "");
    assert_ok(reputation_signer_key(
                  bytes_view_of("pkgkey:1f89983e0081fde018f3cc9673a4f5c9b2b2a1b3", 47), key, &err),
              &err);
    assert_found(index, names, key, REPUTATION_GOOD, "Debian");
    hash_index_close(index);
    hash_names_close(names);
    assert_int_equal(counted(counts, "sha256", "bad"), 2);
    assert_int_equal(counted(counts, "sha256", "good"), 1);
    assert_int_equal(counted(counts, "sha256", "neutral"), 1);
    assert_int_equal(counted(counts, "sha256", "merged"), 4);
    assert_int_equal(counted(counts, "signer", "bad"), 1);
    assert_int_equal(counted(counts, "signer", "good"), 1);
    assert_int_equal(counted(counts, "source", "left-out"), 2);
    assert_int_equal(counted(counts, "source", "unnamed"), 1);
    json_decref(counts);
}

/* What has neither signers nor names is no file of the content. */
static void empty_outputs_are_absent(void **state)
{
    static const struct source_file files[] = {{"sha256.csv", A ",good,\n"}, {0}};
    struct scratch *scratch = *state;
    struct error err = {0};
    json_t *counts;

    put_sources(scratch, files);
    assert_ok(compile(scratch, &counts, &err), &err);
    json_decref(counts);
    assert_int_equal(faccessat(scratch->fd, "out/sha256.idx", F_OK, 0), 0);
    assert_int_equal(faccessat(scratch->fd, "out/sha256.names", F_OK, 0), -1);
    assert_int_equal(faccessat(scratch->fd, "out/signer.idx", F_OK, 0), -1);
    assert_int_equal(faccessat(scratch->fd, "out/signer.names", F_OK, 0), -1);
}

struct refusal {
    struct source_file files[2];
    const char *words;
};

static const struct refusal refusals[] = {
    {{{"sha256.csv", ""}}, "sha256.csv: empty"},
    {{{"sha256.csv", "sha256,verdict,name\n"}}, "no key in the source"},
    {{{"bad.hsb", "44d88612fea8a8f36de82e1278abb02f:68:Md5\n"}}, "no key in the source: 1 rows"},
    {{{"sha256.csv", A ",good\n"}}, "sha256.csv:1: fields: expected three"},
    {{{"sha256.csv", A ",good,,\n"}}, "sha256.csv:1: fields: expected three"},
    {{{"sha256.csv", A ",good,\n\n"}}, "sha256.csv:2: line: empty"},
    {{{"sha256.csv", A ",good,\nsha256,verdict,name\n"}}, "sha256.csv:2: sha256: expected 64"},
    {{{"sha256.csv", A "a,good,\n"}}, "sha256.csv:1: sha256: expected 64"},
    {{{"sha256.csv", A ",Good,\n"}}, "sha256.csv:1: verdict: expected good, neutral or bad"},
    {{{"sha256.csv", A ",good,a\tb\n"}}, "sha256.csv:1: name: expected at most 255 bytes"},
    {{{"sha256.csv", A ",good,\"a\n"}}, "sha256.csv:1: quotes: no closing quote"},
    {{{"sha256.csv", A ",good,a\"b\n"}}, "sha256.csv:1: quotes: a quote inside a field"},
    {{{"sha256.csv", A ",good,\"a\"b\n"}}, "sha256.csv:1: quotes: expected a comma"},
    {{{"sha256.csv", "\xef\xbb\xbf" A ",good,\n"}}, "sha256.csv:1: encoding: begins with a byte"},
    {{{"sha256.csv", A ",good,\n" B ",good,\n" A ",bad,\n"}},
     "sha256.csv:3: verdict: bad, but the same key is good in line 1"},
    {{{"signer.csv", "spki:" A ",good,\nspki:" C "C,good,\n"}}, "signer.csv:2: spki: expected"},
    {{{"signer.csv", A ",good,\n"}}, "signer.csv:1: signer: expected spki:HEX"},
    {{{"x.hsb", A ":68\n"}}, "x.hsb:1: fields: expected HASH:SIZE:NAME"},
    {{{"x.hsb", A ":68:a:1:2:3\n"}}, "x.hsb:1: fields: expected HASH:SIZE:NAME"},
    {{{"x.hsb", A ":-1:a\n"}}, "x.hsb:1: size: expected"},
    {{{"x.hsb", A "::a\n"}}, "x.hsb:1: size: expected"},
    {{{"x.hsb", A ":1:\n"}}, "x.hsb:1: name: expected"},
    {{{"x.hsb", A ":1:a:b\n"}}, "x.hsb:1: level: expected a number"},
    {{{"x.sfp", "# ok\nabc:1:a\n"}}, "x.sfp:2: hash: expected the 64"},
    {{{"x.db", "this is no database\n"}}, "x.db: format: expected an SQLite database"},
    {{{"x.db", "CREATE TABLE OTHER (a);"}}, "x.db: SQLite: no such table: FILE"},
    {{{"x.db", "CREATE TABLE FILE (sha256, name);"}}, "x.db: SQLite: no such column: file_name"},
    {{{"x.db",
       "CREATE TABLE FILE (sha256, file_name); INSERT INTO FILE VALUES ('" A "', ''), (5, '');"}},
     "x.db:2: sha256: expected 64"},
    {{{"x.db",
       "CREATE TABLE t (a); PRAGMA journal_mode=wal; CREATE TABLE FILE (sha256, file_name);"}},
     "x.db: format: is in WAL mode"},
    {{{"x.db",
       "CREATE VIEW FILE AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
       "SELECT n AS sha256, n AS file_name FROM c;"}},
     "x.db: FILE: is recursive: expected columns of tables"},
    {{{"x.db", "CREATE VIEW FILE AS SELECT hex(zeroblob(900000)) AS sha256, 'a' AS file_name;"}},
     "x.db: FILE: calls hex(): expected"},
    {{{"x.db", "CREATE VIEW FILE AS SELECT sql AS sha256, name AS file_name FROM sqlite_master;"}},
     "x.db: FILE: reads sqlite_master"},
    {{{"x.db", "CREATE VIRTUAL TABLE FILE USING fts5(sha256, file_name);"}},
     "x.db: SQLite: no such module: fts5"},
    {{{"x.db",
       "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), "
       "(10); CREATE VIEW FILE AS SELECT 'x' AS sha256, 'a' AS file_name FROM t a, t b, t c, "
       "t d, t e, t f, t g, t h, t i, t j WHERE a.a + b.a + c.a + d.a + e.a + f.a + g.a = 0;"}},
     "x.db: FILE: more than 100000000 steps without a row"},
};

static void what_is_wrong_is_named(void **state)
{
    struct scratch *scratch = *state;

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct error err = {0};
        json_t *counts;

        put_sources(scratch, refusals[i].files);
        if (compile(scratch, &counts, &err) != -(int)ERROR_BAD_CONTENT ||
            strstr(err.words, refusals[i].words) == NULL)
            fail_msg("row %zu: %s: \"%s\", expected \"%s\"", i, error_name(err.code), err.words,
                     refusals[i].words);
        assert_null(counts);
    }
}

static void a_long_line_is_refused(void **state)
{
    struct source_file files[] = {{"sha256.csv", NULL}, {0}};
    char text[LIMIT_SOURCE_LINE + 3];
    struct scratch *scratch = *state;
    struct error err = {0};
    json_t *counts;

    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 2] = '\n';
    text[sizeof(text) - 1] = '\0';
    files[0].text = text;
    put_sources(scratch, files);
    assert_refused(compile(scratch, &counts, &err), &err, ERROR_BAD_CONTENT);
    assert_non_null(strstr(err.words, "sha256.csv:1: line: more than 4096 bytes"));
}

/* A trigger never runs, since nothing is changed; an index is one more way to the same rows. */
static void what_is_harmless_is_read(void **state)
{
    static const struct source_file files[] = {
        {"x.db", "CREATE TABLE FILE (sha256, file_name); CREATE TABLE t (a); "
                 "CREATE TRIGGER u AFTER INSERT ON t BEGIN DELETE FROM FILE; END; "
                 "CREATE UNIQUE INDEX i ON FILE (sha256, file_name); "
                 "INSERT INTO FILE VALUES ('" A "', 'a'), ('" C "', 'c');"},
        {0}};
    struct scratch *scratch = *state;
    struct error err = {0};
    json_t *counts;

    put_sources(scratch, files);
    assert_ok(compile(scratch, &counts, &err), &err);
    assert_int_equal(counted(counts, "sha256", "neutral"), 2);
    json_decref(counts);
}

/* Every page of a database in turn is lost: read as far as it goes or refused, never more. */
static void damaged_databases_are_refused(void **state)
{
    static const struct source_file files[] = {
        {"x.db",
         "CREATE TABLE FILE (sha256, file_name); WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL "
         "SELECT n + 1 FROM c WHERE n < 400) INSERT INTO FILE SELECT printf('%064x', n), "
         "printf('%0200d', n) FROM c;"},
        {0}};
    struct scratch *scratch = *state;
    unsigned refused = 0, pages = 0;
    struct bytes whole;
    struct error err = {0};
    json_t *counts;

    put_sources(scratch, files);
    assert_ok(path_read(scratch->fd, "source/x.db", MIB, &whole, &err), &err);
    scratch_put(scratch->fd, "source/x.db", whole.data, whole.size - 4096);
    assert_refused(compile(scratch, &counts, &err), &err, ERROR_BAD_CONTENT);
    assert_non_null(strstr(err.words, "x.db: size: "));
    for (size_t at = 4096; at < whole.size; at += 4096, pages++) {
        uint8_t page[4096];

        memcpy(page, whole.data + at, sizeof(page));
        scratch_noise(whole.data + at, sizeof(page), at);
        assert_ok(path_remove(scratch->fd, "out", &err), &err);
        scratch_put(scratch->fd, "source/x.db", whole.data, whole.size);
        if (compile(scratch, &counts, &err) < 0) {
            assert_int_equal(err.code, ERROR_BAD_CONTENT);
            assert_non_null(strstr(err.words, "integrity_check"));
            refused++;
        }
        json_decref(counts);
        memcpy(whole.data + at, page, sizeof(page));
    }
    assert_true(pages > 20 && refused == pages);
    bytes_clear(&whole);
}

/* The same files make the same bytes. */
static void bytes_are_reproduced(void **state)
{
    static const char *const names[] = {"out/sha256.idx", "out/sha256.names"};
    static const struct source_file files[] = {
        {"a.hsb", B ":*:b\n" A ":*:a\n"}, {"sha256.csv", C ",good,c\n" A ",good,other\n"}, {0}};
    struct scratch *scratch = *state;
    struct bytes first[2], second[2];
    struct error err = {0};

    for (unsigned round = 0; round < 2; round++) {
        struct bytes *kept = round == 0 ? first : second;
        json_t *counts;

        put_sources(scratch, files);
        assert_ok(compile(scratch, &counts, &err), &err);
        json_decref(counts);
        for (size_t i = 0; i < 2; i++)
            assert_ok(path_read(scratch->fd, names[i], MIB, &kept[i], &err), &err);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_true(bytes_equal(bytes_view(&first[i]), bytes_view(&second[i])));
        bytes_clear(&first[i]);
        bytes_clear(&second[i]);
    }
}

static void it_is_refused_everything_dangerous(void **state)
{
    static const char *const arguments[] = {COMPILE_PROGRAM, NULL};
    struct error err = {.code = ERROR_OK};
    json_t *body = json_object();
    char program[512];
    struct spawn spawn = {.program = program, .arguments = arguments};
    struct frame frame;
    struct child child;

    (void)state;
#ifndef WITH_SANDBOX
    json_decref(body);
    skip();
#endif
    snprintf(program, sizeof(program), "%s/drivers/compile/" COMPILE_PROGRAM,
             getenv("TOP_BUILDDIR"));
    assert_ok(spawn_with_socket(&spawn, &child, &err), &err);
    assert_ok(frame_send_json(child.socket, COMPILE_SELFTEST, body, NULL, 0, -1, &err), &err);
    json_decref(body);
    assert_ok(frame_receive(child.socket, COMPILE_MESSAGE, -1, &frame, &err), &err);
    if (frame.type != COMPILE_READY)
        fail_msg("%.*s", (int)frame.body.size, (const char *)frame.body.data);
    frame_clear(&frame);
    spawn_kill(&child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_of_source_is_read, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(empty_outputs_are_absent, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_named, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_long_line_is_refused, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(what_is_harmless_is_read, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(damaged_databases_are_refused, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(bytes_are_reproduced, scratch_open, scratch_close),
        cmocka_unit_test(it_is_refused_everything_dangerous),
    };

    json_object_seed(0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
