/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include "mirror/catalog.h"

static struct catalog *open_catalog(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct catalog *catalog;
    char path[512];

    snprintf(path, sizeof(path), "%s/catalog.db", scratch->path);
    assert_ok(catalog_open(path, &catalog, &err), &err);
    return catalog;
}

static struct catalog_package package(const char *type, const char *version, uint64_t issue)
{
    struct catalog_package made = {.issue = issue, .time_us = 7, .size = 1, .files = 2, .bytes = 3};

    snprintf(made.type, sizeof(made.type), "%s", type);
    snprintf(made.version, sizeof(made.version), "%s", version);
    made.id[0] = (uint8_t)issue;
    made.id[1] = (uint8_t)type[0];
    made.recipe[47] = 9;
    return made;
}

/* What an endpoint does about its own database is no help here. */
static void a_damaged_catalog_is_the_mirrors_own_trouble(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct catalog *catalog = open_catalog(state);
    char path[512], text[4097];

    catalog_close(catalog);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    scratch_write(scratch, "catalog.db", text);
    snprintf(path, sizeof(path), "%s/catalog.db", scratch->path);
    assert_refused(catalog_open(path, &catalog, &err), &err, ERROR_CATALOG_CORRUPT);
    assert_non_null(strstr(error_row(err.code)->next_step, "sallyport-mirror"));
}

static void no_number_is_given_out_twice(void **state)
{
    struct catalog *catalog = open_catalog(state);
    struct error err = {0};
    uint64_t number;
    int64_t last_us;

    for (uint64_t expected = 1; expected < 4; expected++) {
        assert_ok(catalog_reserve(catalog, "ring", "public", &number, &last_us, &err), &err);
        assert_int_equal(number, expected);
        catalog_close(catalog); /* whatever happens after, the number is gone */
        catalog = open_catalog(state);
    }
    assert_ok(catalog_reserve(catalog, "type", "public", &number, &last_us, &err), &err);
    assert_int_equal(number, 1);
    catalog_close(catalog);
}

static void the_newest_time_never_falls(void **state)
{
    struct catalog *catalog = open_catalog(state);
    struct error err = {0};
    uint64_t number;
    int64_t last_us;

    assert_ok(catalog_reserve(catalog, "type", "crt", &number, &last_us, &err), &err);
    assert_int_equal(last_us, 0);
    assert_ok(catalog_note_time(catalog, "type", "crt", 50, &err), &err);
    assert_ok(catalog_note_time(catalog, "type", "crt", 40, &err), &err);
    assert_ok(catalog_reserve(catalog, "type", "crt", &number, &last_us, &err), &err);
    assert_int_equal(last_us, 50);
    catalog_close(catalog);
}

static void packages_are_found_by_id_type_and_version(void **state)
{
    struct catalog *catalog = open_catalog(state);
    struct catalog_package found,
        rows[3] = {package("crt", "1", 1), package("crt", "2", 2), package("esh", "1", 1)};
    struct catalog_package *all;
    struct error err = {0};
    size_t count;
    bool there;

    for (size_t i = 0; i < 3; i++)
        assert_ok(catalog_add_package(catalog, &rows[2 - i], &err), &err);
    assert_ok(catalog_find_package(catalog, rows[1].id, &found, &there, &err), &err);
    assert_true(there);
    assert_memory_equal(&found, &rows[1], sizeof(found));
    assert_ok(catalog_newest_package(catalog, "crt", NULL, &found, &there, &err), &err);
    assert_int_equal(found.issue, 2);
    assert_ok(catalog_newest_package(catalog, "crt", "1", &found, &there, &err), &err);
    assert_int_equal(found.issue, 1);
    assert_ok(catalog_newest_package(catalog, "ips", NULL, &found, &there, &err), &err);
    assert_false(there);
    assert_ok(catalog_packages(catalog, &all, &count, &err), &err);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_memory_equal(all[i].id, rows[i].id, sizeof(rows[i].id));
    free(all);
    /* one issue of a type, one package */
    rows[1].id[0] = 99;
    assert_int_not_equal(catalog_add_package(catalog, &rows[1], &err), 0);
    catalog_close(catalog);
}

