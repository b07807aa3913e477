/* SPDX-License-Identifier: ISC
 *
 * Accepted is not active: what waits for its wave says so, until the wave opens or an admin does not
 * wait for it.
 */
#include "tests/agent/endpoint.h"

#include <unistd.h>

#include "agent/rollout.h"
#include "media/base/instant.h"
#include "media/base/log.h"

#define HOUR_S 3600

/* A newer null package, that everybody takes in an hour. */
static void in_an_hour(void)
{
    assert_import("active", true);
    end.medium->set->waves[0].plan = (struct wave_plan){.count = 1, .waves = {{100, HOUR_S}}};
    next_medium("2", null_issue() + 1, "file", "second");
}

static struct activate activate(void)
{
    return (struct activate){.state = end.state, .host = end.drivers, .who = "uid 1000"};
}

static uint64_t staged_issue(const char *type)
{
    struct state_package package;
    struct error err = {0};
    bool present;

    assert_ok(state_package(end.state, type, STATE_STAGED, &package, &present, &err), &err);
    return present ? package.issue : 0;
}

static const json_t *wave_of(const char *type)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(end.reply, "packages"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "type")), type) == 0)
            return json_object_get(row, "wave");
    }
    return NULL;
}

static void what_is_staged_says_when_its_wave_opens(void **state)
{
    in_an_hour();
    assert_import("staged", true);
    assert_string_equal(text("code"), "ok");
    assert_non_null(strstr(text("words"), "accepted, not active: wave 1 of 1, opens 20"));
    assert_string_equal(package_text("null", "result"), "staged");
    assert_non_null(strstr(package_text("null", "words"), "wave 1 of 1"));
    assert_int_equal(json_integer_value(json_object_get(wave_of("null"), "of")), 1);
    assert_true(json_is_null(wave_of("flags-supplement")));
    assert_int_equal(active_issue("null"), 1);
    assert_int_equal(staged_issue("null"), 2);
    assert_int_equal(floor_number("type:null"), 2);
    /* The same again is no news, and it waits still. */
    assert_import("current", false);
    assert_non_null(strstr(text("words"), "accepted, not active"));
}

static void it_is_active_when_the_wave_has_opened(void **state)
{
    const struct activate work = activate();
    struct error err = {0};
    int64_t next_us, now_us = instant_clock();

    in_an_hour();
    assert_import("staged", true);
    assert_ok(rollout_run(&work, now_us, NULL, NULL, &next_us, &err), &err);
    assert_int_equal(active_issue("null"), 1);
    assert_true(next_us > now_us);
    assert_ok(rollout_run(&work, next_us, NULL, NULL, &next_us, &err), &err);
    assert_int_equal(active_issue("null"), 2);
    assert_int_equal(next_us, 0);
    assert_import("current", false);
}

static void an_admin_does_not_wait_and_is_on_record(void **state)
{
    const struct activate work = activate();
    struct state_package package;
    struct error err = {0};
    uint64_t records;

    in_an_hour();
    assert_import("staged", true);
    assert_refused(rollout_now(&work, true, "behavior", &package, &err), &err, ERROR_NOT_FOUND);
    assert_refused(rollout_now(&work, false, "null", &package, &err), &err, ERROR_BLOCKED);
    assert_non_null(strstr(err.words, "policy = emergency"));
    assert_last_record("activate-now", "blocked");
    assert_int_equal(active_issue("null"), 1);
    records = audit_records();
    assert_ok(rollout_now(&work, true, "null", &package, &err), &err);
    assert_int_equal(package.issue, 2);
    assert_int_equal(active_issue("null"), 2);
    assert_int_equal(staged_issue("null"), 0);
    assert_int_equal(audit_records(),
                     records + 2); /* that it was asked for, and that it was done */
    assert_refused(rollout_now(&work, true, "null", &package, &err), &err, ERROR_NOT_FOUND);
}

