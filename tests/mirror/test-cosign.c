/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "media/base/instant.h"
#include "media/base/publish.h"
#include "mirror/cosign.h"
#include "mirror/decision.h"

static struct set_package publish_row(struct fixture *fixture, const char *bytes)
{
    struct catalog_package package = fixture_publish(fixture, "null", bytes, strlen(bytes));

    return fixture_row(&package);
}

static int cosign(struct fixture *fixture, struct ring_result *result, struct error *err)
{
    struct pending *before;
    int code;

    fixture->signer.key = "release-2";
    code = cosign_pending(&fixture->signer, "site", &before, result, err);
    fixture->signer.key = NULL;
    pending_free(before);
    return code;
}

/* The first signature's time counts, and the second is no way to make it older. */
static void a_second_signature_is_later_than_all_before(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result first = fixture_release(fixture, "site", &row, 1), result;
    struct error err = {.code = ERROR_OK};

    assert_true(first.pending);
    assert_ok(catalog_note_time(fixture->repository->catalog, "ring", "site",
                                instant_clock() + INSTANT_HOUR_US, &err),
              &err);
    assert_refused(cosign(fixture, &result, &err), &err, ERROR_TIMESTAMP_WINDOW);
}

static void the_set_keeps_the_time_of_its_first_signature(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result first = fixture_release(fixture, "site", &row, 1), result;
    struct error err = {.code = ERROR_OK};

    assert_ok(cosign(fixture, &result, &err), &err);
    assert_false(result.pending);
    assert_int_equal(result.set.time_us, first.set.time_us);
    assert_memory_equal(result.set.digest, first.set.digest, DIGEST_BYTES);
}

static void a_newer_set_takes_the_place_of_what_waits(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result first = fixture_release(fixture, "site", &row, 1), second;

    row = publish_row(fixture, "two");
    second = fixture_release(fixture, "site", &row, 1);
    assert_true(second.pending);
    assert_false(second.waits);
    assert_int_equal(second.replaces, first.set.sequence);
    assert_true(second.set.sequence > first.set.sequence);
}

static void just_the_same_is_not_signed_twice(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result first = fixture_release(fixture, "site", &row, 1), second;

    second = fixture_release(fixture, "site", &row, 1);
    assert_true(second.waits);
    assert_int_equal(second.replaces, 0);
    assert_int_equal(second.set.sequence, first.set.sequence);
    assert_int_equal(second.signatures, 1);
}

static void a_dry_run_signs_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result result;
    struct error err = {.code = ERROR_OK};
    uint64_t number;
    int64_t last_us;

    fixture->signer.dry_run = true;
    result = fixture_release(fixture, "site", &row, 1);
    assert_true(result.dry_run);
    assert_int_equal(result.set.sequence, 1);
    assert_int_equal(result.threshold, 2);
    assert_ok(
        catalog_progress(fixture->repository->catalog, "ring", "site", &number, &last_us, &err),
        &err);
    assert_int_equal(number, 0);
    assert_refused(cosign(fixture, &result, &err), &err, ERROR_NOT_FOUND);
    fixture->signer.dry_run = false;
    fixture_release(fixture, "site", &row, 1);
    fixture->signer.dry_run = true;
    assert_ok(cosign(fixture, &result, &err), &err);
    assert_true(result.pending);
    assert_int_equal(result.signatures, 1);
}

static void what_was_aborted_meanwhile_is_not_signed(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    uint8_t ids[1][DIGEST_BYTES];
    struct decision_aborted stop = {.reason = (char[]){"wait"}, .count = 1, .ids = ids};
    struct ring_result result;
    struct error err = {.code = ERROR_OK};

    stop.set = fixture_release(fixture, "test", &row, 1).set;
    fixture_release(fixture, "site", &row, 1);
    memcpy(ids[0], row.id, DIGEST_BYTES);
    assert_ok(decision_abort(fixture->repository->catalog, &stop, &err), &err);
    assert_refused(cosign(fixture, &result, &err), &err, ERROR_USAGE);
    assert_non_null(strstr(err.words, "is aborted (wait)"));
}

/* Cut after the set was written, before it was entered: signed again it has other bytes. */
static void what_a_cut_left_is_replaced(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result result;
    struct error err = {.code = ERROR_OK};

    fixture_release(fixture, "site", &row, 1);
    assert_ok(cosign(fixture, &result, &err), &err);
    fixture_reopen(fixture);
    assert_ok(cosign(fixture, &result, &err), &err);
    assert_false(result.pending);
    assert_ok(ring_release(fixture->repository, &result, &err), &err);
    assert_refused(cosign(fixture, &result, &err), &err, ERROR_NOT_FOUND);
}

#define two_test(function)                                                                         \
    cmocka_unit_test_setup_teardown(function, fixture_open_two_person, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        two_test(a_second_signature_is_later_than_all_before),
        two_test(the_set_keeps_the_time_of_its_first_signature),
        two_test(a_newer_set_takes_the_place_of_what_waits),
        two_test(just_the_same_is_not_signed_twice),
        two_test(a_dry_run_signs_nothing),
        two_test(what_was_aborted_meanwhile_is_not_signed),
        two_test(what_a_cut_left_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
