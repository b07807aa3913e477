/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include "agent/audit.h"
#include "agent/state-content.h"
#include "agent/status.h"
#include "media/base/instant.h"

struct fixture {
    void *scratch;
    struct state *state;
    struct config config;
    struct status_source source;
};

static struct fixture fixture;

static int open_state(void **state)
{
    char folder[300];
    struct error err = {0};

    if (scratch_open(&fixture.scratch) < 0)
        return -1;
    snprintf(folder, sizeof(folder), "%s/state", ((struct scratch *)fixture.scratch)->path);
    if (state_open(folder, "test", &fixture.state, &err) < 0 ||
        config_read("/no/such/file", false, &fixture.config, &err) < 0)
        return -1;
    fixture.source = (struct status_source){
        .state = fixture.state,
        .config = &fixture.config,
        .sandbox = {.landlock_abi = 2, .seccomp = true},
    };
    return 0;
}

static int close_state(void **state)
{
    config_clear(&fixture.config);
    state_close(fixture.state);
    return scratch_close(&fixture.scratch);
}

static void enrol(void)
{
    struct enrolment enrolment = {.endpoint = "ws-07", .ring = "public", .made_us = 5};
    struct bytes root;
    struct error err = {0};

    bytes_init(&root, 10);
    assert_ok(bytes_put_u8(&root, 1, &err), &err);
    enrolment.root_count = 1;
    enrolment.roots = &root;
    assert_ok(state_enrol(fixture.state, &enrolment, false, "test", &err), &err);
    bytes_clear(&root);
}

/* A set of this ring that carries flags-supplement, in service since `age_us`. */
static void install(int64_t age_us, int64_t expires_us)
{
    int64_t time_us = instant_clock() - age_us;
    struct state_set set = {
        .ring = "public", .sequence = 7, .time_us = time_us, .expires_us = expires_us};
    struct state_package package = {
        .type = "flags-supplement", .version = "3", .issue = 9, .time_us = time_us};
    struct floor floor = {.present = true, .time_us = time_us, .number = 9};
    struct error err = {0};

    set.seen_us = time_us;
    set.root_version = 1;
    set.waves = json_pack("{s:[{s:i,s:i}]}", "default", "percent", 100, "delay", 0);
    set.flags = json_object();
    assert_ok(state_put_set(fixture.state, &set, &err), &err);
    assert_ok(
        state_add_carried(fixture.state, "public", "flags-supplement", package.id, "3", 9, &err),
        &err);
    assert_ok(state_put_package(fixture.state, STATE_ACTIVE, &package, &err), &err);
    assert_ok(state_raise_floor(fixture.state, "type:flags-supplement", &floor, &err), &err);
    state_set_clear(&set);
}

static json_t *status(void)
{
    struct error err = {0};
    json_t *reply, *value;

    assert_ok(status_make(&fixture.source, &reply, &err), &err);
    value = json_incref(reply);
    json_decref(reply);
    return value;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value != NULL ? value : "(null)";
}

static json_t *content(const json_t *status, const char *type)
{
    size_t i;
    json_t *row;

    json_array_foreach(json_object_get(status, "contents"), i, row)
    {
        if (strcmp(text(row, "type"), type) == 0)
            return row;
    }
    fail_msg("no row for %s", type);
    return NULL;
}

static void before_enrolment_everything_is_none_and_nothing_fails(void **state)
{
    json_t *all = status();

    assert_true(json_is_false(json_object_get(all, "enrolled")));
    assert_true(json_is_null(json_object_get(all, "ring")));
    assert_true(json_is_null(json_object_get(all, "set")));
    assert_string_equal(text(all, "health"), "ok");
    assert_string_equal(text(content(all, "dataset-a"), "health"), "none");
    assert_string_equal(text(content(all, "dataset-a"), "reason"), "ok");
    json_decref(all);
}

static void an_enrolled_endpoint_is_told_to_import(void **state)
{
    json_t *all;

    enrol();
    all = status();
    assert_true(json_is_true(json_object_get(all, "enrolled")));
    assert_string_equal(text(all, "endpoint"), "ws-07");
    assert_string_equal(text(all, "ring"), "public");
    assert_string_equal(text(all, "health"), "warn");
    assert_non_null(strstr(text(all, "next"), "sallyport import"));
    json_decref(all);
}

