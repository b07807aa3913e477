/* SPDX-License-Identifier: ISC
 *
 * Telemetry with the real driver: where it goes, what it may not, when, and what an item holds.
 */
#include <config.h>

#include "tests/scratch.h"

#include "agent/audit.h"
#include "agent/outbox.h"
#include "agent/probation.h"
#include "agent/status.h"
#include "agent/telemetry.h"
#include "media/base/driver-protocol.h"
#include "media/base/instant.h"

#define HOUR INSTANT_HOUR_US

static struct state *state;
static struct config config;
static struct driver_host *drivers;
static uint64_t issue;

static int open_all(void **context)
{
    struct enrolment enrolment = {.endpoint = "ws-07", .ring = "public", .made_us = 5};
    const char *top = getenv("TOP_BUILDDIR");
    char path[512];
    struct error err = {0};
    struct bytes root;
    int result;

    bytes_init(&root, 10);
    if (scratch_open(context) < 0 || bytes_put_u8(&root, 1, &err) < 0)
        return -1;
    enrolment.root_count = 1;
    enrolment.roots = &root;
    snprintf(path, sizeof(path), "%s/state", ((struct scratch *)*context)->path);
    if (config_read("/no/such/file", false, &config, &err) < 0 ||
        state_open(path, "test", &state, &err) < 0)
        return -1;
    result = state_enrol(state, &enrolment, false, "test", &err);
    bytes_clear(&root);
    snprintf(path, sizeof(path), "%s/drivers", top != NULL ? top : ".");
    if (result == 0)
        result = config_override(&config, "libexec", path, &err);
    config.export_telemetry = true;
    drivers = driver_host_new(state, &config);
    issue = 0;
    return result;
}

static int close_all(void **context)
{
    driver_host_free(drivers);
    state_close(state);
    config_clear(&config);
    return scratch_close(context);
}

/* The next telemsup in service, with this server. */
static void install(const char *server)
{
    struct state_package package = {.type = TELEMETRY_TYPE,
                                    .version = "v",
                                    .schema_low = 1,
                                    .schema_high = 1,
                                    .abi_low = DRIVER_ABI,
                                    .abi_high = DRIVER_ABI};
    char text[512], name[300], id[DIGEST_TEXT_BYTES];
    struct error err = {0};

    package.issue = ++issue;
    package.time_us = instant_clock();
    package.id[0] = (uint8_t)issue;
    snprintf(text, sizeof(text),
             "{\"additionalHeaders\":\"x-site:delta\",\"port\":0,\"resourceRoot\":\"prod\","
             "\"server\":\"%s\",\"verb\":\"PUT\",\"interval\":7200}",
             server);
    snprintf(name, sizeof(name), "content/%s/%s/telemetry.json", package.type,
             digest_text(package.id, id));
    scratch_put(state_folder(state), name, text, strlen(text));
    assert_ok(state_put_package(state, STATE_ACTIVE, &package, &err), &err);
    driver_host_free(drivers);
    drivers = driver_host_new(state, &config);
}

static int64_t turn(void)
{
    struct telemetry telemetry = {.state = state, .config = &config, .drivers = drivers};
    struct error err = {0};
    int64_t next_us;

    assert_ok(telemetry_turn(&telemetry, &next_us, &err), &err);
    return next_us;
}

static void pin(const char *suffix)
{
    snprintf(config.suffixes[0], sizeof(config.suffixes[0]), "%s", suffix);
    config.suffix_count = 1;
}

/* Items of telemetry that wait; a new reference. */
static json_t *items(void)
{
    struct error err = {0};
    json_t *reply, *list;

    assert_ok(outbox_list(state, &config, 0, 100, &reply, &err), &err);
    list = json_incref(json_object_get(reply, "items"));
    json_decref(reply);
    return list;
}

static size_t item_count(void)
{
    json_t *list = items();
    size_t count = json_array_size(list);

    json_decref(list);
    return count;
}

/* The newest item's fields; a new reference. */
static json_t *newest(void)
{
    json_t *list = items(), *fields;

    assert_true(json_array_size(list) > 0);
    fields =
        json_incref(json_object_get(json_array_get(list, json_array_size(list) - 1), "fields"));
    json_decref(list);
    return fields;
}

