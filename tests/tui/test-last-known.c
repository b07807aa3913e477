/* SPDX-License-Identifier: ISC
 *
 * What the console keeps for the day when the agent is down.
 */
#include "tests/scratch.h"
#include "tests/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tui/last-known.h"

#define SOCKET "/run/sallyport/agent.sock"

static int in_a_home(void **state)
{
    struct scratch *scratch;

    if (scratch_open(state) < 0)
        return -1;
    scratch = *state;
    setenv("XDG_STATE_HOME", scratch->path, 1);
    return 0;
}

static void write_one(struct error *err)
{
    struct model model;

    model_open(&model);
    model.up = true;
    model.seen_us = INT64_C(1700000000000000);
    model_take(&model, "status", json_pack("{s:s}", "ring", "public"));
    model_take(&model, "audit", json_pack("{}"));
    assert_ok(last_known_write(&model, SOCKET, err), err);
    model_close(&model);
}

static void comes_back_as_it_was(void **state)
{
    struct error err = {0};
    struct model model;

    write_one(&err);
    model_open(&model);
    assert_ok(last_known_read(&model, SOCKET, &err), &err);
    assert_false(model.up);
    assert_false(model.act);
    assert_int_equal(model.seen_us, INT64_C(1700000000000000));
    assert_string_equal(json_string_value(json_object_get(model.status, "ring")), "public");
    assert_null(model.audit);
    model_close(&model);
}

static void is_its_owners_alone(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct stat status;

    umask(0);
    write_one(&err);
    assert_int_equal(fstatat(scratch->fd, "sallyport/last-status.json", &status, 0), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(fstatat(scratch->fd, "sallyport", &status, 0), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
}

static void of_another_agent_is_not_shown(void **state)
{
    struct error err = {0};
    struct model model;

    write_one(&err);
    model_open(&model);
    assert_int_equal(last_known_read(&model, "/tmp/other.sock", &err), -ERROR_NOT_FOUND);
    assert_null(model.status);
    model_close(&model);
}

static void an_agent_that_never_answered_leaves_it_alone(void **state)
{
    struct error err = {0};
    struct model model;

    model_open(&model);
    assert_ok(last_known_write(&model, SOCKET, &err), &err);
    assert_int_equal(last_known_read(&model, SOCKET, &err), -ERROR_NOT_FOUND);
    model_close(&model);
}

static void what_is_no_json_is_an_error(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct model model;
    int fd;

    write_one(&err);
    fd = openat(scratch->fd, "sallyport/last-status.json", O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "{\"now\":", 7), 7);
    close(fd);
    model_open(&model);
    assert_true(last_known_read(&model, SOCKET, &err) < 0);
    model_close(&model);
}

static void ages_go_on(void **state)
{
    const json_t *contents;
    struct model model;

    model_open(&model);
    model_take(&model, "status",
               json_pack("{s:{s:i}, s:[{s:i, s:i}, {s:n}]}", "set", "age", 5, "contents", "age", 7,
                         "warn", 9, "age"));
    model_grow_older(&model, 60);
    contents = json_object_get(model.status, "contents");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(model.status, "set"), "age")), 65);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(contents, 0), "age")), 67);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(contents, 0), "warn")), 9);
    assert_true(json_is_null(json_object_get(json_array_get(contents, 1), "age")));
    /* And never younger. */
    model_grow_older(&model, INT64_MAX);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(contents, 0), "age")), 67);
    model_close(&model);
}

#define HOME(test) cmocka_unit_test_setup_teardown(test, in_a_home, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOME(comes_back_as_it_was),          HOME(is_its_owners_alone),
        HOME(of_another_agent_is_not_shown), HOME(an_agent_that_never_answered_leaves_it_alone),
        HOME(what_is_no_json_is_an_error),   cmocka_unit_test(ages_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
