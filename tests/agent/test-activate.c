/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/stat.h>

#include "agent/activate.h"
#include "agent/audit.h"
#include "agent/rollout.h"
#include "agent/staging.h"
#include "tests/scratch.h"

static void *scratch;
static char folder[300];
static struct state *store;
static struct activate context;

static int open_state(void **state)
{
    struct error err = {0};

    if (scratch_open(&scratch) < 0)
        return -1;
    snprintf(folder, sizeof(folder), "%s/state", ((struct scratch *)scratch)->path);
    if (state_open(folder, "test", &store, &err) < 0)
        return -1;
    context = (struct activate){.state = store, .who = "test"};
    return 0;
}

static int close_state(void **state)
{
    state_close(store);
    return scratch_close(&scratch);
}

/* As a start after a cut. */
static void restart(void)
{
    struct error err = {0};

    state_close(store);
    assert_ok(state_open(folder, "test", &store, &err), &err);
    context.state = store;
    assert_ok(activate_recover(store, &err), &err);
}

static struct state_package make_package(const char *type, uint8_t number)
{
    struct state_package package = {.issue = number,
                                    .time_us = 1000 * number,
                                    .schema_low = 1,
                                    .schema_high = 1,
                                    .abi_low = 1,
                                    .abi_high = 1};

    snprintf(package.type, sizeof(package.type), "%s", type);
    snprintf(package.version, sizeof(package.version), "%u.0", number);
    memset(package.id, number, DIGEST_BYTES);
    return package;
}

static const char *place_of(const struct state_package *package)
{
    static char place[300];
    char id[DIGEST_TEXT_BYTES];

    snprintf(place, sizeof(place), "content/%s/%s", package->type, digest_text(package->id, id));
    return place;
}

/* Files in place, as verify left them. */
static void put_files(const struct state_package *package)
{
    char name[400];
    struct error err = {0};

    assert_ok(path_make_folders(state_folder(store), place_of(package), 0700, &err), &err);
    snprintf(name, sizeof(name), "state/%s/file", place_of(package));
    scratch_write(scratch, name, "content");
}

