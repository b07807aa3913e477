/* SPDX-License-Identifier: ISC
 *
 * Imports through the real verify, intake, readers and drivers of the build folder.
 */
#include "tests/agent/endpoint.h"

#include <unistd.h>

#include "agent/audit.h"
#include "agent/partial.h"
#include "agent/staging.h"
#include "agent/state-recipe.h"
#include "media/base/instant.h"
#include "media/base/log.h"

static void content_travels_from_the_medium_into_service(void **state)
{
    assert_import("active", true);
    assert_string_equal(text("code"), "ok");
    assert_string_equal(package_text("null", "result"), "active");
    assert_string_equal(package_text("flags-supplement", "result"), "active");
    assert_true(active_issue("null") > 0);
    assert_true(floor_number("type:null") == active_issue("null"));
    assert_true(floor_number("ring:" MEDIUM_RING) > 0);
    assert_true(is_there("content/null/current"));
    assert_true(end.steps >= 5);
    assert_last_record("import", "ok");
}

static void the_same_again_is_already_current_and_changes_nothing(void **state)
{
    assert_import("active", true);
    assert_import("current", false);
    assert_string_equal(package_text("null", "result"), "current");
    close_endpoint();
    open_endpoint();
    assert_import("current", false);
}

static int64_t count_records(const char *what)
{
    json_t *records;
    struct error err = {0};
    int64_t count = 0;
    size_t i;
    json_t *row;

    assert_ok(audit_list(end.state, 0, AUDIT_PAGE, &records, &err), &err);
    json_array_foreach(records, i, row)
    {
        count += strcmp(json_string_value(json_object_get(row, "what")), what) == 0;
    }
    json_decref(records);
    return count;
}

static void sign_reset(const char *endpoint, const char *subject, int64_t time_us, uint64_t number)
{
    struct root_document *root = &end.medium->root;
    struct root_floor_reset *reset;

    if (root->resets == NULL)
        root->resets = bytes_allocate(4, sizeof(*root->resets));
    reset = &root->resets[root->reset_count++];
    *reset = (struct root_floor_reset){.time_us = time_us, .number = number};
    snprintf(reset->endpoint, sizeof(reset->endpoint), "%s", endpoint);
    snprintf(reset->subject, sizeof(reset->subject), "%s", subject);
}

static void raise_out_of_reach(const char *subject)
{
    struct floor floor = {
        .present = true, .time_us = instant_clock() + INSTANT_HOUR_US, .number = 1000000};
    struct error err = {0};

    memset(floor.digest, 1, DIGEST_BYTES);
    assert_ok(state_raise_floor(end.state, subject, &floor, &err), &err);
}

/* Signed in a root document that is new here, for us: down, with a record, once. */
static void a_signed_reset_takes_floors_down_once(void **state)
{
    char ring[] = "ring:" MEDIUM_RING;
    struct root_document *root = &end.medium->root;

    assert_import("active", true);
    raise_out_of_reach(ring);
    raise_out_of_reach("type:null");
    next_medium("2", null_issue() + 1, "file", "second");
    assert_import_refused(ERROR_ROLLBACK);
    sign_reset("somebody-else", ring, 1, 1);
    sign_reset("somebody-else", "type:null", 1, 1);
    medium_write_root(end.medium);
    next_medium("3", null_issue() + 1, "file", "third");
    assert_import_refused(ERROR_ROLLBACK);
    root->reset_count = 0;
    sign_reset("*", ring, 1, 1);
    sign_reset("*", "type:null", 1, 1);
    medium_write_root(end.medium);
    root->reset_count = 0;
    next_medium("4", null_issue() + 1, "file", "fourth");
    assert_import("active", true);
    assert_int_equal(floor_number("type:null"), null_issue());
    assert_int_equal(count_records("floor.reset"), 2);
    /* The document is known now: what it said was for once. */
    raise_out_of_reach(ring);
    next_medium("5", null_issue() + 1, "file", "fifth");
    assert_import_refused(ERROR_ROLLBACK);
    assert_int_equal(count_records("floor.reset"), 2);
}

