/* SPDX-License-Identifier: ISC
 *
 * What an import that did not finish leaves, and how long it may stay.
 */
#include "tests/agent/endpoint.h"

#include <sys/stat.h>
#include <unistd.h>

#include "agent/partial.h"
#include "agent/staging.h"
#include "media/base/instant.h"
#include "media/base/path.h"

static struct state_package make_package(const char *type, uint64_t issue)
{
    struct state_package package = {.issue = issue, .time_us = 1, .files = 1, .bytes = 1000};

    snprintf(package.type, sizeof(package.type), "%s", type);
    snprintf(package.version, sizeof(package.version), "%lu", (unsigned long)issue);
    memset(package.id, (int)issue, DIGEST_BYTES);
    return package;
}

static const char *place_of(const struct state_package *package, char out[static 200])
{
    char id[DIGEST_TEXT_BYTES];

    snprintf(out, 200, "staging/%s", digest_text(package->id, id));
    return out;
}

static void begin(const struct state_package *package)
{
    struct error err = {0};
    char place[200];

    assert_ok(partial_begin(end.state, package, &err), &err);
    assert_int_equal(mkdirat(state_folder(end.state), place_of(package, place), 0700), 0);
}

static void sweep(void)
{
    struct error err = {0};

    assert_ok(partial_sweep(end.state, &err), &err);
}

static bool waits(const struct state_package *package)
{
    char place[200];

    return is_there(place_of(package, place));
}

static void run(const char *sql)
{
    struct error err = {0};

    assert_ok(db_run(state_db(end.state), sql, &err), &err);
}

static void a_folder_with_a_row_stays_and_another_goes(void **state)
{
    struct state_package kept = make_package("behavior", 3), debris = make_package("esh", 4);
    struct error err = {0};
    uint64_t held;
    json_t *list;

    begin(&kept);
    begin(&debris);
    assert_ok(partial_note(end.state, kept.id, 512, "volume 2 is needed", &err), &err);
    assert_ok(partial_end(end.state, debris.id, &err), &err);
    close_endpoint();
    open_endpoint(); /* recovery sweeps */
    assert_true(waits(&kept));
    assert_false(waits(&debris));
    assert_ok(partial_begin(end.state, &kept, &err), &err);
    assert_ok(partial_held(end.state, kept.id, &held, &err), &err);
    assert_int_equal(held, 512);
    assert_ok(partial_list(end.state, &list, &err), &err);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "words")),
                        "volume 2 is needed");
    json_decref(list);
}

/* Each of these ends it. */
static void what_no_import_will_complete_goes(void **state)
{
    static const char *const ends[] = {
        "UPDATE partials SET seen_us = 0",
        "INSERT INTO withdrawn SELECT id, 'bad', '', 0, 0 FROM partials",
        "INSERT INTO quarantine SELECT id, type, 'bad-content', '', 0 FROM partials",
        "INSERT INTO floors SELECT 'type:' || type, 1, issue, zeroblob(48) FROM partials",
        "INSERT INTO floors SELECT 'type:' || type, 1, issue + 1, zeroblob(48) FROM partials",
        "INSERT INTO carried SELECT 'public', type, zeroblob(48), 'x', issue + 1 FROM partials",
        "INSERT INTO installed SELECT type, 'staged', id, version, issue,"
        " 1, 1, 1, '', 0, 0, 0, 0, '[]', id, 1"
        " FROM partials",
    };

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct state_package package = make_package("behavior", i + 1);

        begin(&package);
        sweep();
        assert_true(waits(&package));
        run(ends[i]);
        sweep();
        assert_false(waits(&package));
        run("DELETE FROM withdrawn; DELETE FROM quarantine; DELETE FROM floors;"
            " DELETE FROM carried; DELETE FROM installed");
    }
}