static void set_last(int64_t last_us)
{
    struct error err = {0};

    assert_ok(telemetry_plan_gathered(state, last_us, &err), &err);
}

static struct telemetry_plan plan(void)
{
    struct telemetry_plan read;
    struct error err = {0};

    assert_ok(telemetry_plan_read(state, &config, &read, &err), &err);
    return read;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value != NULL ? value : "(null)";
}

static int64_t number(const json_t *object, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(object, key));
}

static void without_telemsup_nothing_is_gathered(void **context)
{
    struct error err = {0};
    json_t *value;

    assert_int_equal(turn(), 0);
    assert_int_equal(item_count(), 0);
    assert_ok(telemetry_plan_value(state, &config, &value, &err), &err);
    assert_true(json_is_null(value));
    json_decref(value);
}

static void the_first_item_is_gathered_at_once_and_holds_every_field(void **context)
{
    json_t *item, *destination, *header, *content;

    install("mirror.site.example");
    assert_true(turn() > instant_clock());
    assert_int_equal(item_count(), 1);
    item = newest();
    assert_string_equal(text(item, "schema"), "sallyport.telemetry/1");
    assert_string_equal(text(item, "endpoint"), "ws-07");
    assert_string_equal(text(item, "ring"), "public");
    assert_string_equal(text(item, "software"), PACKAGE_VERSION);
    assert_true(json_is_null(json_object_get(item, "since")));
    assert_true(json_is_null(json_object_get(item, "set")));
    destination = json_object_get(item, "destination");
    assert_string_equal(text(destination, "server"), "mirror.site.example");
    assert_int_equal(number(destination, "port"), 443);
    assert_string_equal(text(destination, "path"), "/prod");
    assert_string_equal(text(destination, "verb"), "PUT");
    header = json_array_get(json_object_get(destination, "headers"), 0);
    assert_string_equal(text(header, "name"), "x-site");
    assert_string_equal(text(header, "value"), "delta");
    content = json_array_get(json_object_get(item, "contents"), 0);
    assert_string_equal(text(content, "type"), TELEMETRY_TYPE);
    assert_string_equal(text(content, "version"), "v");
    assert_string_equal(text(content, "health"), "ok");
    assert_null(json_object_get(content, "words"));
    assert_int_equal(number(json_object_get(item, "driver_ends"), "telemetry"), 0);
    assert_int_equal(json_object_size(json_object_get(item, "refusals")), 0);
    json_decref(item);
}

static void refuse(const char *subject)
{
    struct error err = {0}, why;

    error_set(&why, ERROR_ROLLBACK, "older");
    assert_ok(audit_refuse(state, "timer", 1, "/media/stick", subject, "", &why, &err), &err);
}

static void record(const char *what, enum error_code code)
{
    const struct audit_event event = {
        .who = "timer", .what = what, .code = code, .subject = TELEMETRY_TYPE, .words = "w"};
    struct error err = {0};

    assert_ok(audit_append(state, &event, NULL, &err), &err);
}

static void each_item_counts_from_the_one_before(void **context)
{
    struct error err = {0};
    json_t *item, *content;

    install("mirror.site.example");
    turn();
    refuse("a");
    refuse("b");
    record("return", ERROR_OK);
    record("ail", ERROR_DRIVER_FAILED);
    record("ail", ERROR_DRIVER_REFUSED);
    assert_ok(state_set_number(state, PROBATION_ENDS "telemetry", 3, &err), &err);
    set_last(instant_clock() - 3 * HOUR);
    turn();
    item = newest();
    content = json_array_get(json_object_get(item, "contents"), 0);
    assert_int_equal(number(json_object_get(item, "refusals"), "rollback"), 2);
    assert_int_equal(number(json_object_get(item, "driver_ends"), "telemetry"), 3);
    assert_int_equal(number(content, "returned"), 1);
    assert_int_equal(number(content, "quarantined"), 1);
    assert_true(json_is_string(json_object_get(item, "since")));
    json_decref(item);
    set_last(instant_clock() - 3 * HOUR);
    turn();
    assert_int_equal(item_count(), 3);
    item = newest();
    content = json_array_get(json_object_get(item, "contents"), 0);
    assert_int_equal(json_object_size(json_object_get(item, "refusals")), 0);
    assert_int_equal(number(json_object_get(item, "driver_ends"), "telemetry"), 0);
    assert_int_equal(number(content, "returned"), 0);
    json_decref(item);
}