static void a_dry_run_says_the_plan_and_writes_one_record(void **state)
{
    struct error err = {0};
    uint64_t records = audit_records();

    assert_ok(run_import(true, &err), &err);
    assert_string_equal(text("result"), "planned");
    assert_string_equal(package_text("null", "result"), "planned");
    assert_true(json_integer_value(json_object_get(end.reply, "needed_bytes")) > 0);
    assert_int_equal(audit_records(), records + 1);
    assert_last_record("import.dry-run", "ok");
    assert_int_equal(floor_number("ring:" MEDIUM_RING), 0);
    assert_int_equal(active_issue("null"), 0);
}

static void a_newer_set_replaces_and_an_older_one_is_refused(void **state)
{
    char old[VOLUME_NAME_BYTES], new[VOLUME_NAME_BYTES];
    uint64_t sequence = end.medium->set->sequence, issue = null_issue();

    assert_import("active", true);
    next_medium("2", issue + 1, "file", "second");
    assert_import("active", true);
    assert_int_equal(active_issue("null"), issue + 1);
    assert_string_equal(package_text("flags-supplement", "result"), "current");
    /* The same medium without its newest set is the older one. */
    medium_path(VOLUME_SET, MEDIUM_RING, sequence - 1, NULL, old);
    medium_path(VOLUME_SET, MEDIUM_RING, sequence, NULL, new);
    medium_remove(end.medium, new);
    medium_write_export(end.medium);
    assert_import_refused(ERROR_ROLLBACK);
    assert_int_equal(active_issue("null"), issue + 1);
    assert_int_equal(floor_number("ring:" MEDIUM_RING), sequence);
    assert_last_record("refuse", "rollback");
    shows_case("B1");
}

static void a_program_that_ends_in_the_middle_leaves_everything_as_it_was(void **state)
{
    static const char *const programs[] = {"sallyport-intake", "sallyport-verify",
                                           "sallyport-reader-dir"};
    struct error err = {0};

    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        replace_program(programs[i], "/bin/true");
        assert_true(run_import(false, &err) < 0);
        assert_int_equal(floor_number("ring:" MEDIUM_RING), 0);
        assert_int_equal(active_issue("null"), 0);
        assert_true(is_there("staging"));
        assert_false(is_there("content/null"));
        assert_last_record("import", error_name(err.code));
    }
}

#define LONG_NAMES 31
#define LONG_BYTES (10 * 250)

/* A large file goes by another name, among files whose names are long. */
static void the_longest_names_are_asked_for_like_others(void **state)
{
    static char names[LONG_NAMES][LONG_BYTES + 1];
    static uint8_t large[64 * KIB];
    struct medium_file files[LONG_NAMES + 1] = {{"old", large, sizeof(large)}};
    uint64_t issue;

    for (size_t i = 0; i < LONG_NAMES; i++) {
        for (size_t j = 0; j < LONG_BYTES; j++)
            names[i][j] = j % 250 == 249 ? '/' : (char)('a' + i % 26);
        names[i][LONG_BYTES - 1] = (char)('a' + i / 26);
        files[i + 1] = (struct medium_file){names[i], "x", 1};
    }
    scratch_noise(large, sizeof(large), 3);
    assert_import("active", true);
    issue = null_issue();
    medium_add_package(end.medium, "null", "2", issue + 1, files, LONG_NAMES + 1, NULL);
    medium_write_set(end.medium);
    medium_write_export(end.medium);
    assert_import("active", true);
    files[0].name = "new";
    medium_add_package(end.medium, "null", "3", issue + 2, files, LONG_NAMES + 1, NULL);
    medium_write_set(end.medium);
    medium_write_export(end.medium);
    assert_import("active", true);
    assert_true(json_integer_value(json_object_get(end.reply, "built_bytes")) > 0);
}

static const struct set_package *null_row(void)
{
    const struct set_document *set = end.medium->set;

    for (size_t i = 0; i < set->package_count; i++) {
        if (strcmp(set->packages[i].type, "null") == 0)
            return &set->packages[i];
    }
    fail_msg("no package of type null");
    return NULL;
}

