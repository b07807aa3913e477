/* SPDX-License-Identifier: ISC
 *
 * Imports through the real verify, intake, readers and drivers of the build folder, from media that
 * our own writers make.
 */
#include "tests/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/activate.h"
#include "agent/audit.h"
#include "agent/flag.h"
#include "agent/import.h"
#include "agent/wave-turn.h"
#include "media/base/instant.h"
#include "media/base/log.h"
#include "tests/media/make-medium.h"

struct endpoint {
    struct medium *medium;
    void *scratch;
    char folder[300], libexec[4096];
    struct config config;
    struct state *state;
    struct driver_host *drivers;
    struct import import;
    unsigned steps;
    json_t *reply; /* of the last import */
};

static struct endpoint end;

static void count_step(void *context, const char *name, const char *words, uint64_t done,
                       uint64_t total)
{
    end.steps++;
}

static void open_endpoint(void)
{
    struct error err = {0};

    assert_ok(state_open(end.folder, "test", &end.state, &err), &err);
    assert_ok(activate_recover(end.state, &err), &err);
    end.drivers = driver_host_new(end.state, &end.config);
    assert_ok(driver_host_start(end.drivers, &err), &err);
    end.import = (struct import){
        .state = end.state, .config = &end.config, .drivers = end.drivers, .step = count_step};
}

static void close_endpoint(void)
{
    driver_host_free(end.drivers);
    state_close(end.state);
    end.drivers = NULL;
    end.state = NULL;
}

/* The programs lie in two folders of the build; on an endpoint they lie in one. */
static void link_programs(const char *top)
{
    static const char *const programs[] = {
        "agent/sallyport-verify", "agent/sallyport-intake", "agent/sallyport-reader-dir",
        "drivers/sallyport-driver-null", "drivers/sallyport-driver-flags"};
    char absolute[4096], from[5000], to[5000];

    assert_non_null(realpath(top, absolute));
    snprintf(end.libexec, sizeof(end.libexec), "%s/libexec", ((struct scratch *)end.scratch)->path);
    assert_int_equal(mkdir(end.libexec, 0755), 0);
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        snprintf(from, sizeof(from), "%s/%s", absolute, programs[i]);
        snprintf(to, sizeof(to), "%s%s", end.libexec, strrchr(programs[i], '/'));
        assert_int_equal(symlink(from, to), 0);
    }
}

static void enrol(bool test_endpoint)
{
    struct enrolment enrolment = {.test_endpoint = test_endpoint,
                                  .made_us = instant_clock(),
                                  .root_count = 1,
                                  .roots = &end.medium->root_p7m};
    struct error err = {0};

    snprintf(enrolment.endpoint, sizeof(enrolment.endpoint), "ws-07");
    snprintf(enrolment.ring, sizeof(enrolment.ring), MEDIUM_RING);
    assert_ok(state_enrol(end.state, &enrolment, false, "test", &err), &err);
}

static int set_up(void **state)
{
    const char *top = getenv("TOP_BUILDDIR");

    end = (struct endpoint){.steps = 0};
    end.medium = medium_small();
    if (scratch_open(&end.scratch) < 0)
        return -1;
    link_programs(top != NULL ? top : ".");
    snprintf(end.folder, sizeof(end.folder), "%s/state", ((struct scratch *)end.scratch)->path);
    end.config.libexec = end.libexec;
    open_endpoint();
    enrol(true);
    return 0;
}

static int tear_down(void **state)
{
    close_endpoint();
    json_decref(end.reply);
    medium_free(end.medium);
    return scratch_close(&end.scratch);
}

static int run_import(bool dry_run, struct error *err)
{
    const struct import_request request = {
        .source = end.medium->path, .who = "uid 1000", .dry_run = dry_run};

    json_decref(end.reply);
    end.reply = NULL;
    return import_run(&end.import, &request, &end.reply, err);
}

static const char *text(const char *key)
{
    const char *value = json_string_value(json_object_get(end.reply, key));

    return value != NULL ? value : "(null)";
}

static const char *package_text(const char *type, const char *key)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(end.reply, "packages"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "type")), type) == 0)
            return json_string_value(json_object_get(row, key));
    }
    return "(none)";
}

static void assert_import(const char *result, bool changed)
{
    struct error err = {0};

    assert_ok(run_import(false, &err), &err);
    assert_string_equal(text("result"), result);
    assert_int_equal(json_is_true(json_object_get(end.reply, "changed")), changed);
}

static void assert_import_refused(enum error_code code)
{
    struct error err = {0};

    assert_refused(run_import(false, &err), &err, code);
    assert_null(end.reply);
}

static uint64_t active_issue(const char *type)
{
    struct state_package package;
    struct error err = {0};
    bool present;

    assert_ok(state_package(end.state, type, STATE_ACTIVE, &package, &present, &err), &err);
    return present ? package.issue : 0;
}

static uint64_t floor_number(const char *subject)
{
    struct floor floor;
    struct error err = {0};

    assert_ok(state_floor(end.state, subject, &floor, &err), &err);
    return floor.present ? floor.number : 0;
}