static void what_is_in_service_is_shown_with_its_floor(void **state)
{
    struct error err = {0};
    json_t *all, *row, *floors, *first;

    enrol();
    install(INSTANT_HOUR_US, instant_clock() + INSTANT_DAY_US);
    all = status();
    row = content(all, "flags-supplement");
    assert_true(json_is_true(json_object_get(row, "carried")));
    assert_string_equal(text(row, "version"), "3");
    assert_int_equal(json_integer_value(json_object_get(row, "issue")), 9);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(all, "set"), "sequence")),
                     7);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(all, "floors"), "types")),
                     1);
    json_decref(all);

    assert_ok(status_make_floors(&fixture.source, &all, &err), &err);
    floors = all;
    first = json_array_get(json_object_get(floors, "types"), 0);
    assert_string_equal(text(first, "type"), "flags-supplement");
    assert_int_equal(json_integer_value(json_object_get(first, "issue")), 9);
    json_decref(all);
}

static void age_counts_by_the_configured_limits(void **state)
{
    json_t *all;

    enrol();
    install(3 * INSTANT_DAY_US, instant_clock() + INSTANT_DAY_US);
    fixture.config.age_count = 1;
    fixture.config.ages[0] = (struct config_age){
        .type = "flags-supplement", .has_warn = true, .has_fail = true, .warn_days = 1};
    fixture.config.ages[0].fail_days = 2;
    /* The driver is looked for where these programs were built. */
    free(fixture.config.libexec);
    fixture.config.libexec = bytes_allocate(1, 600);
    snprintf(fixture.config.libexec, 600, "%s/drivers", getenv("TOP_BUILDDIR"));
    all = status();
    assert_string_equal(text(content(all, "flags-supplement"), "health"), "fail");
    assert_string_equal(text(content(all, "flags-supplement"), "reason"), "expired");
    assert_string_equal(text(all, "health"), "fail");
    assert_int_equal(json_integer_value(json_object_get(content(all, "flags-supplement"), "fail")),
                     2 * 86400);
    assert_non_null(strstr(text(all, "next"), "flags-supplement"));
    json_decref(all);
}

static void a_missing_driver_blocks_its_types(void **state)
{
    json_t *all;

    enrol();
    install(INSTANT_HOUR_US, instant_clock() + INSTANT_DAY_US);
    free(fixture.config.libexec);
    fixture.config.libexec = bytes_copy_string("/no/such/folder");
    all = status();
    assert_string_equal(text(content(all, "flags-supplement"), "reason"), "driver-missing");
    assert_string_equal(text(all, "health"), "blocked");
    json_decref(all);
}

static void an_expired_set_and_refusals_warn(void **state)
{
    const struct error why = {ERROR_ROLLBACK, "older \x1b[31m"};
    struct error err = {0};
    json_t *all, *refusals;

    enrol();
    install(INSTANT_HOUR_US, instant_clock() - 1);
    free(fixture.config.libexec);
    fixture.config.libexec = bytes_allocate(1, 600);
    snprintf(fixture.config.libexec, 600, "%s/drivers", getenv("TOP_BUILDDIR"));
    assert_ok(audit_refuse(fixture.state, "test", 1, "/media", "set", "", &why, &err), &err);
    all = status();
    assert_true(json_is_true(json_object_get(json_object_get(all, "set"), "expired")));
    assert_string_equal(text(all, "health"), "warn");
    assert_non_null(strstr(text(all, "next"), "refresh"));
    refusals = json_object_get(all, "refusals");
    assert_int_equal(json_integer_value(json_object_get(refusals, "count")), 1);
    assert_string_equal(text(json_object_get(refusals, "last"), "code"), "rollback");
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(before_enrolment_everything_is_none_and_nothing_fails,
                                        open_state, close_state),
        cmocka_unit_test_setup_teardown(an_enrolled_endpoint_is_told_to_import, open_state,
                                        close_state),
        cmocka_unit_test_setup_teardown(what_is_in_service_is_shown_with_its_floor, open_state,
                                        close_state),
        cmocka_unit_test_setup_teardown(age_counts_by_the_configured_limits, open_state,
                                        close_state),
        cmocka_unit_test_setup_teardown(a_missing_driver_blocks_its_types, open_state, close_state),
        cmocka_unit_test_setup_teardown(an_expired_set_and_refusals_warn, open_state, close_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
