/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "mirror/decision.h"
#include "mirror/promotion.h"

static bool everything(const void *context, const char *type)
{
    return true;
}

static bool just_this(const void *context, const char *type)
{
    return strcmp(context, type) == 0;
}

static struct set_package publish_row(struct fixture *fixture, const char *type, const char *bytes)
{
    struct catalog_package package = fixture_publish(fixture, type, bytes, strlen(bytes));

    return fixture_row(&package);
}

/* The ring "test" with the types esh and null, sorted as in a set. */
static void fill_first_ring(struct fixture *fixture, const char *bytes)
{
    struct set_package rows[2] = {publish_row(fixture, "esh", bytes),
                                  publish_row(fixture, "null", bytes)};

    fixture_release(fixture, "test", rows, 2);
}

static void promote(struct fixture *fixture, const struct promotion *promotion)
{
    fixture_release(fixture, promotion->ring, promotion->packages, promotion->count);
}

static void everything_is_taken_once(void **state)
{
    struct fixture *fixture = *state;
    struct promotion promotion = {0};
    struct error err = {.code = ERROR_OK};

    fill_first_ring(fixture, "one");
    assert_ok(promotion_plan(&fixture->signer, "site", everything, NULL, &promotion, &err), &err);
    assert_int_equal(promotion.count, 2);
    assert_int_equal(promotion.changes, 2);
    assert_string_equal(promotion.packages[0].type, "esh");
    promote(fixture, &promotion);
    promotion = (struct promotion){0};
    assert_ok(promotion_plan(&fixture->signer, "site", everything, NULL, &promotion, &err), &err);
    assert_int_equal(promotion.count, 2);
    assert_int_equal(promotion.changes, 0);
}

static void only_what_is_wanted_moves(void **state)
{
    struct fixture *fixture = *state;
    struct promotion promotion = {0};
    struct error err = {.code = ERROR_OK};

    fill_first_ring(fixture, "one");
    assert_ok(promotion_plan(&fixture->signer, "site", just_this, "null", &promotion, &err), &err);
    assert_int_equal(promotion.count, 1);
    assert_string_equal(promotion.packages[0].type, "null");
    promote(fixture, &promotion);
    fill_first_ring(fixture, "two");
    promotion = (struct promotion){0};
    assert_ok(promotion_plan(&fixture->signer, "site", just_this, "esh", &promotion, &err), &err);
    assert_int_equal(promotion.count, 2);
    assert_int_equal(promotion.changes, 1);
    assert_true(promotion.changed[0]);
    assert_int_equal(promotion.packages[0].issue, 2);
    assert_false(promotion.changed[1]);
    assert_int_equal(promotion.packages[1].issue, 1);
}

/* A type that the ring before no longer carries is no statement: the ring keeps it. */
static void what_the_ring_before_lacks_is_kept(void **state)
{
    struct fixture *fixture = *state;
    struct promotion promotion = {0};
    struct set_package row;
    struct error err = {.code = ERROR_OK};

    fill_first_ring(fixture, "one");
    assert_ok(promotion_plan(&fixture->signer, "site", everything, NULL, &promotion, &err), &err);
    promote(fixture, &promotion);
    row = publish_row(fixture, "null", "two");
    fixture_release(fixture, "test", &row, 1);
    promotion = (struct promotion){0};
    assert_ok(promotion_plan(&fixture->signer, "site", everything, NULL, &promotion, &err), &err);
    assert_int_equal(promotion.count, 2);
    assert_string_equal(promotion.packages[0].type, "esh");
    assert_false(promotion.changed[0]);
    assert_true(promotion.changed[1]);
}

/* An older package never comes back by promotion: the mirror re-issues it. */
static void nothing_goes_back(void **state)
{
    struct fixture *fixture = *state;
    struct promotion promotion = {0};
    struct set_package old = publish_row(fixture, "null", "one");
    struct set_package newer = publish_row(fixture, "null", "two");
    struct error err = {.code = ERROR_OK};

    fixture_release(fixture, "site", &newer, 1);
    fixture_release(fixture, "test", &old, 1);
    assert_ok(promotion_plan(&fixture->signer, "site", everything, NULL, &promotion, &err), &err);
    assert_int_equal(promotion.changes, 0);
    assert_int_equal(promotion.packages[0].issue, 2);
}

static void the_first_ring_and_an_empty_one_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct promotion promotion = {0};
    struct error err = {.code = ERROR_OK};

    assert_refused(promotion_plan(&fixture->signer, "test", everything, NULL, &promotion, &err),
                   &err, ERROR_USAGE);
    assert_refused(promotion_plan(&fixture->signer, "site", everything, NULL, &promotion, &err),
                   &err, ERROR_NOT_FOUND);
    assert_refused(promotion_plan(&fixture->signer, "nowhere", everything, NULL, &promotion, &err),
                   &err, ERROR_NOT_FOUND);
}