/* The same package again, and its own floor, end nothing. */
static void its_own_floor_and_place_in_the_set_keep_it(void **state)
{
    struct state_package package = make_package("behavior", 5);

    begin(&package);
    run("INSERT INTO floors SELECT 'type:' || type, 1, issue, id FROM partials;"
        "INSERT INTO carried SELECT 'public', type, id, version, issue FROM partials");
    sweep();
    assert_true(waits(&package));
}

static bool is_kept(void *context, const char *folder)
{
    const struct state_package *kept = context;
    char id[DIGEST_TEXT_BYTES];

    return strcmp(digest_text(kept->id, id), folder) == 0;
}

static void others_go_where_space_is_needed(void **state)
{
    struct state_package kept = make_package("behavior", 3), other = make_package("esh", 4);
    struct error err = {0};
    uint64_t held;

    begin(&kept);
    begin(&other);
    assert_ok(partial_note(end.state, kept.id, 512, "", &err), &err);
    assert_ok(partial_note(end.state, other.id, 1024, "", &err), &err);
    assert_ok(partial_end_others(end.state, is_kept, &kept, true, &held, &err), &err);
    assert_int_equal(held, 1024);
    assert_true(waits(&kept) && waits(&other));
    assert_ok(partial_end_others(end.state, is_kept, &kept, false, &held, &err), &err);
    assert_int_equal(held, 1024);
    assert_true(waits(&kept));
    assert_false(waits(&other));
}

static void give(int staging, bool *present, uint64_t *held)
{
    struct error err = {0};

    assert_ok(staging_give(staging, "p", NULL, present, held, &err), &err);
}

static void only_plain_files_are_handed_on(void **state)
{
    struct error err = {0};
    struct stat status;
    uint64_t held;
    bool present;
    int staging, fd;

    assert_ok(staging_open(end.state, &staging, &err), &err);
    give(staging, &present, &held);
    assert_false(present);
    assert_ok(path_make_folders(staging, "p/deep", 0700, &err), &err);
    assert_ok(path_open(staging, "p/deep/file", O_WRONLY | O_CREAT, 0400, &fd, &err), &err);
    assert_ok(path_write(fd, "words", 5, &err), &err);
    close(fd);
    assert_int_equal(symlinkat("/etc/passwd", staging, "p/link"), 0);
    assert_int_equal(mkfifoat(staging, "p/deep/fifo", 0600), 0);
    assert_int_equal(linkat(staging, "p/deep/file", staging, "p/twin", 0), 0);
    assert_ok(path_open(staging, "p/plain", O_WRONLY | O_CREAT, 0444, &fd, &err), &err);
    assert_ok(path_write(fd, "words", 5, &err), &err);
    assert_int_equal(fsync(fd), 0);
    close(fd);
    give(staging, &present, &held);
    assert_true(present);
    assert_true(held > 0);
    assert_int_equal(fstatat(staging, "p/plain", &status, 0), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(faccessat(staging, "p/link", F_OK, AT_SYMLINK_NOFOLLOW), -1);
    assert_int_equal(faccessat(staging, "p/deep/fifo", F_OK, 0), -1);
    /* Neither name of a file with two: the other may be anywhere. */
    assert_int_equal(fstatat(staging, "p/deep", &status, 0), 0);
    /* What is no folder at all is removed. */
    assert_ok(path_remove(staging, "p", &err), &err);
    assert_int_equal(symlinkat("/etc", staging, "p"), 0);
    give(staging, &present, &held);
    assert_false(present);
    assert_int_equal(faccessat(staging, "p", F_OK, AT_SYMLINK_NOFOLLOW), -1);
    close(staging);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest rows[] = {
        ROW(a_folder_with_a_row_stays_and_another_goes),
        ROW(what_no_import_will_complete_goes),
        ROW(its_own_floor_and_place_in_the_set_keep_it),
        ROW(others_go_where_space_is_needed),
        ROW(only_plain_files_are_handed_on),
    };

    return cmocka_run_group_tests_name("partial", rows, NULL, NULL);
}