/* A wrong clock opens no wave: what is before the floor counts from the floor. */
static void a_clock_that_was_behind_opens_nothing(void **state)
{
    const struct activate work = activate();
    struct state_package package;
    struct error err = {0};
    struct state_set set;
    int64_t next_us;
    bool present;

    in_an_hour();
    assert_ok(
        state_raise_number(end.state, "newest_time", instant_clock() + 7 * INSTANT_DAY_US, &err),
        &err);
    assert_import("staged", true);
    assert_ok(state_set(end.state, MEDIUM_RING, &set, &present, &err), &err);
    assert_true(present && set.seen_us > instant_clock() + 6 * INSTANT_DAY_US);
    state_set_clear(&set);
    assert_ok(state_package(end.state, "null", STATE_STAGED, &package, &present, &err), &err);
    assert_true(present && package.at_us > instant_clock() + 6 * INSTANT_DAY_US);
    assert_ok(rollout_run(&work, instant_clock() + 7 * INSTANT_DAY_US, NULL, NULL, &next_us, &err),
              &err);
    assert_int_equal(active_issue("null"), 1);
}

/* A clock that was a year ahead when the set came must not hold its wave back for a year. */
static void a_clock_that_was_ahead_delays_nothing(void **state)
{
    const struct activate work = activate();
    struct error err = {0};
    int64_t next_us, now_us = instant_clock() - 365 * INSTANT_DAY_US;

    in_an_hour();
    assert_import("staged", true);
    assert_ok(rollout_run(&work, now_us, NULL, NULL, &next_us, &err), &err);
    assert_int_equal(next_us, now_us + HOUR_S * INSTANT_SECOND_US);
    assert_ok(rollout_run(&work, now_us + 60 * INSTANT_SECOND_US, NULL, NULL, &next_us, &err),
              &err);
    assert_int_equal(next_us, now_us + HOUR_S * INSTANT_SECOND_US);
    assert_int_equal(active_issue("null"), 1);
    assert_ok(rollout_run(&work, next_us, NULL, NULL, &next_us, &err), &err);
    assert_int_equal(active_issue("null"), 2);
}

/* What waits for a wave of one ring is not let loose by a move to another, whose set is not there. */
static void a_move_to_another_ring_opens_no_wave(void **state)
{
    const struct activate work = activate();
    struct bytes root;
    struct enrolment enrolment = {
        .root_count = 1, .roots = &root, .serial = {7}, .made_us = instant_clock()};
    struct error err = {0};
    int64_t next_us;
    uint64_t version;

    in_an_hour();
    assert_import("staged", true);
    snprintf(enrolment.endpoint, sizeof(enrolment.endpoint), "endpoint-1");
    snprintf(enrolment.ring, sizeof(enrolment.ring), MEDIUM_RING);
    assert_ok(state_newest_root(end.state, &version, &root, &err), &err);
    assert_ok(state_enrol(end.state, &enrolment, true, "uid 0", &err), &err);
    assert_int_equal(staged_issue("null"), 2); /* the ring is the same: it waits on */
    enrolment.serial[0]++;
    snprintf(enrolment.ring, sizeof(enrolment.ring), "slow");
    assert_ok(state_enrol(end.state, &enrolment, true, "uid 0", &err), &err);
    bytes_clear(&root);
    assert_int_equal(staged_issue("null"), 0);
    assert_ok(rollout_run(&work, instant_clock() + INSTANT_DAY_US, NULL, NULL, &next_us, &err),
              &err);
    assert_int_equal(active_issue("null"), 1);
    assert_int_equal(floor_number("type:null"), 2);
    /* Its files go at the next start. */
    close_endpoint();
    open_endpoint();
    assert_int_equal(active_issue("null"), 1);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(what_is_staged_says_when_its_wave_opens), ROW(it_is_active_when_the_wave_has_opened),
        ROW(an_admin_does_not_wait_and_is_on_record), ROW(a_clock_that_was_behind_opens_nothing),
        ROW(a_clock_that_was_ahead_delays_nothing),   ROW(a_move_to_another_ring_opens_no_wave),
    };

    log_open("test-import-waves", STDERR_FILENO, LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("import-waves", tests, NULL, NULL);
}
