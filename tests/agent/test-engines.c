/* SPDX-License-Identifier: ISC
 *
 * What Engines says of a driver that runs, of one that ended, of one that holds nothing or is
 * switched off, and of what is in quarantine.
 */
#include "tests/agent/host-place.h"

#include <poll.h>
#include <signal.h>

#include "agent/activate.h"
#include "agent/engines.h"
#include "agent/probation.h"
#include "agent/setting.h"
#include "media/base/text.h"

#define FAMILY "behavior"

static int set_up(void **state)
{
    struct host_place *place = bytes_allocate(1, sizeof(*place));

    if (host_place_make(place) < 0)
        return -1;
    host_place_link(place, "tests/agent/fake-reader", "sallyport-driver-" FAMILY);
    host_place_start(place);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct host_place *place = *state;

    host_place_stop(place);
    host_place_remove(place);
    free(place);
    return 0;
}

static json_t *answer(struct host_place *place)
{
    const struct status_source source = {
        .state = place->state, .config = &place->config, .drivers = place->drivers};
    struct error err = {0};
    json_t *reply;

    assert_ok(engines_make(&source, &reply, &err), &err);
    assert_string_equal(json_string_value(json_object_get(reply, "schema")), "sallyport.engines/1");
    return reply;
}

/* The row of a family, a new reference; NULL: there is none. */
static json_t *engine(struct host_place *place, const char *family)
{
    json_t *reply = answer(place), *row, *found = NULL;
    size_t i;

    json_array_foreach(json_object_get(reply, "engines"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "family")), family) == 0)
            found = json_incref(row);
    }
    json_decref(reply);
    return found;
}

static const char *text(const json_t *row, const char *key)
{
    const char *value = json_string_value(json_object_get(row, key));

    return value != NULL ? value : "(null)";
}

static json_int_t number(const json_t *row, const char *key)
{
    return json_integer_value(json_object_get(row, key));
}

static void assert_says(struct host_place *place, const char *state, const char *health,
                        const char *code)
{
    json_t *row = engine(place, FAMILY);

    assert_non_null(row);
    assert_string_equal(text(row, "state"), state);
    assert_string_equal(text(row, "health"), health);
    assert_string_equal(text(row, "code"), code);
    json_decref(row);
}

static void install_text(struct host_place *place, const char *text)
{
    const struct host_file file = {"rules.lua", text, 1};
    struct error err = {0};

    assert_ok(host_place_put(place, FAMILY, &file, 1, &err), &err);
}

static void install_rules(struct host_place *place)
{
    install_text(place, "1");
}

/* The driver is killed, and the agent's loop notices. */
static void end_driver(struct host_place *place)
{
    const struct activate activate = {place->state, place->drivers, "timer"};
    struct pollfd fds[DRIVER_HOST_FDS];
    json_t *row = engine(place, FAMILY);
    struct error err = {0};

    assert_int_equal(driver_host_watch(place->drivers, fds), 3);
    assert_int_equal(kill((pid_t)number(row, "pid"), SIGKILL), 0);
    assert_true(poll(fds, 1, 5000) > 0);
    assert_ok(probation_turn(&activate, &err), &err);
    json_decref(row);
}

static void a_family_without_content_is_stopped(void **state)
{
    struct host_place *place = *state;
    json_t *row;

    assert_says(place, "stopped", "none", "ok");
    row = engine(place, FAMILY);
    assert_true(json_is_null(json_object_get(row, "pid")));
    assert_true(json_is_null(json_object_get(row, "memory_bytes")));
    assert_true(json_is_null(json_object_get(row, "started")));
    json_decref(row);
    assert_null(engine(place, "null"));
}

static void a_family_without_a_program_is_absent(void **state)
{
    json_t *row = engine(*state, "ips");

    assert_string_equal(text(row, "state"), "absent");
    assert_string_equal(text(row, "health"), "none");
    json_decref(row);
}

static void one_that_runs_says_what_it_takes(void **state)
{
    struct host_place *place = *state;
    json_t *row, *content;

    install_rules(place);
    assert_says(place, "running", "ok", "ok");
    row = engine(place, FAMILY);
    assert_true(number(row, "pid") > 1);
    assert_true(number(row, "memory_bytes") > 4096);
    assert_true(json_is_integer(json_object_get(row, "cpu_ms")));
    assert_true(json_is_null(json_object_get(row, "memory_limit_bytes")));
    assert_true(json_is_array(json_object_get(row, "rules")));
    assert_true(json_is_null(json_object_get(row, "events_per_second")));
    assert_int_equal(number(row, "restarts"), 0);
    assert_int_equal(number(row, "ends_limit"), 3);
    assert_int_equal(number(row, "window"), 600);
    assert_string_not_equal(text(row, "started"), "(null)");
    content = json_array_get(json_object_get(row, "contents"), 0);
    assert_string_equal(text(content, "type"), "behavior");
    assert_string_equal(text(content, "version"), "1");
    content = json_array_get(json_object_get(row, "contents"), 1);
    assert_string_equal(text(content, "type"), "product-rules-feed");
    assert_true(json_is_null(json_object_get(content, "version")));
    json_decref(row);
}

static void one_with_a_rule_that_is_off_warns(void **state)
{
    struct host_place *place = *state;
    json_t *row;

    install_text(place, "o");
    assert_says(place, "running", "warn", "rule-off");
    row = engine(place, FAMILY);
    assert_string_equal(text(row, "words"), "1 of 1 rules are off");
    json_decref(row);
}

static void one_that_ended_says_how(void **state)
{
    struct host_place *place = *state;
    json_t *row;

    install_rules(place);
    end_driver(place);
    assert_says(place, "running", "warn", "driver-failed");
    row = engine(place, FAMILY);
    assert_int_equal(number(row, "restarts"), 1);
    assert_int_equal(number(row, "ends"), 1);
    assert_non_null(strstr(text(row, "last_words"), "killed by signal 9"));
    assert_string_not_equal(text(row, "last_end"), "(null)");
    json_decref(row);
}

/* There is none before it: the family stays down, and says what is not tried again. */
static void one_that_ended_too_often_has_failed(void **state)
{
    struct host_place *place = *state;
    json_t *row, *quarantined;

    install_rules(place);
    for (int i = 0; i < 3; i++)
        end_driver(place);
    row = engine(place, FAMILY);
    assert_string_equal(text(row, "state"), "failed");
    assert_string_equal(text(row, "health"), "fail");
    assert_non_null(strstr(text(row, "words"), "too often"));
    assert_true(json_is_null(json_object_get(row, "pid")));
    quarantined = json_array_get(json_object_get(row, "quarantined"), 0);
    assert_string_equal(text(quarantined, "type"), "behavior");
    assert_string_equal(text(quarantined, "code"), "driver-failed");
    assert_int_equal(strlen(text(quarantined, "package")), 2 * DIGEST_BYTES);
    json_decref(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        ROW(a_family_without_content_is_stopped),
        ROW(a_family_without_a_program_is_absent),
        ROW(one_that_runs_says_what_it_takes),
        ROW(one_with_a_rule_that_is_off_warns),
        ROW(one_that_ended_says_how),
        ROW(one_that_ended_too_often_has_failed),
#undef ROW
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