static int64_t needed_bytes(void)
{
    struct error err = {0};

    assert_ok(run_import(true, &err), &err);
    return json_integer_value(json_object_get(end.reply, "needed_bytes"));
}

/* Another version with a file that stays, of 1 MiB. */
static void add_version(uint64_t issue, const char *words)
{
    static uint8_t large[MIB];
    const struct medium_file files[] = {{"changes", words, strlen(words)},
                                        {"stays", large, sizeof(large)}};

    scratch_noise(large, sizeof(large), 7);
    medium_add_package(end.medium, "null", words, issue, files, 2, NULL);
    medium_write_set(end.medium);
    medium_write_export(end.medium);
}

static void files_that_stay_need_no_space_where_they_are_linked(void **state)
{
    struct state_package package = {.issue = 1};
    struct error err = {0};
    uint64_t issue;
    bool present;

    assert_import("active", true);
    issue = null_issue();
    add_version(issue + 1, "one");
    assert_true(needed_bytes() > (int64_t)MIB);
    assert_import("active", true);
    add_version(issue + 2, "two");
    if (staging_links(end.state))
        assert_in_range(needed_bytes(), 1, MIB - 1);
    /* What lies there of an earlier import is gone on with. */
    snprintf(package.type, sizeof(package.type), "null");
    memcpy(package.id, null_row()->id, DIGEST_BYTES);
    assert_ok(partial_begin(end.state, &package, &err), &err);
    assert_ok(partial_note(end.state, package.id, 4 * KIB, "a medium that was pulled", &err), &err);
    assert_true(needed_bytes() > (int64_t)MIB);
    assert_ok(partial_end(end.state, package.id, &err), &err);
    /* And what is damaged is not built on. */
    assert_ok(state_package(end.state, "null", STATE_ACTIVE, &package, &present, &err), &err);
    assert_ok(state_damage(end.state, package.id, "null", "a flipped byte", &err), &err);
    assert_true(needed_bytes() > (int64_t)MIB);
}

static void take_over_intake(void)
{
    char top[4096], fake[5000];

    assert_non_null(realpath(getenv("TOP_BUILDDIR") != NULL ? getenv("TOP_BUILDDIR") : ".", top));
    snprintf(fake, sizeof(fake), "%s/tests/agent/fake-intake", top);
    replace_program("sallyport-intake", fake);
}

static void an_intake_that_breaks_the_protocol_ends_the_import(void **state)
{
    static const struct {
        const char *trick, *words;
    } rows[] = {
        {"tell-of-another", "a package that it was not asked for"},
        {"progress-on-another", "a package that it was not asked for"},
        {"tell-more-than-all", "more bytes than there can be"},
        {"keep-more-than-all", "more bytes than there can be"},
        {"read-more-than-all", "more bytes than there can be"},
        {"tell-for-ever", "its progress more than"},
        {"ask-for-ever", "more files than"},
    };
    uint64_t issue, last;

    assert_import("active", true);
    issue = null_issue();
    take_over_intake();
    last = active_issue("null");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};

        next_medium("2", issue + 1 + i, rows[i].trick, "x");
        assert_int_equal(run_import(false, &err), -(int)ERROR_PROTOCOL);
        assert_non_null(strstr(err.words, rows[i].words));
        assert_int_equal(active_issue("null"), last);
    }
}

/* What is the same in the base is linked while verify judges: a file that was put in its place before
 * is one too many. */
static void a_file_that_intake_added_beside_those_of_the_base_is_refused(void **state)
{
    uint64_t issue;

    assert_import("active", true);
    issue = null_issue();
    next_medium("2", issue + 1, "file", "words that stay");
    assert_import("active", true);
    take_over_intake();
    next_medium("3", issue + 2, "file", "words that stay");
    assert_import("partial", true);
    assert_string_equal(package_text("null", "code"), "unexpected-file");
    assert_int_equal(active_issue("null"), issue + 1);
}

