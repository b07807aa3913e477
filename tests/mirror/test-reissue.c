/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "media/base/instant.h"
#include "mirror/decision.h"
#include "mirror/first-ring.h"
#include "mirror/package-issue.h"
#include "mirror/reissue.h"

static struct catalog_package publish(struct fixture *fixture, const char *bytes)
{
    return fixture_publish(fixture, "null", bytes, strlen(bytes));
}

static void withdraw(struct fixture *fixture, const struct catalog_package *package)
{
    struct decision_withdrawn row = {
        .issue = package->issue, .reason = (char[]){"bad"}, .link = (char[]){""}};
    struct error err = {.code = ERROR_OK};

    memcpy(row.id, package->id, DIGEST_BYTES);
    memcpy(row.recipe, package->recipe, DIGEST_BYTES);
    snprintf(row.type, sizeof(row.type), "%s", package->type);
    snprintf(row.version, sizeof(row.version), "%s", package->version);
    assert_ok(decision_withdraw(fixture->repository->catalog, &row, &err), &err);
}

static void the_newest_issue_of_a_version_is_the_base(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first = publish(fixture, "one"), base;
    struct error err = {.code = ERROR_OK};

    publish(fixture, "two");
    assert_ok(reissue_find(fixture->repository->catalog, "null", first.version, false, &base, &err),
              &err);
    assert_memory_equal(base.id, first.id, DIGEST_BYTES);
    assert_refused(reissue_find(fixture->repository->catalog, "null", "9", false, &base, &err),
                   &err, ERROR_NOT_FOUND);
    assert_refused(
        reissue_find(fixture->repository->catalog, "esh", first.version, false, &base, &err), &err,
        ERROR_NOT_FOUND);
}

static void what_is_withdrawn_comes_back_only_when_told(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first = publish(fixture, "one"), base;
    struct error err = {.code = ERROR_OK};

    withdraw(fixture, &first);
    assert_refused(
        reissue_find(fixture->repository->catalog, "null", first.version, false, &base, &err), &err,
        ERROR_WITHDRAWN);
    assert_ok(reissue_find(fixture->repository->catalog, "null", first.version, true, &base, &err),
              &err);
}

static void a_withdrawn_package_does_not_enter_the_first_ring(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first = publish(fixture, "one");
    struct ring_result ring;
    struct error err = {.code = ERROR_OK};
    bool held;

    withdraw(fixture, &first);
    assert_refused(first_ring_sign(&fixture->signer, &first, json_object(), &ring, &held, &err),
                   &err, ERROR_WITHDRAWN);
}

/* Signs the document of a package once more, as reissue does after its driver has agreed. */
static int issue_again(struct fixture *fixture, const struct catalog_package *base,
                       struct catalog_package *entry, struct error *err)
{
    struct package_issue issue = {
        .repository = fixture->repository, .trust = fixture->trust, .keyring = fixture->keyring};
    struct package_document document;
    int result = belief_package(fixture->repository, fixture->trust, base->type, base->id,
                                &document, NULL, err);

    *entry = (struct catalog_package){0};
    if (result == 0)
        result = package_issue_begin(&issue, NULL, err);
    if (result == 0)
        result = package_issue_number(&issue, base->type, &document.issue, err);
    if (result == 0)
        result = package_issue_sign(&issue, &document, entry, err);
    package_issue_end(&issue);
    package_clear(&document);
    return result;
}

static void a_new_issue_has_the_old_content_and_a_newer_time(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first = publish(fixture, "one"), second = publish(fixture, "two"), again;
    struct error err = {.code = ERROR_OK};

    assert_ok(issue_again(fixture, &first, &again, &err), &err);
    assert_int_equal(again.issue, 3);
    assert_true(again.time_us > second.time_us);
    assert_string_equal(again.version, first.version);
    assert_memory_equal(again.recipe, first.recipe, DIGEST_BYTES);
    assert_memory_not_equal(again.id, first.id, DIGEST_BYTES);
    assert_int_equal(again.bytes, first.bytes);
    assert_int_equal(again.packed, first.packed);
}

/* Where the clock has been set back, nothing is signed: no document of a type has an older time. */
static void a_type_never_goes_back_in_time(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first = publish(fixture, "one"), again;
    struct error err = {.code = ERROR_OK};

    assert_ok(catalog_note_time(fixture->repository->catalog, "type", "null",
                                instant_clock() + INSTANT_HOUR_US, &err),
              &err);
    assert_refused(issue_again(fixture, &first, &again, &err), &err, ERROR_TIMESTAMP_WINDOW);
}

static void looking_ahead_takes_no_number(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first = publish(fixture, "one");
    struct error err = {.code = ERROR_OK};
    uint64_t number;

    assert_ok(package_issue_next(fixture->repository, "null", &number, &err), &err);
    assert_int_equal(number, first.issue + 1);
    assert_ok(package_issue_next(fixture->repository, "null", &number, &err), &err);
    assert_int_equal(number, first.issue + 1);
}

#define plain_test(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(the_newest_issue_of_a_version_is_the_base),
        plain_test(what_is_withdrawn_comes_back_only_when_told),
        plain_test(a_withdrawn_package_does_not_enter_the_first_ring),
        plain_test(a_new_issue_has_the_old_content_and_a_newer_time),
        plain_test(a_type_never_goes_back_in_time),
        plain_test(looking_ahead_takes_no_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
