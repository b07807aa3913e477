/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include "mirror/decision.h"

static struct catalog *open_catalog(const struct scratch *scratch)
{
    struct catalog *catalog;
    struct error err = {.code = ERROR_OK};
    char path[600];

    snprintf(path, sizeof(path), "%s/catalog.db", scratch->path);
    assert_ok(catalog_open(path, &catalog, &err), &err);
    return catalog;
}

static void what_was_decided_comes_back(void **state)
{
    struct catalog *catalog = open_catalog(*state);
    struct decision_withdrawn row = {.issue = 7,
                                     .harmful = true,
                                     .made_us = 9,
                                     .type = "null",
                                     .version = "1.2",
                                     .id = {2},
                                     .recipe = {3},
                                     .reason = (char[]){"bad"},
                                     .link = (char[]){"https://example.com"}};
    struct decision_withdrawn *rows;
    struct error err = {.code = ERROR_OK};
    size_t count;

    assert_ok(decision_all_withdrawn(catalog, &rows, &count, &err), &err);
    assert_int_equal(count, 0);
    decision_free_withdrawn(rows, count);
    assert_ok(decision_withdraw(catalog, &row, &err), &err);
    row.id[0] = 1;
    assert_ok(decision_withdraw(catalog, &row, &err), &err);
    assert_ok(decision_all_withdrawn(catalog, &rows, &count, &err), &err);
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].id[0], 1); /* in order */
    assert_int_equal(rows[1].issue, 7);
    assert_string_equal(rows[1].reason, "bad");
    assert_string_equal(rows[1].link, "https://example.com");
    assert_true(rows[1].harmful);
    assert_ptr_equal(decision_find(rows, count, row.id), &rows[0]);
    row.id[0] = 9;
    assert_null(decision_find(rows, count, row.id));
    decision_free_withdrawn(rows, count);
    catalog_close(catalog);
}

static void a_package_is_withdrawn_once(void **state)
{
    struct catalog *catalog = open_catalog(*state);
    struct decision_withdrawn row = {.reason = (char[]){"bad"}, .link = (char[]){""}};
    struct error err = {.code = ERROR_OK};

    assert_ok(decision_withdraw(catalog, &row, &err), &err);
    assert_int_not_equal(decision_withdraw(catalog, &row, &err), 0);
    catalog_close(catalog);
}

/* An aborted set stops its packages in the rings after its own, and nowhere else. */
static void an_aborted_set_stops_later_rings(void **state)
{
    struct catalog *catalog = open_catalog(*state);
    uint8_t ids[2][DIGEST_BYTES] = {{1}, {2}};
    const uint8_t other[DIGEST_BYTES] = {3};
    struct decision_aborted row = {.set = {.ring = "internal", .sequence = 4},
                                   .reason = (char[]){"wait"},
                                   .count = 2,
                                   .ids = ids};
    struct root_document *root = bytes_allocate(1, sizeof(*root));
    struct decision_aborted *rows;
    struct error err = {.code = ERROR_OK};
    size_t count;

    root->ring_count = 3;
    snprintf(root->rings[0].name, sizeof(root->rings[0].name), "engineering");
    snprintf(root->rings[1].name, sizeof(root->rings[1].name), "internal");
    snprintf(root->rings[2].name, sizeof(root->rings[2].name), "public");
    assert_ok(decision_abort(catalog, &row, &err), &err);
    assert_ok(decision_all_aborted(catalog, &rows, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].count, 2);
    assert_int_equal(rows[0].set.sequence, 4);
    assert_string_equal(rows[0].reason, "wait");
    assert_ptr_equal(decision_stops(rows, count, root, "public", ids[1]), &rows[0]);
    assert_null(decision_stops(rows, count, root, "internal", ids[1]));
    assert_null(decision_stops(rows, count, root, "engineering", ids[1]));
    assert_null(decision_stops(rows, count, root, "public", other));
    decision_free_aborted(rows, count);
    free(root);
    catalog_close(catalog);
}

#define scratch_test(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(what_was_decided_comes_back),
        scratch_test(a_package_is_withdrawn_once),
        scratch_test(an_aborted_set_stops_later_rings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