static uint64_t audit_records(void)
{
    uint8_t head[DIGEST_BYTES];
    struct error err = {0};
    uint64_t records;

    assert_ok(audit_verify(end.state, &records, head, &err), &err);
    return records;
}

/* What the last audit record says. */
static void assert_last_record(const char *what, const char *code)
{
    struct error err = {0};
    json_t *list, *record;

    assert_ok(audit_list(end.state, audit_records() - 1, 1, &list, &err), &err);
    record = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(record, "what")), what);
    assert_string_equal(json_string_value(json_object_get(record, "code")), code);
    json_decref(list);
}

static bool is_there(const char *name)
{
    return faccessat(state_folder(end.state), name, F_OK, 0) == 0;
}

/* The next null package of the medium, in a new set. */
static void next_medium(const char *version, uint64_t issue, const char *file, const char *words)
{
    const struct medium_file files[] = {{file, words, strlen(words)}};

    medium_add_package(end.medium, "null", version, issue, files, 1, NULL);
    medium_write_set(end.medium);
    medium_write_export(end.medium);
}

static uint64_t null_issue(void)
{
    return end.medium->set->packages[1].issue;
}

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
}

static void content_that_its_driver_refuses_leaves_the_one_before(void **state)
{
    uint64_t issue = null_issue();
    struct error why, err = {0};
    bool ailing;

    assert_import("active", true);
    next_medium("2", issue + 1, "refuse", "no good");
    assert_import("partial", true);
    assert_string_equal(text("code"), "partial");
    assert_string_equal(package_text("null", "result"), "refused");
    assert_string_equal(package_text("null", "code"), "driver-refused");
    assert_string_equal(package_text("flags-supplement", "result"), "current");
    assert_int_equal(active_issue("null"), issue);
    assert_int_equal(floor_number("type:null"), issue + 1);
    assert_ok(state_ailment(end.state, "null", &why, &ailing, &err), &err);
    assert_true(ailing);
    assert_int_equal(why.code, ERROR_DRIVER_REFUSED);
    /* And it is not tried again, but a newer one is. */
    assert_import("partial", false);
    assert_string_equal(package_text("null", "code"), "quarantined");
    next_medium("3", issue + 2, "file", "good again");
    assert_import("active", true);
    assert_int_equal(active_issue("null"), issue + 2);
    assert_ok(state_ailment(end.state, "null", &why, &ailing, &err), &err);
    assert_false(ailing);
}