static void what_was_not_committed_is_not_there(void **state)
{
    struct catalog *catalog = open_catalog(state);
    struct catalog_frame frame = {.offset = 512, .length = 3};
    uint8_t digest[DIGEST_BYTES] = {1};
    struct error err = {0};
    bool there;

    assert_ok(catalog_begin(catalog, &err), &err);
    assert_ok(catalog_add_pack(catalog, digest, 4096, &frame.pack, &err), &err);
    assert_ok(catalog_add_frame(catalog, digest, &frame, &err), &err);
    assert_ok(catalog_find_frame(catalog, digest, &frame, &there, &err), &err);
    assert_true(there);
    catalog_close(catalog);
    catalog = open_catalog(state);
    assert_ok(catalog_find_frame(catalog, digest, &frame, &there, &err), &err);
    assert_false(there);
    catalog_close(catalog);
}

static void frames_lie_in_packs_that_exist(void **state)
{
    struct catalog *catalog = open_catalog(state);
    struct catalog_frame frame = {.pack = 77, .offset = 512, .length = 3}, found;
    struct catalog_pack pack;
    uint8_t digest[DIGEST_BYTES] = {1};
    struct error err = {0};
    uint64_t count;
    bool there;

    assert_int_not_equal(catalog_add_frame(catalog, digest, &frame, &err), 0);
    assert_ok(catalog_add_pack(catalog, digest, 4096, &frame.pack, &err), &err);
    assert_ok(catalog_add_frame(catalog, digest, &frame, &err), &err);
    assert_ok(catalog_find_frame(catalog, digest, &found, &there, &err), &err);
    assert_int_equal(found.offset, 512);
    assert_int_equal(found.length, 3);
    assert_ok(catalog_find_pack(catalog, found.pack, &pack, &there, &err), &err);
    assert_true(there);
    assert_int_equal(pack.size, 4096);
    assert_ok(catalog_pack_frames(catalog, found.pack, &count, &err), &err);
    assert_int_equal(count, 1);
    catalog_close(catalog);
}

static void sets_and_endpoints_come_back(void **state)
{
    struct catalog *catalog = open_catalog(state);
    struct catalog_set set = {.ring = "public", .sequence = 3, .time_us = 9}, found;
    struct catalog_endpoint endpoint = {.name = "pump-1", .ring = "public", .made_us = 5};
    struct catalog_endpoint *endpoints;
    struct error err = {0};
    size_t count;
    bool there;

    assert_ok(catalog_add_set(catalog, &set, &err), &err);
    set.sequence = 2;
    assert_ok(catalog_add_set(catalog, &set, &err), &err);
    assert_ok(catalog_newest_set(catalog, "public", &found, &there, &err), &err);
    assert_int_equal(found.sequence, 3);
    endpoint.token[31] = 1;
    assert_ok(catalog_add_endpoint(catalog, &endpoint, false, &err), &err);
    assert_refused(catalog_add_endpoint(catalog, &endpoint, false, &err), &err, ERROR_USAGE);
    endpoint.token[31] = 2;
    assert_ok(catalog_add_endpoint(catalog, &endpoint, true, &err), &err);
    assert_ok(catalog_endpoints(catalog, &endpoints, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_memory_equal(&endpoints[0], &endpoint, sizeof(endpoint));
    free(endpoints);
    catalog_close(catalog);
}

#define scratch_test(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(a_damaged_catalog_is_the_mirrors_own_trouble),
        scratch_test(no_number_is_given_out_twice),
        scratch_test(the_newest_time_never_falls),
        scratch_test(packages_are_found_by_id_type_and_version),
        scratch_test(what_was_not_committed_is_not_there),
        scratch_test(frames_lie_in_packs_that_exist),
        scratch_test(sets_and_endpoints_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
