/* SPDX-License-Identifier: ISC
 *
 * Content in service, with real drivers: refused, crashing, waiting for a wave, on probation,
 * withdrawn; and flags.
 */
#include "tests/agent/endpoint.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "agent/flag.h"
#include "agent/probation.h"
#include "agent/rollout.h"
#include "agent/wave-turn.h"
#include "media/base/instant.h"
#include "media/base/log.h"

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
    shows_case("G4");
}

/* Everybody, but only after an hour. */
static void delay_waves(void)
{
    struct set_document *set = end.medium->set;

    set->wave_count = 1;
    snprintf(set->waves[0].type, sizeof(set->waves[0].type), "default");
    set->waves[0].plan =
        (struct wave_plan){.count = 1, .waves = {{.percent = 100, .delay_s = 3600}}};
}

static void content_waits_for_its_wave_with_its_floor_raised(void **state)
{
    const struct activate activate = {end.state, end.drivers, "timer"};
    uint64_t issue = null_issue();
    struct error err = {0};
    int64_t next_us, now_us = instant_clock();

    assert_import("active", true);
    delay_waves();
    next_medium("2", issue + 1, "file", "second");
    assert_import("staged", true);
    assert_string_equal(package_text("null", "result"), "staged");
    assert_int_equal(active_issue("null"), issue);
    assert_int_equal(floor_number("type:null"), issue + 1);
    assert_import("current", false);
    assert_ok(rollout_run(&activate, now_us, NULL, NULL, &next_us, &err), &err);
    assert_in_range(next_us - now_us, 3500 * INSTANT_SECOND_US, 3700 * INSTANT_SECOND_US);
    assert_int_equal(active_issue("null"), issue);
    close_endpoint();
    open_endpoint();
    assert_int_equal(active_issue("null"), issue);
    assert_ok(rollout_run(&(struct activate){end.state, end.drivers, "timer"}, next_us, NULL, NULL,
                          &next_us, &err),
              &err);
    assert_int_equal(next_us, 0);
    assert_int_equal(active_issue("null"), issue + 1);
}

static void content_that_waits_is_held_against_its_driver_at_once(void **state)
{
    uint64_t issue = null_issue();

    assert_import("active", true);
    delay_waves();
    next_medium("2", issue + 1, "refuse", "no good");
    assert_import("partial", true);
    assert_string_equal(package_text("null", "code"), "driver-refused");
    assert_int_equal(active_issue("null"), issue);
}

static void a_missing_driver_holds_its_type_only(void **state)
{
    struct error why, err = {0};
    bool ailing;

    replace_program("sallyport-driver-null", NULL);
    assert_import("partial", true);
    assert_string_equal(package_text("flags-supplement", "result"), "active");
    assert_string_equal(package_text("null", "code"), "driver-missing");
    assert_ok(state_ailment(end.state, "null", &why, &ailing, &err), &err);
    assert_true(ailing);
}

/* Number of a child whose command name is that; 0: none. */
static pid_t find_child(const char *name)
{
    char path[64], line[256];
    FILE *children;
    long pid;
    pid_t found = 0;

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    children = fopen(path, "re");
    if (children == NULL)
        return -1;
    while (found == 0 && fscanf(children, "%ld", &pid) == 1) {
        FILE *command;

        snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
        command = fopen(path, "re");
        line[0] = '\0';
        if (command != NULL && fgets(line, sizeof(line), command) != NULL &&
            strstr(line, name) != NULL)
            found = (pid_t)pid;
        if (command != NULL)
            fclose(command);
    }
    fclose(children);
    return found;
}

/* Kills the null driver and waits until the host can see it. */
static void kill_driver(void)
{
    struct pollfd fds[DRIVER_HOST_FDS];
    pid_t pid = find_child("sallyport-driver-null");
    size_t count;
    bool ended = false;

    if (pid < 0)
        skip();
    assert_true(pid > 0);
    assert_int_equal(kill(pid, SIGKILL), 0);
    while (!ended) {
        count = driver_host_watch(end.drivers, fds);
        assert_true(poll(fds, count, -1) > 0);
        for (size_t i = 0; i < count; i += 3)
            ended = ended || fds[i].revents != 0;
    }
}

static void a_driver_that_ends_is_started_again_and_too_often_put_back(void **state)
{
    const struct activate activate = {end.state, end.drivers, "timer"};
    uint64_t issue = null_issue();
    struct error why, err = {0};
    bool ailing;

    assert_import("active", true);
    next_medium("2", issue + 1, "file", "second");
    assert_import("active", true);
    for (int i = 0; i < 2; i++) {
        kill_driver();
        assert_ok(probation_turn(&activate, &err), &err);
        assert_int_equal(active_issue("null"), issue + 1);
    }
    kill_driver();
    assert_ok(probation_turn(&activate, &err), &err);
    assert_int_equal(active_issue("null"), issue);
    assert_int_equal(floor_number("type:null"), issue + 1);
    assert_ok(state_ailment(end.state, "null", &why, &ailing, &err), &err);
    assert_true(ailing);
    assert_int_equal(why.code, ERROR_DRIVER_FAILED);
    assert_true(find_child("sallyport-driver-null") > 0);
    assert_import("partial", false);
    assert_string_equal(package_text("null", "code"), "quarantined");
    shows_case("G4");
}

/* Twice is enough here; and ends that lie further apart than the window are no reason. */
static void how_often_is_too_often_is_configured(void **state)
{
    const struct activate activate = {end.state, end.drivers, "timer"};
    struct config_driver *limits = &end.config.drivers[0];
    uint64_t issue = null_issue();
    struct error err = {0};

    *limits = (struct config_driver){.family = "null", .ends = CONFIG_ENDS_MAX, .window_s = 600};
    end.config.driver_count = 1;
    assert_import("active", true);
    next_medium("2", issue + 1, "file", "second");
    assert_import("active", true);
    for (int i = 0; i < 4; i++) {
        kill_driver();
        assert_ok(probation_turn(&activate, &err), &err);
        assert_int_equal(active_issue("null"), issue + 1);
    }
    limits->ends = 2;
    kill_driver();
    assert_ok(probation_turn(&activate, &err), &err);
    assert_int_equal(active_issue("null"), issue);
    end.config.driver_count = 0;
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

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(content_that_its_driver_refuses_leaves_the_one_before),
        ROW(content_that_crashes_its_driver_leaves_the_one_before),
        ROW(content_waits_for_its_wave_with_its_floor_raised),
        ROW(content_that_waits_is_held_against_its_driver_at_once),
        ROW(a_missing_driver_holds_its_type_only),
        ROW(a_driver_that_ends_is_started_again_and_too_often_put_back),
        ROW(how_often_is_too_often_is_configured),
        ROW(withdrawn_content_gives_way_to_the_one_before_and_then_to_its_reissue),
        ROW(a_flag_is_what_supplement_and_set_make_of_it),
        ROW(a_set_counts_although_its_only_package_is_quarantined),
        ROW(sets_that_follow_do_not_put_off_what_waits),
        ROW(what_waits_for_its_wave_heals_nothing),
    };

    log_open("test-service", STDERR_FILENO, LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