static void content_that_crashes_its_driver_leaves_the_one_before(void **state)
{
    uint64_t issue = null_issue();

    assert_import("active", true);
    next_medium("2", issue + 1, "crash", "");
    assert_import("partial", true);
    assert_string_equal(package_text("null", "code"), "driver-failed");
    assert_int_equal(active_issue("null"), issue);
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

/* A set that withdraws the null package in service and carries its re-issue. */
static void withdraw_second(uint64_t issue)
{
    const struct medium_file files[] = {{"file", "third", 5}};
    struct set_document *set = end.medium->set;

    set->withdrawn = bytes_allocate(1, sizeof(*set->withdrawn));
    memcpy(set->withdrawn->id, set->packages[1].id, DIGEST_BYTES);
    set->withdrawn->reason = bytes_copy_string("false alarms");
    set->withdrawn->link = bytes_copy_string("");
    set->withdrawn_count = 1;
    medium_add_package(end.medium, "null", "3", issue, files, 1, NULL);
    medium_write_set(end.medium);
    medium_write_export(end.medium);
}

static void withdrawn_content_gives_way_to_the_one_before_and_then_to_its_reissue(void **state)
{
    const char only[1][LIMIT_NAME_BYTES + 1] = {"flags-supplement"};
    const struct import_request without = {
        .source = end.medium->path, .who = "uid 1000", .only_count = 1, .only = only};
    uint64_t issue = null_issue();
    struct error why, err = {0};
    bool ailing;

    assert_import("active", true);
    next_medium("2", issue + 1, "file", "second");
    assert_import("active", true);
    withdraw_second(issue + 2);
    json_decref(end.reply);
    end.reply = NULL;
    assert_ok(import_run(&end.import, &without, &end.reply, &err), &err);
    assert_int_equal(active_issue("null"), issue);
    assert_int_equal(floor_number("type:null"), issue + 1);
    assert_ok(state_ailment(end.state, "null", &why, &ailing, &err), &err);
    assert_true(ailing);
    assert_int_equal(why.code, ERROR_WITHDRAWN);
    assert_import("active", true);
    assert_int_equal(active_issue("null"), issue + 2);
    assert_ok(state_ailment(end.state, "null", &why, &ailing, &err), &err);
    assert_false(ailing);
}

static void a_flag_is_what_supplement_and_set_make_of_it(void **state)
{
    struct error err = {0};
    json_t *reply;

    assert_ok(flag_ask(end.state, end.drivers, "", "source-schedule", &reply, &err), &err);
    assert_true(json_is_false(json_object_get(reply, "value"))); /* no service value: off */
    assert_string_equal(json_string_value(json_object_get(reply, "origin")), "compiled-in");
    json_decref(reply);
    assert_import("active", true);
    assert_ok(flag_ask(end.state, end.drivers, "", "source-schedule", &reply, &err), &err);
    assert_string_equal(json_string_value(json_object_get(reply, "origin")), "content");
    json_decref(reply);
}

/* What is held is this endpoint's own word on the package: the set says more than that. */
static void a_set_counts_although_its_only_package_is_quarantined(void **state)
{
    struct set_document *set = end.medium->set;
    uint64_t sequence;
    uint8_t id[DIGEST_BYTES] = {7};
    struct error err = {0};
    bool withdrawn, harmful;

    set->packages[0] = set->packages[1]; /* without flags */
    set->package_count = 1;
    next_medium("2", set->packages[0].issue + 1, "crash", "");
    assert_import_refused(ERROR_DRIVER_FAILED);
    sequence = set->sequence;
    set->withdrawn = bytes_allocate(1, sizeof(*set->withdrawn));
    memcpy(set->withdrawn->id, id, DIGEST_BYTES);
    set->withdrawn->reason = bytes_copy_string("false alarms");
    set->withdrawn->link = bytes_copy_string("");
    set->withdrawn_count = 1;
    medium_write_set(end.medium);
    medium_write_export(end.medium);
    assert_import_refused(ERROR_QUARANTINED);
    assert_int_equal(floor_number("ring:" MEDIUM_RING), sequence);
    assert_ok(state_withdrawn(end.state, id, &withdrawn, &harmful, NULL, 0, &err), &err);
    assert_true(withdrawn);
}

/* Everybody waits for a day. */
static void wait_a_day(struct set_document *set)
{
    struct wave_plan *plan = &set->waves[0].plan;

    plan->count = 1;
    plan->waves[0].percent = 100;
    plan->waves[0].delay_s = 24 * 3600;
}

static struct state_package staged_package(const char *type)
{
    struct state_package package;
    struct error err = {0};
    bool present;

    assert_ok(state_package(end.state, type, STATE_STAGED, &package, &present, &err), &err);
    assert_true(present);
    return package;
}

static void sets_that_follow_do_not_put_off_what_waits(void **state)
{
    struct state_package before, after;
    struct wave_turn first, second;
    struct state_set set;
    struct error err = {0};
    bool present;

    wait_a_day(end.medium->set);
    next_medium("2", null_issue() + 1, "file", "second");
    assert_import("staged", true);
    before = staged_package("null");
    assert_ok(state_set(end.state, MEDIUM_RING, &set, &present, &err), &err);
    assert_ok(wave_turn_of_staged(&set, "ws-07", &before, &first, &err), &err);
    state_set_clear(&set);
    medium_write_set(end.medium);
    medium_write_export(end.medium);
    assert_import("current", true);
    after = staged_package("null");
    assert_ok(state_set(end.state, MEDIUM_RING, &set, &present, &err), &err);
    set.seen_us += INSTANT_DAY_US; /* as if it had come a day later */
    assert_ok(wave_turn_of_staged(&set, "ws-07", &after, &second, &err), &err);
    state_set_clear(&set);
    assert_true(second.opens_us <= first.opens_us + INSTANT_SECOND_US);
}

static void what_waits_for_its_wave_heals_nothing(void **state)
{
    struct error why = {.code = ERROR_DRIVER_FAILED}, err = {0};
    bool ailing;

    assert_import("active", true);
    wait_a_day(end.medium->set);
    next_medium("2", null_issue() + 1, "file", "second");
    assert_import("staged", true);
    assert_ok(state_ail(end.state, "null", NULL, &why, &err), &err);
    assert_import("current", false);
    assert_ok(state_ailment(end.state, "null", &why, &ailing, &err), &err);
    assert_true(ailing);
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
        ROW(a_dry_run_says_the_plan_and_writes_one_record),
        ROW(a_newer_set_replaces_and_an_older_one_is_refused),
        ROW(content_that_its_driver_refuses_leaves_the_one_before),
        ROW(content_that_crashes_its_driver_leaves_the_one_before),
        ROW(a_flipped_byte_in_a_pack_is_refused_and_leaves_everything),
        ROW(a_flipped_byte_in_the_set_is_refused),
        ROW(a_pack_that_is_absent_is_a_missing_volume),
        ROW(what_is_no_medium_says_so),
        ROW(only_the_wanted_type_is_taken),
        ROW(an_endpoint_that_was_never_enrolled_imports_nothing),
        ROW(withdrawn_content_gives_way_to_the_one_before_and_then_to_its_reissue),
        ROW(a_flag_is_what_supplement_and_set_make_of_it),
        ROW(a_set_counts_although_its_only_package_is_quarantined),
        ROW(sets_that_follow_do_not_put_off_what_waits),
        ROW(what_waits_for_its_wave_heals_nothing),
        ROW(inspect_judges_and_changes_nothing),
    };

    log_open("test-import", STDERR_FILENO, LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