static void the_schedule_outlives_the_process(void **context)
{
    int64_t next_us;

    install("mirror.site.example");
    next_us = turn();
    assert_int_equal(turn(), next_us);
    driver_host_free(drivers);
    drivers = driver_host_new(state, &config);
    assert_int_equal(turn(), next_us);
    assert_int_equal(item_count(), 1);
    /* Other content, and the same endpoint: its turn stays. */
    install("other.site.example");
    assert_int_equal(turn(), next_us);
    assert_int_equal(item_count(), 1);
}

static void a_clock_that_was_set_back_puts_nothing_off(void **context)
{
    install("mirror.site.example");
    turn();
    set_last(instant_clock() + 1000 * HOUR);
    assert_true(turn() <= instant_clock() + 3 * HOUR);
    assert_true(turn() <= instant_clock() + 3 * HOUR);
    assert_int_equal(item_count(), 1);
}

static void endpoints_are_spread_over_the_interval(void **context)
{
    const int64_t last_us = 1000 * HOUR;
    bool early = false, late = false;

    for (int i = 0; i < 100; i++) {
        char name[16];
        int64_t due_us;

        snprintf(name, sizeof(name), "ws-%d", i);
        due_us = telemetry_plan_due(name, 7200, last_us);
        assert_true(due_us >= last_us + HOUR && due_us < last_us + 3 * HOUR);
        early |= due_us < last_us + HOUR + HOUR / 2;
        late |= due_us > last_us + 2 * HOUR + HOUR / 2;
        /* On time, the next is just one interval later. */
        assert_int_equal(telemetry_plan_due(name, 7200, due_us), due_us + 2 * HOUR);
        assert_int_equal(telemetry_plan_due(name, 7200, due_us + 1000), due_us + 2 * HOUR);
    }
    assert_true(early && late);
}

static void a_server_beneath_no_suffix_gets_nothing_and_fails_health(void **context)
{
    const struct status_source source = {.state = state, .config = &config};
    struct error err = {0};
    json_t *reply, *row = NULL, *records;
    size_t i;

    pin("site.example");
    install("offsite.example");
    assert_int_equal(turn(), 0);
    assert_int_equal(item_count(), 0);
    assert_false(plan().gathers);
    assert_int_equal(plan().code, ERROR_FOREIGN_SERVER);
    assert_string_equal(plan().words, "destination offsite.example is not beneath a pinned suffix");
    assert_ok(status_make_contents(&source, &reply, &err), &err);
    json_array_foreach(json_object_get(reply, "contents"), i, row)
    {
        if (strcmp(text(row, "type"), TELEMETRY_TYPE) == 0)
            break;
    }
    assert_string_equal(text(row, "health"), "fail");
    assert_string_equal(text(row, "reason"), "foreign-server");
    json_decref(reply);
    assert_ok(audit_list(state, 0, 100, &records, &err), &err);
    row = json_array_get(records, json_array_size(records) - 1);
    assert_string_equal(text(row, "what"), "telemetry");
    assert_string_equal(text(row, "code"), "foreign-server");
    json_decref(records);
    /* The site has the last word, and it may change it. */
    pin("offsite.example");
    assert_true(turn() > 0);
    assert_int_equal(item_count(), 1);
    assert_true(plan().pinned);
}

static void what_the_site_does_not_let_leave_is_not_gathered(void **context)
{
    config.export_telemetry = false;
    install("mirror.site.example");
    assert_int_equal(turn(), 0);
    assert_int_equal(item_count(), 0);
    assert_non_null(strstr(plan().words, "[export] telemetry = no"));
    assert_int_equal(plan().code, ERROR_OK);
    config.export_telemetry = true;
    assert_non_null(strstr(plan().words, "return medium only"));
    assert_false(plan().pinned);
}

