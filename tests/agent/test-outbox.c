/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <fcntl.h>
#include <unistd.h>

#include "agent/audit.h"
#include "agent/outbox.h"
#include "media/base/publish.h"
#include "tests/agent/enrolled.h"

static void refuse(const char *subject)
{
    struct error err = {0}, why;

    error_set(&why, ERROR_ROLLBACK, "%s is older", subject);
    assert_ok(audit_refuse(enrolled.state, "timer", 1, "/media/stick", subject, "", &why, &err),
              &err);
}

static void gather(void)
{
    struct error err = {0};

    assert_ok(outbox_gather(enrolled.state, &enrolled.config, &err), &err);
}

static json_t *outgoing(void)
{
    struct error err = {0};
    json_t *reply;

    assert_ok(outbox_list(enrolled.state, &enrolled.config, 0, 100, &reply, &err), &err);
    return reply;
}

static int64_t count(const char *key)
{
    json_t *reply = outgoing();
    int64_t value;

    if (strcmp(key, "items") == 0)
        value = (int64_t)json_array_size(json_object_get(reply, key));
    else
        value = (int64_t)json_integer_value(json_object_get(reply, key));
    json_decref(reply);
    return value;
}

static bool has_file(const char *name)
{
    return faccessat(state_folder(enrolled.state), name, F_OK, 0) == 0;
}

static void every_refusal_waits_once_with_all_its_fields(void **context)
{
    json_t *reply, *item, *fields;

    gather();
    assert_false(has_file("outbox"));
    refuse("a");
    refuse("b");
    gather();
    gather();
    reply = outgoing();
    assert_int_equal(json_array_size(json_object_get(reply, "items")), 2);
    item = json_array_get(json_object_get(reply, "items"), 1);
    fields = json_object_get(item, "fields");
    assert_string_equal(json_string_value(json_object_get(fields, "endpoint")), "ws-07");
    assert_string_equal(json_string_value(json_object_get(fields, "subject")), "b");
    assert_string_equal(json_string_value(json_object_get(fields, "code")), "rollback");
    item = json_array_get(json_object_get(reply, "categories"), 0);
    assert_true(json_is_true(json_object_get(item, "leaves")));
    assert_int_equal(json_integer_value(json_object_get(item, "items")), 2);
    assert_true(json_integer_value(json_object_get(item, "bytes")) > 100);
    json_decref(reply);
    assert_true(has_file("outbox/1.json") && has_file("outbox/2.json"));
}

static void the_oldest_go_where_it_is_too_much_and_are_counted(void **context)
{
    enrolled.config.outbox_items = 2;
    refuse("a");
    refuse("b");
    refuse("c");
    gather();
    assert_int_equal(count("items"), 2);
    assert_int_equal(count("dropped"), 1);
    assert_false(has_file("outbox/1.json"));
    assert_true(has_file("outbox/3.json"));
    enrolled.config.outbox_bytes = 1;
    refuse("d");
    gather();
    assert_int_equal(count("items"), 0);
    assert_int_equal(count("dropped"), 4);
}

static void what_is_not_to_leave_is_never_put_there(void **context)
{
    enrolled.config.export_refusals = false;
    refuse("a");
    gather();
    assert_int_equal(count("items"), 0);
    assert_false(has_file("outbox/1.json"));
    /* From now on, and not what was before. */
    enrolled.config.export_refusals = true;
    refuse("b");
    gather();
    assert_int_equal(count("items"), 1);
}

static void put_telemetry(void)
{
    json_t *item = json_pack("{s:s}", "schema", "sallyport.telemetry/1");
    struct error err = {0};

    assert_ok(outbox_put(enrolled.state, OUTBOX_TELEMETRY, item, &err), &err);
    assert_ok(outbox_trim(enrolled.state, &enrolled.config, &err), &err);
    json_decref(item);
}

static int64_t waiting(size_t category)
{
    json_t *reply = outgoing();
    const json_t *row = json_array_get(json_object_get(reply, "categories"), category);
    int64_t items = (int64_t)json_integer_value(json_object_get(row, "items"));

    json_decref(reply);
    return items;
}

static void telemetry_never_pushes_out_what_was_refused(void **context)
{
    refuse("a");
    gather();
    for (int i = 0; i < OUTBOX_TELEMETRY_ITEMS + 2; i++)
        put_telemetry();
    assert_int_equal(waiting(0), 1);
    assert_int_equal(waiting(1), OUTBOX_TELEMETRY_ITEMS);
    assert_int_equal(count("dropped"), 2);
    assert_true(has_file("outbox/1.json"));
    assert_false(has_file("outbox/2.json"));
    assert_true(has_file("outbox/4.json"));
}

static void rows_and_files_are_the_same_after_a_cut(void **context)
{
    struct error err = {0};
    json_t *reply, *fields;

    refuse("a");
    refuse("b");
    refuse("c");
    gather();
    assert_ok(publish_file(state_folder(enrolled.state), "outbox/77.json", "{}", 2, 0600, &err),
              &err);
    assert_ok(publish_file(state_folder(enrolled.state), "outbox/01.json", "{}", 2, 0600, &err),
              &err);
    assert_int_equal(unlinkat(state_folder(enrolled.state), "outbox/2.json", 0), 0);
    assert_ok(outbox_recover(enrolled.state, &err), &err);
    assert_false(has_file("outbox/77.json"));
    assert_false(has_file("outbox/01.json"));
    assert_true(has_file("outbox/1.json") && has_file("outbox/3.json"));
    assert_int_equal(count("items"), 2);
    assert_int_equal(count("dropped"), 1);
    /* One that was changed is not shown for what it is not. */
    assert_ok(publish_file(state_folder(enrolled.state), "outbox/1.json", "{}", 2, 0600, &err),
              &err);
    reply = outgoing();
    fields = json_object_get(json_array_get(json_object_get(reply, "items"), 0), "fields");
    assert_true(json_is_null(fields));
    json_decref(reply);
}

static void what_is_cut_short_is_dropped_and_counted(void **context)
{
    struct error err = {0};
    bool sound;

    refuse("a");
    refuse("b");
    gather();
    assert_ok(outbox_sound(enrolled.state, &sound, &err), &err);
    assert_true(sound);
    assert_ok(publish_file(state_folder(enrolled.state), "outbox/1.json", "{", 1, 0600, &err),
              &err);
    assert_ok(outbox_sound(enrolled.state, &sound, &err), &err);
    assert_false(sound);
    assert_ok(outbox_recover(enrolled.state, &err), &err);
    assert_false(has_file("outbox/1.json"));
    assert_int_equal(count("items"), 1);
    assert_int_equal(count("dropped"), 1);
    assert_ok(outbox_sound(enrolled.state, &sound, &err), &err);
    assert_true(sound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_refusal_waits_once_with_all_its_fields, enrolled_open,
                                        enrolled_close),
        cmocka_unit_test_setup_teardown(the_oldest_go_where_it_is_too_much_and_are_counted,
                                        enrolled_open, enrolled_close),
        cmocka_unit_test_setup_teardown(what_is_not_to_leave_is_never_put_there, enrolled_open,
                                        enrolled_close),
        cmocka_unit_test_setup_teardown(telemetry_never_pushes_out_what_was_refused, enrolled_open,
                                        enrolled_close),
        cmocka_unit_test_setup_teardown(rows_and_files_are_the_same_after_a_cut, enrolled_open,
                                        enrolled_close),
        cmocka_unit_test_setup_teardown(what_is_cut_short_is_dropped_and_counted, enrolled_open,
                                        enrolled_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
