/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "mirror/cosign.h"
#include "mirror/decision.h"
#include "mirror/withdrawal.h"

static struct catalog_package publish(struct fixture *fixture, const char *bytes)
{
    return fixture_publish(fixture, "null", bytes, strlen(bytes));
}

static void release(struct fixture *fixture, const char *ring,
                    const struct catalog_package *package)
{
    struct set_package row = fixture_row(package);

    fixture_release(fixture, ring, &row, 1);
}

/* Decides, in a transaction of its own as the verb does. */
static void decide(struct fixture *fixture, struct withdrawal *withdrawal)
{
    struct error err = {.code = ERROR_OK};

    assert_ok(withdrawal_find(withdrawal, fixture->repository->catalog, &err), &err);
    assert_ok(withdrawal_decide(withdrawal, fixture->repository->catalog, &err), &err);
}

static struct withdrawal_ring sign(struct fixture *fixture, const struct withdrawal *withdrawal,
                                   const char *ring)
{
    struct withdrawal_ring outcome;
    struct error err = {.code = ERROR_OK};

    assert_ok(withdrawal_sign(withdrawal, &fixture->signer, ring, &outcome, &err), &err);
    return outcome;
}

static struct set_document *newest(struct fixture *fixture, const char *ring)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct catalog_set known;
    struct error err = {.code = ERROR_OK};
    bool found;

    assert_ok(ring_newest(fixture->repository, fixture->trust, ring, set, &known, &found, &err),
              &err);
    assert_true(found);
    return set;
}

static void free_set(struct set_document *set)
{
    set_clear(set);
    free(set);
}

static struct withdrawal words(const struct catalog_package *package)
{
    return (struct withdrawal){
        .type = "null", .version = package->version, .reason = "bad", .link = ""};
}

static void only_rings_that_hold_it_are_signed(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package package = publish(fixture, "one");
    struct withdrawal withdrawal = words(&package);
    struct set_document *set;

    release(fixture, "test", &package);
    decide(fixture, &withdrawal);
    assert_int_equal(sign(fixture, &withdrawal, "test").outcome, WITHDRAWAL_SIGNED);
    assert_int_equal(sign(fixture, &withdrawal, "site").outcome, WITHDRAWAL_EMPTY);
    set = newest(fixture, "test");
    assert_int_equal(set->package_count, 0);
    assert_int_equal(set->withdrawn_count, 1);
    assert_memory_equal(set->withdrawn[0].id, package.id, DIGEST_BYTES);
    assert_string_equal(set->withdrawn[0].reason, "bad");
    free_set(set);
    /* Again: nothing is left to do. */
    assert_int_equal(sign(fixture, &withdrawal, "test").outcome, WITHDRAWAL_ABSENT);
    withdrawal_clear(&withdrawal);
}

static void every_later_set_lists_it_and_none_carries_it(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package bad = publish(fixture, "one"), good;
    struct withdrawal withdrawal = words(&bad);
    struct set_document *set;

    release(fixture, "test", &bad);
    decide(fixture, &withdrawal);
    release(fixture, "site", &bad); /* whoever asks for it gets a set without it */
    set = newest(fixture, "site");
    assert_int_equal(set->package_count, 0);
    assert_int_equal(set->withdrawn_count, 1);
    free_set(set);
    good = publish(fixture, "two");
    release(fixture, "site", &good);
    set = newest(fixture, "site");
    assert_int_equal(set->package_count, 1);
    assert_int_equal(set->withdrawn_count, 1);
    free_set(set);
    withdrawal_clear(&withdrawal);
}