/* As a rule of remapper-rules does. */
static void what_the_policy_switches_off_is_not_gathered(void **context)
{
    struct error err = {0};

    install("mirror.site.example");
    assert_ok(db_change(state_db(state), &err,
                        "INSERT INTO settings VALUES('telemetry/enabled', 'bool', 'false', 'site',"
                        " 'r.xml', 1, 'v', x'00', 'p.xml', 7, '', NULL, 1)",
                        ""),
              &err);
    assert_int_equal(turn(), 0);
    assert_int_equal(item_count(), 0);
    assert_true(plan().off);
    assert_false(plan().asked);
    assert_int_equal(plan().code, ERROR_OK);
    assert_non_null(strstr(plan().words, "telemetry/enabled is false: policy p.xml:7"));
    assert_ok(db_change(state_db(state), &err, "DELETE FROM settings", ""), &err);
    assert_true(turn() > 0);
    assert_int_equal(item_count(), 1);
}

/* As a driver might that content has taken over. */
static void what_a_driver_may_not_say_is_kept_as_its_fault(void **context)
{
    struct telemetry_plan before;
    struct error err = {0}, why;

    install("mirror.site.example");
    before = plan();
    assert_false(before.asked);
    error_set(&why, ERROR_BAD_CONTENT, "server: expected a name");
    assert_ok(telemetry_plan_keep(state, &config, &before.package, NULL, &why, &err), &err);
    assert_true(plan().asked);
    assert_false(plan().known);
    assert_int_equal(plan().code, ERROR_BAD_CONTENT);
    assert_int_equal(turn(), 0);
    assert_int_equal(item_count(), 0);
}

static void a_kept_destination_that_was_changed_is_not_followed(void **context)
{
    struct error err = {0};

    install("mirror.site.example");
    turn();
    assert_ok(db_change(state_db(state), &err,
                        "UPDATE telemetry SET destination = replace(destination,"
                        " 'mirror.site.example', '169.254.169.254')",
                        ""),
              &err);
    assert_false(plan().gathers);
    assert_int_equal(plan().code, ERROR_BAD_CONTENT);
}

static void a_driver_that_is_missing_is_asked_again_in_a_minute(void **context)
{
    struct telemetry telemetry = {.state = state, .config = &config};
    struct error err = {0};
    int64_t next_us, again_us;

    install("mirror.site.example");
    assert_ok(config_override(&config, "libexec", "/no/such/folder", &err), &err);
    driver_host_free(drivers);
    drivers = driver_host_new(state, &config);
    telemetry.drivers = drivers;
    assert_true(telemetry_turn(&telemetry, &next_us, &err) < 0);
    assert_true(next_us > instant_clock() && next_us <= instant_clock() + INSTANT_MINUTE_US);
    assert_false(plan().asked);
    /* Whoever wakes the loop until then has it asked no oftener. */
    assert_ok(telemetry_turn(&telemetry, &again_us, &err), &err);
    assert_int_equal(again_us, next_us);
    telemetry.retry_us = instant_clock() + HOUR;
    assert_true(telemetry_turn(&telemetry, &again_us, &err) < 0);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(without_telemsup_nothing_is_gathered),
        ROW(the_first_item_is_gathered_at_once_and_holds_every_field),
        ROW(each_item_counts_from_the_one_before),
        ROW(the_schedule_outlives_the_process),
        ROW(a_clock_that_was_set_back_puts_nothing_off),
        cmocka_unit_test(endpoints_are_spread_over_the_interval),
        ROW(a_server_beneath_no_suffix_gets_nothing_and_fails_health),
        ROW(what_the_site_does_not_let_leave_is_not_gathered),
        ROW(what_the_policy_switches_off_is_not_gathered),
        ROW(what_a_driver_may_not_say_is_kept_as_its_fault),
        ROW(a_kept_destination_that_was_changed_is_not_followed),
        ROW(a_driver_that_is_missing_is_asked_again_in_a_minute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