static bool is_there(const char *name)
{
    return faccessat(state_folder(store), name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void assert_link(const char *type, uint8_t number)
{
    char place[300], target[200] = "", expected[DIGEST_TEXT_BYTES];
    uint8_t id[DIGEST_BYTES];

    memset(id, number, sizeof(id));
    snprintf(place, sizeof(place), "content/%s/current", type);
    if (number == 0) {
        assert_false(is_there(place));
        return;
    }
    assert_true(readlinkat(state_folder(store), place, target, sizeof(target) - 1) > 0);
    assert_string_equal(target, digest_text(id, expected));
}

static void assert_slot(const char *type, enum state_slot slot, uint64_t issue)
{
    struct state_package package;
    struct error err = {0};
    bool present;

    assert_ok(state_package(store, type, slot, &package, &present, &err), &err);
    assert_int_equal(present ? package.issue : 0, issue);
}

static void stage(uint8_t number)
{
    struct state_package package = make_package("behavior", number);
    struct error err = {0};

    put_files(&package);
    assert_ok(activate_stage(&context, &package, &err), &err);
}

static void put(uint8_t number)
{
    struct error err = {0};

    stage(number);
    assert_ok(activate_type(&context, "behavior", &err), &err);
}

static void staging_raises_the_floor_and_activates_nothing(void **state)
{
    struct error err = {0};
    struct floor floor;

    stage(3);
    assert_ok(state_floor(store, "type:behavior", &floor, &err), &err);
    assert_int_equal(floor.number, 3);
    assert_slot("behavior", STATE_STAGED, 3);
    assert_slot("behavior", STATE_ACTIVE, 0);
    assert_link("behavior", 0);
}

static void a_package_below_the_floor_is_not_staged(void **state)
{
    struct state_package older = make_package("behavior", 2);
    struct error err = {0};

    put(3);
    put_files(&older);
    assert_refused(activate_stage(&context, &older, &err), &err, ERROR_ROLLBACK);
    assert_slot("behavior", STATE_STAGED, 0);
    assert_slot("behavior", STATE_ACTIVE, 3);
}

static void activation_switches_rows_and_link_and_keeps_the_one_before(void **state)
{
    struct state_package first = make_package("behavior", 1);
    uint8_t head[DIGEST_BYTES];
    struct error err = {0};
    uint64_t records;

    put(1);
    assert_link("behavior", 1);
    put(2);
    assert_link("behavior", 2);
    assert_slot("behavior", STATE_STAGED, 0);
    assert_slot("behavior", STATE_ACTIVE, 2);
    assert_slot("behavior", STATE_PREVIOUS, 1);
    assert_true(is_there(place_of(&first)));
    put(3);
    assert_false(is_there(place_of(&first)));
    assert_ok(audit_verify(store, &records, head, &err), &err);
    assert_int_equal(records, 6);
}

static void what_a_package_requires_must_be_active(void **state)
{
    struct state_package needy = make_package("behavior", 1);
    struct state_package needed = make_package("product-rules-feed", 4);
    struct error err = {0};

    needy.requirement_count = 1;
    snprintf(needy.requirements[0].type, sizeof(needy.requirements[0].type), "product-rules-feed");
    needy.requirements[0].issue = 4;
    put_files(&needy);
    put_files(&needed);
    assert_ok(activate_stage(&context, &needy, &err), &err);
    assert_refused(activate_type(&context, "behavior", &err), &err, ERROR_REQUIRES);
    assert_link("behavior", 0);
    assert_ok(activate_stage(&context, &needed, &err), &err);
    assert_refused(activate_type(&context, "behavior", &err), &err, ERROR_REQUIRES);
    assert_ok(activate_type(&context, "product-rules-feed", &err), &err);
    assert_ok(activate_type(&context, "behavior", &err), &err);
    shows_case("C4");
}

static void a_withdrawn_package_is_not_activated(void **state)
{
    struct state_package package = make_package("behavior", 1);
    struct error err = {0};

    stage(1);
    assert_ok(state_add_withdrawn(store, package.id, "false alarms", "", false, &err), &err);
    assert_refused(activate_type(&context, "behavior", &err), &err, ERROR_WITHDRAWN);
    assert_link("behavior", 0);
}

static void giving_up_leaves_what_was_in_service_and_is_not_tried_again(void **state)
{
    struct error why = {.code = ERROR_DRIVER_REFUSED, .words = "rule 7"};
    struct state_package second = make_package("behavior", 2);
    struct error back, err = {0};
    bool quarantined, ailing;

    put(1);
    stage(2);
    assert_ok(activate_give_up(&context, "behavior", &why, &err), &err);
    assert_link("behavior", 1);
    assert_slot("behavior", STATE_ACTIVE, 1);
    assert_slot("behavior", STATE_STAGED, 0);
    assert_false(is_there(place_of(&second)));
    assert_ok(state_quarantined(store, second.id, &quarantined, &err), &err);
    assert_true(quarantined);
    assert_ok(state_ailment(store, "behavior", &back, &ailing, &err), &err);
    assert_true(ailing);
    put(3);
    assert_ok(state_ailment(store, "behavior", &back, &ailing, &err), &err);
    assert_false(ailing);
}

static void a_missing_driver_is_not_the_contents_fault(void **state)
{
    struct error why = {.code = ERROR_DRIVER_MISSING, .words = "none"};
    struct state_package package = make_package("behavior", 1);
    struct error err = {0};
    bool quarantined;

    stage(1);
    assert_ok(activate_give_up(&context, "behavior", &why, &err), &err);
    assert_ok(state_quarantined(store, package.id, &quarantined, &err), &err);
    assert_false(quarantined);
    shows_case("C4");
}

static void a_return_brings_the_one_before_and_leaves_the_floor(void **state)
{
    struct error why = {.code = ERROR_WITHDRAWN, .words = "bad"};
    struct error err = {0};
    struct floor floor;

    put(1);
    put(2);
    assert_ok(activate_return(&context, "behavior", &why, false, &err), &err);
    assert_link("behavior", 1);
    assert_slot("behavior", STATE_ACTIVE, 1);
    assert_slot("behavior", STATE_PREVIOUS, 0);
    assert_ok(state_floor(store, "type:behavior", &floor, &err), &err);
    assert_int_equal(floor.number, 2);
    shows_case("G10");
}

/* Rules "behavior" that are built on product rules of that issue, in service. */
static void put_building(uint8_t number, uint64_t on)
{
    struct state_package package = make_package("behavior", number);
    struct error err = {0};

    package.requirement_count = 1;
    snprintf(package.requirements[0].type, sizeof(package.requirements[0].type),
             "product-rules-feed");
    package.requirements[0].issue = on;
    put_files(&package);
    assert_ok(activate_stage(&context, &package, &err), &err);
    assert_ok(activate_type(&context, "behavior", &err), &err);
}

static void put_product_rules(uint8_t number)
{
    struct state_package package = make_package("product-rules-feed", number);
    struct error err = {0};

    put_files(&package);
    assert_ok(activate_stage(&context, &package, &err), &err);
    assert_ok(activate_type(&context, "product-rules-feed", &err), &err);
}

static void what_builds_on_it_returns_with_it(void **state)
{
    struct error why = {.code = ERROR_DRIVER_FAILED, .words = "bad"}, told, err = {0};
    bool ailing;

    put_product_rules(1);
    put_building(1, 1);
    put_product_rules(2);
    put_building(2, 2);
    assert_ok(activate_return(&context, "product-rules-feed", &why, false, &err), &err);
    assert_slot("product-rules-feed", STATE_ACTIVE, 1);
    assert_slot("behavior", STATE_ACTIVE, 1);
    assert_link("behavior", 1);
    assert_ok(state_ailment(store, "behavior", &told, &ailing, &err), &err);
    assert_true(ailing);
    assert_int_equal(told.code, ERROR_REQUIRES);
}

static void what_builds_on_the_one_before_stays(void **state)
{
    struct error why = {.code = ERROR_DRIVER_FAILED, .words = "bad"}, err = {0};

    put_product_rules(1);
    put_building(1, 1);
    put_building(2, 1);
    put_product_rules(2);
    assert_ok(activate_return(&context, "product-rules-feed", &why, false, &err), &err);
    assert_slot("product-rules-feed", STATE_ACTIVE, 1);
    assert_slot("behavior", STATE_ACTIVE, 2);
}

/* Nothing to go back to that could be used: it stays, and health says what it lacks. */
static void one_before_that_lacks_as_much_is_not_returned_to(void **state)
{
    struct error why = {.code = ERROR_DRIVER_FAILED, .words = "bad"}, told, err = {0};
    bool ailing;

    put_product_rules(1);
    put_product_rules(2);
    put_building(1, 2);
    put_building(2, 2);
    assert_ok(activate_return(&context, "product-rules-feed", &why, false, &err), &err);
    assert_slot("behavior", STATE_ACTIVE, 2);
    assert_slot("behavior", STATE_PREVIOUS, 1);
    assert_ok(state_ailment(store, "behavior", &told, &ailing, &err), &err);
    assert_true(ailing);
    assert_int_equal(told.code, ERROR_REQUIRES);
}

static void with_nothing_before_harmful_content_is_unloaded_and_other_content_stays(void **state)
{
    struct error why = {.code = ERROR_WITHDRAWN, .words = "bad"};
    struct state_package first = make_package("behavior", 1);
    struct error err = {0};

    put(1);
    assert_refused(activate_return(&context, "behavior", &why, false, &err), &err, ERROR_NOT_FOUND);
    assert_link("behavior", 1);
    assert_ok(activate_return(&context, "behavior", &why, true, &err), &err);
    assert_link("behavior", 0);
    assert_slot("behavior", STATE_ACTIVE, 0);
    assert_false(is_there(place_of(&first)));
}

/* It waited for its wave; now it waits for nothing. */
static void what_waits_and_is_withdrawn_is_given_up(void **state)
{
    struct state_package package = make_package("behavior", 2), found;
    struct error err = {0}, why = {0};
    bool present, ailing;

    put(1);
    stage(2);
    assert_ok(rollout_withdrawn(&context, &err), &err);
    assert_ok(state_package(store, "behavior", STATE_STAGED, &found, &present, &err), &err);
    assert_true(present);
    assert_ok(state_add_withdrawn(store, package.id, "bad", "", false, &err), &err);
    assert_ok(rollout_withdrawn(&context, &err), &err);
    assert_ok(state_package(store, "behavior", STATE_STAGED, &found, &present, &err), &err);
    assert_false(present);
    assert_link("behavior", 1);
    assert_ok(state_ailment(store, "behavior", &why, &ailing, &err), &err);
    assert_true(ailing);
    assert_int_equal(why.code, ERROR_WITHDRAWN);
}

static void a_withdrawn_one_before_is_not_returned_to(void **state)
{
    struct error why = {.code = ERROR_WITHDRAWN, .words = "bad"};
    struct state_package first = make_package("behavior", 1);
    struct error err = {0};

    put(1);
    put(2);
    assert_ok(state_add_withdrawn(store, first.id, "bad too", "", true, &err), &err);
    assert_refused(activate_return(&context, "behavior", &why, false, &err), &err, ERROR_NOT_FOUND);
    assert_link("behavior", 2);
}

static void recovery_completes_a_link_that_was_not_switched(void **state)
{
    char target[DIGEST_TEXT_BYTES];
    uint8_t first[DIGEST_BYTES];

    put(1);
    put(2);
    memset(first, 1, sizeof(first));
    assert_int_equal(unlinkat(state_folder(store), "content/behavior/current", 0), 0);
    assert_int_equal(
        symlinkat(digest_text(first, target), state_folder(store), "content/behavior/current"), 0);
    restart();
    assert_link("behavior", 2);
}

static void recovery_removes_what_no_row_names(void **state)
{
    struct state_package stranger = make_package("behavior", 9);
    struct state_package other = make_package("esh", 9);

    put(1);
    put_files(&stranger);
    put_files(&other);
    assert_int_equal(symlinkat("nowhere", state_folder(store), "content/esh/current"), 0);
    assert_int_equal(mkdirat(state_folder(store), "staging/7", 0700), 0);
    restart();
    assert_link("behavior", 1);
    assert_link("esh", 0);
    assert_false(is_there(place_of(&stranger)));
    assert_false(is_there(place_of(&other)));
    assert_false(is_there("staging/7"));
    assert_true(is_there("staging"));
    shows_case("H12");
}

static void links_and_devices_are_not_taken_over_from_staging(void **state)
{
    struct error err = {0};
    int job;

    assert_ok(staging_open(store, &job, &err), &err);
    assert_int_equal(mkdirat(job, "p", 0700), 0);
    assert_int_equal(symlinkat("/etc/passwd", job, "p/link"), 0);
    assert_refused(staging_take_over(job, "p", 1, &err), &err, ERROR_UNEXPECTED_FILE);
    assert_int_equal(unlinkat(job, "p/link", 0), 0);
    assert_int_equal(mkfifoat(job, "p/fifo", 0600), 0);
    assert_refused(staging_take_over(job, "p", 1, &err), &err, ERROR_UNEXPECTED_FILE);
    close(job);
    shows_case("D5");
}

static void a_file_more_than_the_package_has_is_not_taken_over(void **state)
{
    struct error err = {0};
    struct stat status;
    int job;

    assert_ok(staging_open(store, &job, &err), &err);
    assert_int_equal(mkdirat(job, "p", 0700), 0);
    scratch_write(scratch, "state/staging/p/named", "named");
    assert_int_equal(fchmodat(job, "p/named", 0666, 0), 0);
    assert_ok(staging_take_over(job, "p", 1, &err), &err);
    assert_int_equal(fstatat(job, "p/named", &status, 0), 0);
    assert_int_equal(status.st_mode & 07777, 0400);
    assert_int_equal(mkdirat(job, "p/deep", 0700), 0);
    scratch_write(scratch, "state/staging/p/deep/stowaway", "never judged");
    assert_refused(staging_take_over(job, "p", 1, &err), &err, ERROR_UNEXPECTED_FILE);
    close(job);
}

static void a_staged_file_that_is_absent_is_left_to_verify_to_refuse(void **state)
{
    struct error err = {0};
    struct stat status;
    int job, fd;

    assert_ok(staging_open(store, &job, &err), &err);
    assert_int_equal(mkdirat(job, "p", 0700), 0);
    assert_ok(staging_open_file(job, "p", "absent", &fd, &err), &err);
    assert_int_equal(fstat(fd, &status), 0);
    assert_false(S_ISREG(status.st_mode));
    close(fd);
    assert_refused(staging_open_file(job, "p", "../../x", &fd, &err), &err, ERROR_PROTOCOL);
    close(job);
}

static void a_committed_package_lies_in_its_place(void **state)
{
    struct state_package package = make_package("behavior", 5);
    char id[DIGEST_TEXT_BYTES], place[400];
    struct error err = {0};
    int job;

    put_files(&package); /* what a cut left behind */
    assert_ok(staging_open(store, &job, &err), &err);
    assert_int_equal(mkdirat(job, "p", 0700), 0);
    scratch_write(scratch, "state/staging/p/new", "new");
    assert_ok(staging_take_over(job, "p", 1, &err), &err);
    assert_ok(staging_commit(store, job, "p", "behavior", digest_text(package.id, id), &err), &err);
    snprintf(place, sizeof(place), "%s/new", place_of(&package));
    assert_true(is_there(place));
    snprintf(place, sizeof(place), "%s/file", place_of(&package));
    assert_false(is_there(place));
    close(job);
}

static void files_are_linked_where_that_is_certain(void **state)
{
    assert_true(staging_links_on(EXT4_SUPER_MAGIC));
    assert_true(staging_links_on(TMPFS_MAGIC));
    assert_false(staging_links_on(MSDOS_SUPER_MAGIC));
    assert_false(staging_links_on(OVERLAYFS_SUPER_MAGIC));
}

static void more_space_than_there_is_is_refused_with_both_figures(void **state)
{
    struct error err = {0};

    struct staging_space space;

    assert_ok(staging_measure(store, 1, 1, 0, &space, &err), &err);
    assert_ok(staging_check_space(&space, "/here", &err), &err);
    assert_ok(staging_measure(store, UINT64_C(1) << 60, 1, 0, &space, &err), &err);
    assert_refused(staging_check_space(&space, "/here/staging", &err), &err, ERROR_NO_SPACE);
    assert_non_null(strstr(err.words, "KiB are free"));
    assert_non_null(strstr(err.words, "KiB are needed"));
    assert_non_null(strstr(err.words, "/here/staging"));
    /* What is held is not needed again. */
    assert_ok(staging_measure(store, UINT64_C(1) << 60, 1, UINT64_C(1) << 60, &space, &err), &err);
    assert_ok(staging_check_space(&space, "/here", &err), &err);
    assert_int_equal(space.held, UINT64_C(1) << 60);
    space.needed_files = space.free_files + 1;
    assert_refused(staging_check_space(&space, "/here", &err), &err, ERROR_NO_SPACE);
    assert_refused(staging_measure(store, UINT64_MAX, 2, 0, &space, &err), &err, ERROR_LIMIT);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, open_state, close_state)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(staging_raises_the_floor_and_activates_nothing),
        ROW(a_package_below_the_floor_is_not_staged),
        ROW(activation_switches_rows_and_link_and_keeps_the_one_before),
        ROW(what_a_package_requires_must_be_active),
        ROW(a_withdrawn_package_is_not_activated),
        ROW(giving_up_leaves_what_was_in_service_and_is_not_tried_again),
        ROW(a_missing_driver_is_not_the_contents_fault),
        ROW(a_return_brings_the_one_before_and_leaves_the_floor),
        ROW(what_builds_on_it_returns_with_it),
        ROW(what_builds_on_the_one_before_stays),
        ROW(one_before_that_lacks_as_much_is_not_returned_to),
        ROW(with_nothing_before_harmful_content_is_unloaded_and_other_content_stays),
        ROW(what_waits_and_is_withdrawn_is_given_up),
        ROW(a_withdrawn_one_before_is_not_returned_to),
        ROW(recovery_completes_a_link_that_was_not_switched),
        ROW(recovery_removes_what_no_row_names),
        ROW(links_and_devices_are_not_taken_over_from_staging),
        ROW(a_file_more_than_the_package_has_is_not_taken_over),
        ROW(a_staged_file_that_is_absent_is_left_to_verify_to_refuse),
        ROW(a_committed_package_lies_in_its_place),
        ROW(files_are_linked_where_that_is_certain),
        ROW(more_space_than_there_is_is_refused_with_both_figures),
    };

    return cmocka_run_group_tests_name("activate", tests, NULL, NULL);
}