static void other_words_are_no_second_withdrawal(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package package = publish(fixture, "one");
    struct withdrawal withdrawal = words(&package), again = words(&package);
    struct error err = {.code = ERROR_OK};

    decide(fixture, &withdrawal);
    withdrawal_clear(&withdrawal);
    assert_ok(withdrawal_find(&again, fixture->repository->catalog, &err), &err);
    assert_int_equal(again.known, again.count);
    withdrawal_clear(&again);
    again.reason = "worse";
    assert_refused(withdrawal_find(&again, fixture->repository->catalog, &err), &err, ERROR_USAGE);
    withdrawal_clear(&again);
    again.version = "nowhere";
    assert_refused(withdrawal_find(&again, fixture->repository->catalog, &err), &err,
                   ERROR_NOT_FOUND);
    withdrawal_clear(&again);
}

static void what_waited_before_the_decision_is_obsolete(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package package = publish(fixture, "one"), other;
    struct withdrawal withdrawal = words(&package);
    struct withdrawal_ring outcome;
    struct ring_result result;
    struct pending *pending;
    struct error err = {.code = ERROR_OK};

    release(fixture, "site", &package); /* two signatures: waits */
    decide(fixture, &withdrawal);
    fixture->signer.key = "release-2";
    assert_refused(cosign_pending(&fixture->signer, "site", &pending, &result, &err), &err,
                   ERROR_WITHDRAWN);
    pending_free(pending);
    fixture->signer.key = NULL;
    outcome = sign(fixture, &withdrawal, "site");
    assert_int_equal(outcome.outcome, WITHDRAWAL_OBSOLETE);
    assert_refused(pending_read(fixture->repository, fixture->trust, "site", &pending, &err), &err,
                   ERROR_NOT_FOUND);
    /* What is made after it may be signed. */
    other = publish(fixture, "two");
    release(fixture, "site", &other);
    fixture->signer.key = "release-2";
    assert_ok(cosign_pending(&fixture->signer, "site", &pending, &result, &err), &err);
    assert_false(result.pending);
    pending_free(pending);
    withdrawal_clear(&withdrawal);
}

static void a_withdrawal_that_waits_is_signed_once(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package package = publish(fixture, "one");
    struct withdrawal withdrawal = words(&package);
    struct withdrawal_ring outcome, again;
    struct pending *pending;
    struct ring_result result;
    struct error err = {.code = ERROR_OK};

    release(fixture, "site", &package);
    fixture->signer.key = "release-2";
    assert_ok(cosign_pending(&fixture->signer, "site", &pending, &result, &err), &err);
    assert_ok(ring_release(fixture->repository, &result, &err), &err);
    pending_free(pending);
    fixture->signer.key = NULL;
    decide(fixture, &withdrawal);
    outcome = sign(fixture, &withdrawal, "site");
    assert_true(outcome.result.pending);
    assert_false(outcome.result.waits);
    again = sign(fixture, &withdrawal, "site");
    assert_true(again.result.waits);
    assert_int_equal(again.result.set.sequence, outcome.result.set.sequence);
    withdrawal_clear(&withdrawal);
}

static void the_same_content_under_another_name_goes_too(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first = publish(fixture, "one"), between = publish(fixture, "two");
    struct catalog_package again = publish(fixture, "one");
    struct withdrawal withdrawal = words(&first);
    struct error err = {.code = ERROR_OK};

    assert_int_not_equal(first.issue, again.issue);
    assert_int_not_equal(between.issue, again.issue);
    assert_ok(withdrawal_find(&withdrawal, fixture->repository->catalog, &err), &err);
    assert_int_equal(withdrawal.count, 2);
    withdrawal_clear(&withdrawal);
}

#define plain_test(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)
#define two_test(function)                                                                         \
    cmocka_unit_test_setup_teardown(function, fixture_open_two_person, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(only_rings_that_hold_it_are_signed),
        plain_test(every_later_set_lists_it_and_none_carries_it),
        plain_test(other_words_are_no_second_withdrawal),
        two_test(what_waited_before_the_decision_is_obsolete),
        two_test(a_withdrawal_that_waits_is_signed_once),
        plain_test(the_same_content_under_another_name_goes_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
