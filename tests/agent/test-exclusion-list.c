/* SPDX-License-Identifier: ISC
 *
 * What runs of appfeed and userappfeed leave in the state, and what is told of it.
 */
#include "tests/scratch.h"

#include "agent/exclusion-list.h"
#include "media/base/limits.h"

struct place {
    struct scratch *scratch;
    struct state *state;
};

static int place_open(void **state)
{
    struct place *place = bytes_allocate(1, sizeof(*place));
    struct error err = {0};
    char folder[300];

    assert_int_equal(scratch_open((void **)&place->scratch), 0);
    snprintf(folder, sizeof(folder), "%s/state", place->scratch->path);
    assert_ok(state_open(folder, "test", &place->state, &err), &err);
    *state = place;
    return 0;
}

static int place_close(void **state)
{
    struct place *place = *state;
    int result;

    state_close(place->state);
    result = scratch_close((void **)&place->scratch);
    free(place);
    return result;
}

static struct state_package package_of(const char *type)
{
    struct state_package package = {.issue = 1, .id = {7}};

    snprintf(package.type, sizeof(package.type), "%s", type);
    snprintf(package.version, sizeof(package.version), "1");
    return package;
}

static void replace(struct place *place, const char *type, const struct exclusion_row *rows,
                    size_t count, const char *kept)
{
    const struct state_package package = package_of(type);
    const struct exclusion_run_result result = {.package = &package,
                                                .rows = rows,
                                                .count = count,
                                                .kept = &kept,
                                                .kept_count = kept != NULL ? 1 : 0};
    struct error err = {0};

    assert_ok(exclusion_list_replace(place->state, &result, &err), &err);
}

static json_t *value_of(struct place *place)
{
    struct error err = {0};
    json_t *value = NULL;

    assert_ok(exclusion_list_value(place->state, &value, &err), &err);
    return value;
}

/* Paths of a list, joined by spaces. */
static void expect(struct place *place, const char *list, const char *paths)
{
    json_t *value = value_of(place);
    const json_t *rows = json_object_get(value, list);
    char got[1024] = "";

    for (size_t i = 0; i < json_array_size(rows); i++) {
        size_t size = strlen(got);

        snprintf(got + size, sizeof(got) - size, "%s%s", i > 0 ? " " : "",
                 json_string_value(json_object_get(json_array_get(rows, i), "path")));
    }
    assert_string_equal(got, paths);
    json_decref(value);
}

static const struct exclusion_row feed[] = {
    {"", "postgresql", "15", "/var/lib/postgresql", "files", EXCLUSION_TAKEN},
    {"", "wide", "1", "/opt/*", "all", EXCLUSION_GLOB},
};

static const struct exclusion_row users[] = {
    {"ann", "builder", "", "/home/ann/.cache/b", "cache", EXCLUSION_TAKEN},
    {"bob", "builder", "", "/home/bob/.cache/b", "cache", EXCLUSION_TAKEN},
};

static void a_run_is_told_whole(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    json_t *value, *summary = NULL;
    const json_t *row;

    replace(place, "appfeed", feed, 2, NULL);
    replace(place, "userappfeed", users, 2, NULL);
    expect(place, "exclusions", "/var/lib/postgresql /home/ann/.cache/b /home/bob/.cache/b");
    expect(place, "refused", "/opt/*");
    value = value_of(place);
    row = json_array_get(json_object_get(value, "refused"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), "glob");
    assert_true(json_is_null(json_object_get(row, "user")));
    assert_int_equal(json_array_size(json_object_get(value, "runs")), 2);
    json_decref(value);
    assert_ok(exclusion_list_summary(place->state, &summary, &err), &err);
    assert_int_equal(json_integer_value(json_object_get(summary, "taken")), 3);
    assert_int_equal(json_integer_value(json_object_get(summary, "refused")), 1);
    json_decref(summary);
}

static void a_run_replaces_the_one_before(void **state)
{
    struct place *place = *state;
    struct exclusion_row changed = feed[0];
    char since[64];
    json_t *value;

    replace(place, "appfeed", feed, 2, NULL);
    value = value_of(place);
    snprintf(since, sizeof(since), "%s",
             json_string_value(json_object_get(
                 json_array_get(json_object_get(value, "exclusions"), 0), "since")));
    json_decref(value);
    changed.version = "16";
    replace(place, "appfeed", &changed, 1, NULL);
    expect(place, "refused", "");
    value = value_of(place);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(value, "exclusions"), 0), "since")),
                        since);
    json_decref(value);
    changed.verdict = EXCLUSION_WRITABLE;
    replace(place, "appfeed", &changed, 1, NULL);
    expect(place, "exclusions", "");
    expect(place, "refused", "/var/lib/postgresql");
    replace(place, "appfeed", NULL, 0, NULL);
    expect(place, "refused", "");
}

static void who_could_not_be_asked_keeps_his(void **state)
{
    struct place *place = *state;

    replace(place, "userappfeed", users, 2, NULL);
    replace(place, "userappfeed", NULL, 0, "bob");
    expect(place, "exclusions", "/home/bob/.cache/b");
}

static void a_run_with_trouble_keeps_all(void **state)
{
    struct place *place = *state;
    const struct state_package package = package_of("appfeed");
    const struct error trouble = {ERROR_DRIVER_FAILED, "it hung"};
    const struct exclusion_run_result result = {.package = &package, .trouble = &trouble};
    struct exclusion_list_run last;
    struct error err = {0};
    json_t *value;

    replace(place, "appfeed", feed, 2, NULL);
    assert_ok(exclusion_list_replace(place->state, &result, &err), &err);
    expect(place, "exclusions", "/var/lib/postgresql");
    value = value_of(place);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(value, "runs"), 0), "code")),
                        "driver-failed");
    json_decref(value);
    assert_ok(exclusion_list_last(place->state, "appfeed", &last, &err), &err);
    assert_true(last.at_us > 0 && last.failed);
    assert_memory_equal(last.id, package.id, DIGEST_BYTES);
    assert_ok(exclusion_list_drop(place->state, "appfeed", &err), &err);
    expect(place, "exclusions", "");
    assert_ok(exclusion_list_last(place->state, "appfeed", &last, &err), &err);
    assert_int_equal(last.at_us, 0);
}

static void too_many_are_none(void **state)
{
    struct place *place = *state;
    const struct state_package package = package_of("appfeed");
    const struct exclusion_run_result result = {
        .package = &package, .rows = feed, .count = LIMIT_EXCLUSION_ROWS + 1};
    struct error err = {0};

    assert_refused(exclusion_list_replace(place->state, &result, &err), &err, ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)
        TEST(a_run_is_told_whole),
        TEST(a_run_replaces_the_one_before),
        TEST(who_could_not_be_asked_keeps_his),
        TEST(a_run_with_trouble_keeps_all),
        TEST(too_many_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
