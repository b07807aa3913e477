/* SPDX-License-Identifier: ISC
 *
 * Registered media and those that were seen: what is bound, what is remembered, what is recorded.
 */
#include "tests/scratch.h"

#include "agent/audit.h"
#include "agent/media-registry.h"

static struct state *state;

static int set_up(void **context)
{
    char path[300];
    struct error err = {0};

    if (scratch_open(context) < 0)
        return -1;
    snprintf(path, sizeof(path), "%s/state", ((struct scratch *)*context)->path);
    return state_open(path, "test", &state, &err);
}

static int tear_down(void **context)
{
    state_close(state);
    return scratch_close(context);
}

static const struct media_identity stick = {"0951:1666",         "E0D5", "Kingston \033[31m",
                                            "08:06:50 08:06:62", "aa11", 480};

static int64_t registered(const struct media_identity *identity, const char *purpose)
{
    struct error err = {0};
    int64_t number;
    json_t *row;

    assert_ok(media_registry_add(state, identity, purpose, "A. Smith", "uid 7", &row, &err), &err);
    number = json_integer_value(json_object_get(row, "number"));
    json_decref(row);
    return number;
}

static void what_is_registered_is_found_by_id_and_serial(void **context)
{
    struct media_registration found;
    struct error err = {0};

    assert_int_equal(registered(&stick, "weekly"), 1);
    assert_ok(media_registry_find(state, "0951:1666", "E0D5", &found, &err), &err);
    assert_int_equal(found.number, 1);
    assert_int_equal(found.speed_mbit, 480);
    assert_string_equal(found.digest, "aa11");
    assert_ok(media_registry_find(state, "0951:1666", "E0D6", &found, &err), &err);
    assert_int_equal(found.number, 0);
    assert_ok(media_registry_find(state, "0951:1667", "E0D5", &found, &err), &err);
    assert_int_equal(found.number, 0);
}

static void registered_again_it_is_bound_to_what_it_is_now(void **context)
{
    struct media_identity changed = stick;
    struct media_registration found;
    struct error err = {0};
    json_t *list;

    changed.digest = "bb22";
    registered(&stick, "weekly");
    assert_int_equal(registered(&changed, "monthly"), 1);
    assert_ok(media_registry_find(state, "0951:1666", "E0D5", &found, &err), &err);
    assert_string_equal(found.digest, "bb22");
    assert_ok(media_registry_list(state, &list, &err), &err);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "purpose")),
                        "monthly");
    json_decref(list);
}

static void who_did_it_is_in_the_audit_chain(void **context)
{
    struct error err = {0};
    json_t *row, *records;

    registered(&stick, "weekly");
    assert_ok(media_registry_forget(state, 1, "uid 8", &row, &err), &err);
    json_decref(row);
    assert_ok(audit_list(state, 0, 10, &records, &err), &err);
    assert_int_equal(json_array_size(records), 2);
    row = json_array_get(records, 0);
    assert_string_equal(json_string_value(json_object_get(row, "what")), "media-register");
    assert_string_equal(json_string_value(json_object_get(row, "who")), "uid 7");
    assert_string_equal(json_string_value(json_object_get(row, "subject")),
                        "0951:1666 serial E0D5");
    row = json_array_get(records, 1);
    assert_string_equal(json_string_value(json_object_get(row, "what")), "media-forget");
    assert_string_equal(json_string_value(json_object_get(row, "who")), "uid 8");
    json_decref(records);
}

static void what_was_never_registered_cannot_be_forgotten(void **context)
{
    struct error err = {0};
    json_t *row, *records;

    assert_refused(media_registry_forget(state, 9, "uid 8", &row, &err), &err, ERROR_NOT_FOUND);
    assert_null(row);
    assert_ok(audit_list(state, 0, 10, &records, &err), &err);
    assert_int_equal(json_array_size(records), 0);
    json_decref(records);
}

static void another_face_of_a_seen_device_is_remembered(void **context)
{
    struct media_identity changed = stick;
    struct media_sighting seen[3];
    struct error err = {0};
    size_t count;

    changed.digest = "bb22";
    assert_ok(media_registry_saw(state, &stick, "1-4", &err), &err);
    assert_ok(media_registry_saw(state, &stick, "1-5", &err), &err);
    assert_ok(media_registry_sightings(state, stick.id, stick.serial, seen, 3, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_string_equal(seen[0].port, "1-5");
    assert_ok(media_registry_saw(state, &changed, "1-5", &err), &err);
    assert_ok(media_registry_sightings(state, stick.id, stick.serial, seen, 3, &count, &err), &err);
    assert_int_equal(count, 2);
    assert_string_equal(seen[0].digest, "bb22");
    assert_string_equal(seen[1].digest, "aa11");
    assert_ok(media_registry_sightings(state, stick.id, "other", seen, 3, &count, &err), &err);
    assert_int_equal(count, 0);
}

static void there_is_an_end_to_registrations(void **context)
{
    struct media_identity next = stick;
    struct error err = {0};
    char serial[16];
    json_t *row;

    next.serial = serial;
    for (int i = 0; i < MEDIA_REGISTRY_REGISTERED; i++) {
        snprintf(serial, sizeof(serial), "%d", i);
        registered(&next, "");
    }
    snprintf(serial, sizeof(serial), "more");
    assert_refused(media_registry_add(state, &next, "", "", "uid 7", &row, &err), &err,
                   ERROR_LIMIT);
    snprintf(serial, sizeof(serial), "5");
    registered(&next, "again");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_registered_is_found_by_id_and_serial),
        TEST(registered_again_it_is_bound_to_what_it_is_now),
        TEST(who_did_it_is_in_the_audit_chain),
        TEST(what_was_never_registered_cannot_be_forgotten),
        TEST(another_face_of_a_seen_device_is_remembered),
        TEST(there_is_an_end_to_registrations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