static void a_program_that_is_absent_is_named(void **state)
{
    struct error err = {0};

    replace_program("sallyport-intake", NULL);
    assert_refused(run_import(false, &err), &err, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.words, "sallyport-intake"));
}

static void find_pack(char path[static VOLUME_NAME_BYTES])
{
    for (size_t i = 0; i < end.medium->export.file_count; i++) {
        const char *name = end.medium->export.files[i].path;

        if (strstr(name, "packs/") != NULL) {
            snprintf(path, VOLUME_NAME_BYTES, "%s%s",
                     strncmp(name, "sallyport/", 10) == 0 ? "" : "sallyport/", name);
            return;
        }
    }
    fail_msg("no pack on the medium");
}

/* One byte of every frame: tar entries are a block of header, then bytes to the next block; the last
 * one is the index. */
static void flip_frames(struct bytes *pack)
{
    size_t frame = 0;

    for (size_t at = 0; at + 1024 <= pack->size;) {
        size_t size = strtoul((const char *)pack->data + at + 124, NULL, 8);

        if (pack->data[at + 156] == '0' && size > 0) {
            if (frame != 0)
                pack->data[frame] ^= 1;
            frame = at + 512;
        }
        at += 512 + (size + 511) / 512 * 512;
    }
}

static void a_flipped_byte_in_a_pack_is_refused_and_leaves_everything(void **state)
{
    char path[VOLUME_NAME_BYTES];
    struct bytes pack;

    find_pack(path);
    pack = medium_read(end.medium, path);
    flip_frames(&pack);
    medium_write(end.medium, path, pack.data, pack.size);
    bytes_clear(&pack);
    assert_import_refused(ERROR_BAD_DIGEST);
    assert_int_equal(active_issue("null"), 0);
    assert_int_equal(active_issue("flags-supplement"), 0);
    assert_int_equal(floor_number("ring:" MEDIUM_RING), 0);
}

static void a_flipped_byte_in_the_set_is_refused(void **state)
{
    char path[VOLUME_NAME_BYTES];
    struct bytes set;
    struct error err = {0};
    uint64_t records = audit_records();

    medium_path(VOLUME_SET, MEDIUM_RING, end.medium->set->sequence - 1, NULL, path);
    set = medium_read(end.medium, path);
    set.data[set.size / 2] ^= 1;
    medium_write(end.medium, path, set.data, set.size);
    bytes_clear(&set);
    assert_true(run_import(false, &err) < 0);
    assert_int_equal(error_row(err.code)->exit_status, 20);
    assert_int_equal(active_issue("null"), 0);
    assert_int_equal(floor_number("ring:" MEDIUM_RING), 0);
    assert_int_equal(audit_records(), records + 1);
}

static void a_pack_that_is_absent_is_a_missing_volume(void **state)
{
    char path[VOLUME_NAME_BYTES];

    find_pack(path);
    medium_remove(end.medium, path);
    assert_import_refused(ERROR_VOLUME_MISSING);
    assert_int_equal(floor_number("ring:" MEDIUM_RING), 0);
}

static void what_is_no_medium_says_so(void **state)
{
    const struct import_request folder = {.source = "/proc", .who = "uid 1000"};
    const struct import_request absent = {.source = "/nonexistent", .who = "uid 1000"};
    const struct import_request file = {.source = "/etc/passwd", .who = "uid 1000"};
    struct error err = {0};
    json_t *reply;

    assert_refused(import_run(&end.import, &folder, &reply, &err), &err, ERROR_NOT_A_MEDIUM);
    assert_refused(import_run(&end.import, &absent, &reply, &err), &err, ERROR_NOT_FOUND);
    assert_refused(import_run(&end.import, &file, &reply, &err), &err, ERROR_NOT_A_MEDIUM);
}