static void an_absent_driver_leaves_its_type(void **state)
{
    struct fixture *fixture = *state;
    struct promotion promotion = {0};
    struct set_package row = publish_row(fixture, "null", "one");
    struct error err = {.code = ERROR_OK};

    fixture_release(fixture, "test", &row, 1);
    assert_ok(promotion_plan(&fixture->signer, "site", everything, NULL, &promotion, &err), &err);
    assert_ok(promotion_check(&fixture->signer, fixture->scratch->path, &promotion, &err), &err);
    assert_int_equal(promotion.refused, 1);
    assert_int_equal(promotion.changes, 0);
    assert_int_equal(promotion.count, 0);
    assert_string_equal(promotion.types[0].reason, "driver-missing");
}

static void a_damaged_package_ends_it(void **state)
{
    struct fixture *fixture = *state;
    struct promotion promotion = {0};
    struct set_package row = publish_row(fixture, "null", "one");
    struct error err = {.code = ERROR_OK};
    char id[DIGEST_TEXT_BYTES], name[512];

    fixture_release(fixture, "test", &row, 1);
    assert_ok(promotion_plan(&fixture->signer, "site", everything, NULL, &promotion, &err), &err);
    snprintf(name, sizeof(name), "tree/sallyport/packages/null/%s.p7m", digest_text(row.id, id));
    fixture_flip(fixture, name, 200);
    assert_int_not_equal(
        promotion_check(&fixture->signer, fixture->scratch->path, &promotion, &err), 0);
    assert_int_equal(error_row(err.code)->exit_status, 20);
}

/* The newest set of the first ring goes no further. */
static void abort_first_ring(struct fixture *fixture)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    uint8_t ids[2][DIGEST_BYTES];
    struct decision_aborted row = {.reason = (char[]){"wait"}, .count = 2, .ids = ids};
    struct error err = {.code = ERROR_OK};
    bool found;

    assert_ok(ring_newest(fixture->repository, fixture->trust, "test", set, &row.set, &found, &err),
              &err);
    assert_int_equal(set->package_count, 2);
    memcpy(ids[0], set->packages[0].id, DIGEST_BYTES);
    memcpy(ids[1], set->packages[1].id, DIGEST_BYTES);
    assert_ok(decision_abort(fixture->repository->catalog, &row, &err), &err);
    set_clear(set);
    free(set);
}

/* By whichever later set they would come; a newer package of the type goes on. */
static void packages_of_an_aborted_set_are_left(void **state)
{
    struct fixture *fixture = *state;
    struct promotion promotion = {0};
    struct set_package rows[2];
    struct error err = {.code = ERROR_OK};

    fill_first_ring(fixture, "one");
    abort_first_ring(fixture);
    assert_ok(promotion_plan(&fixture->signer, "site", everything, NULL, &promotion, &err), &err);
    assert_int_equal(promotion.changes, 0);
    assert_string_equal(promotion.types[0].reason, "aborted");
    assert_string_equal(promotion.types[1].reason, "aborted");
    assert_non_null(strstr(promotion.types[1].words, "set test/1 is aborted: wait"));
    rows[0] = promotion.types[0].theirs;
    rows[1] = publish_row(fixture, "null", "two");
    fixture_release(fixture, "test", rows, 2);
    assert_ok(promotion_plan(&fixture->signer, "site", everything, NULL, &promotion, &err), &err);
    assert_int_equal(promotion.changes, 1);
    assert_string_equal(promotion.types[0].reason, "aborted");
    assert_true(promotion.types[1].taken);
}

static void a_withdrawn_package_is_left(void **state)
{
    struct fixture *fixture = *state;
    struct promotion promotion = {0};
    struct decision_withdrawn bad = {.reason = (char[]){"bad"}, .link = (char[]){""}};
    struct error err = {.code = ERROR_OK};

    fill_first_ring(fixture, "one");
    assert_ok(promotion_plan(&fixture->signer, "site", everything, NULL, &promotion, &err), &err);
    memcpy(bad.id, promotion.types[0].theirs.id, DIGEST_BYTES);
    assert_ok(decision_withdraw(fixture->repository->catalog, &bad, &err), &err);
    assert_ok(promotion_plan(&fixture->signer, "site", everything, NULL, &promotion, &err), &err);
    assert_int_equal(promotion.changes, 1);
    assert_string_equal(promotion.types[0].reason, "withdrawn");
    assert_true(promotion.types[1].taken);
}

#define plain_test(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(everything_is_taken_once),
        plain_test(only_what_is_wanted_moves),
        plain_test(what_the_ring_before_lacks_is_kept),
        plain_test(nothing_goes_back),
        plain_test(the_first_ring_and_an_empty_one_are_refused),
        plain_test(an_absent_driver_leaves_its_type),
        plain_test(a_damaged_package_ends_it),
        plain_test(packages_of_an_aborted_set_are_left),
        plain_test(a_withdrawn_package_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