static void only_the_wanted_type_is_taken(void **state)
{
    const char only[1][LIMIT_NAME_BYTES + 1] = {"null"};
    const struct import_request request = {
        .source = end.medium->path, .who = "uid 1000", .only_count = 1, .only = only};
    struct error err = {0};

    assert_ok(import_run(&end.import, &request, &end.reply, &err), &err);
    assert_string_equal(text("result"), "partial");
    assert_string_equal(package_text("null", "result"), "active");
    assert_string_equal(package_text("flags-supplement", "result"), "partial");
    assert_int_equal(active_issue("flags-supplement"), 0);
    assert_import("active", true);
    assert_true(active_issue("flags-supplement") > 0);
}

static void an_endpoint_that_was_never_enrolled_imports_nothing(void **state)
{
    const struct import_request request = {.source = end.medium->path, .who = "uid 1000"};
    struct error err = {0};
    json_t *reply;

    assert_ok(db_run(state_db(end.state), "DELETE FROM enrolment", &err), &err);
    assert_refused(import_run(&end.import, &request, &reply, &err), &err, ERROR_NOT_ENROLLED);
}

static bool is_ailing(const char *type)
{
    struct error why, err = {0};
    bool ailing;

    assert_ok(state_ailment(end.state, type, &why, &ailing, &err), &err);
    return ailing;
}

static void restart(void)
{
    close_endpoint();
    open_endpoint();
}

static void content_that_is_gone_ails_until_it_is_loaded_again(void **state)
{
    struct state_package package;
    struct error err = {0};
    char place[400], away[400], id[DIGEST_TEXT_BYTES];
    bool present;

    assert_import("active", true);
    assert_ok(state_package(end.state, "null", STATE_ACTIVE, &package, &present, &err), &err);
    snprintf(place, sizeof(place), "%s/content/null/%s", end.folder, digest_text(package.id, id));
    snprintf(away, sizeof(away), "%s/away", ((struct scratch *)end.scratch)->path);
    assert_int_equal(rename(place, away), 0);
    restart();
    assert_true(is_ailing("null"));
    /* The medium has it, but it is not loaded. */
    assert_import("current", false);
    assert_true(is_ailing("null"));
    assert_int_equal(rename(away, place), 0);
    restart();
    assert_false(is_ailing("null"));
}

static void inspect_judges_and_changes_nothing(void **state)
{
    const struct import_request request = {
        .source = end.medium->path, .who = "uid 1000", .inspect = true};
    uint64_t records = audit_records();
    struct error err = {0};

    assert_ok(import_inspect(&end.import, &request, &end.reply, &err), &err);
    assert_string_equal(text("schema"), "sallyport.inspect/1");
    assert_string_equal(text("code"), "ok");
    assert_non_null(json_object_get(json_object_get(end.reply, "plan"), "set"));
    assert_int_equal(audit_records(), records);
    assert_int_equal(floor_number("ring:" MEDIUM_RING), 0);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(content_travels_from_the_medium_into_service),
        ROW(the_same_again_is_already_current_and_changes_nothing),
        ROW(a_signed_reset_takes_floors_down_once),
        ROW(a_dry_run_says_the_plan_and_writes_one_record),
        ROW(a_newer_set_replaces_and_an_older_one_is_refused),
        ROW(a_program_that_ends_in_the_middle_leaves_everything_as_it_was),
        ROW(the_longest_names_are_asked_for_like_others),
        ROW(files_that_stay_need_no_space_where_they_are_linked),
        ROW(an_intake_that_breaks_the_protocol_ends_the_import),
        ROW(a_file_that_intake_added_beside_those_of_the_base_is_refused),
        ROW(a_program_that_is_absent_is_named),
        ROW(a_flipped_byte_in_a_pack_is_refused_and_leaves_everything),
        ROW(a_flipped_byte_in_the_set_is_refused),
        ROW(a_pack_that_is_absent_is_a_missing_volume),
        ROW(what_is_no_medium_says_so),
        ROW(only_the_wanted_type_is_taken),
        ROW(an_endpoint_that_was_never_enrolled_imports_nothing),
        ROW(content_that_is_gone_ails_until_it_is_loaded_again),
        ROW(inspect_judges_and_changes_nothing),
    };

    log_open("test-import", STDERR_FILENO, LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
