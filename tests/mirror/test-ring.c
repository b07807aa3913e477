/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "media/base/instant.h"
#include "media/base/publish.h"
#include "mirror/cosign.h"

static struct set_package publish_row(struct fixture *fixture, const char *bytes)
{
    struct catalog_package package = fixture_publish(fixture, "null", bytes, strlen(bytes));

    return fixture_row(&package);
}

static int cosign(struct fixture *fixture, struct ring_result *result, struct error *err)
{
    struct pending *before;
    int code = cosign_pending(&fixture->signer, "site", &before, result, err);

    pending_free(before);
    return code;
}

static void sets_follow_each_other(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result first = fixture_release(fixture, "test", &row, 1), second;
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct catalog_set known;
    struct error err = {.code = ERROR_OK};
    bool found;

    row = publish_row(fixture, "two");
    second = fixture_release(fixture, "test", &row, 1);
    assert_int_equal(first.set.sequence, 1);
    assert_int_equal(second.set.sequence, 2);
    assert_true(second.set.time_us > first.set.time_us);
    assert_ok(ring_newest(fixture->repository, fixture->trust, "test", set, &known, &found, &err),
              &err);
    assert_true(found);
    assert_true(set->has_previous);
    assert_memory_equal(set->previous, first.set.digest, DIGEST_BYTES);
    assert_int_equal(set->package_count, 1);
    assert_memory_equal(set->packages[0].id, row.id, DIGEST_BYTES);
    assert_int_equal(set->crl_count, 2);
    assert_int_equal(set->root_version, 1);
    set_clear(set);
    free(set);
}

/* Times of a type or ring only rise: where the clock has been set back, nothing is signed. */
static void nothing_is_signed_with_an_older_time(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result result;
    struct error err = {.code = ERROR_OK};
    bool found;

    fixture_release(fixture, "test", &row, 1);
    assert_ok(catalog_note_time(fixture->repository->catalog, "ring", "test",
                                instant_clock() + INSTANT_HOUR_US, &err),
              &err);
    assert_refused(ring_sign(&fixture->signer, "test", &row, 1, json_object(), &result, &err), &err,
                   ERROR_TIMESTAMP_WINDOW);
    assert_ok(catalog_newest_set(fixture->repository->catalog, "test", &result.set, &found, &err),
              &err);
    assert_int_equal(result.set.sequence, 1);
}

static void a_number_that_was_lost_is_not_used_again(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result lost, next;
    struct error err = {.code = ERROR_OK};

    /* Signed and written, then the process ends before the catalog knows. */
    assert_ok(ring_sign(&fixture->signer, "test", &row, 1, json_object(), &lost, &err), &err);
    fixture_reopen(fixture);
    next = fixture_release(fixture, "test", &row, 1);
    assert_int_equal(lost.set.sequence, 1);
    assert_int_equal(next.set.sequence, 2);
}

static void too_few_signatures_wait(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result result;
    struct catalog_set known;
    struct error err = {.code = ERROR_OK};
    bool found;

    result = fixture_release(fixture, "site", &row, 1);
    assert_true(result.pending);
    assert_int_equal(result.signatures, 1);
    assert_int_equal(result.threshold, 2);
    assert_ok(catalog_newest_set(fixture->repository->catalog, "site", &known, &found, &err), &err);
    assert_false(found);
    fixture->signer.key = "release";
    assert_refused(cosign(fixture, &result, &err), &err, ERROR_SAME_KEY_TWICE);
    fixture->signer.key = "content";
    assert_refused(cosign(fixture, &result, &err), &err, ERROR_WRONG_ROLE);
    fixture->signer.key = "release-2";
    assert_ok(cosign(fixture, &result, &err), &err);
    assert_false(result.pending);
    assert_int_equal(result.signatures, 2);
    assert_ok(ring_enter(fixture->repository, &result, &err), &err);
    assert_ok(ring_show(fixture->repository, &result, &err), &err);
    assert_ok(catalog_newest_set(fixture->repository->catalog, "site", &known, &found, &err), &err);
    assert_true(found);
    assert_refused(cosign(fixture, &result, &err), &err, ERROR_NOT_FOUND);
}

static void a_pending_set_that_was_overtaken_is_not_signed(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result result;
    struct error err = {.code = ERROR_OK};
    struct bytes stale;
    char name[128];

    fixture_release(fixture, "site", &row, 1);
    assert_ok(path_read(fixture->repository->fd, pending_name("site", name), LIMIT_SET_BYTES,
                        &stale, &err),
              &err);
    fixture->signer.key = "release-2";
    assert_ok(cosign(fixture, &result, &err), &err);
    assert_ok(ring_enter(fixture->repository, &result, &err), &err);
    /* Somebody puts the old file back. */
    assert_ok(publish_file(fixture->repository->fd, name, stale.data, stale.size, 0644, &err),
              &err);
    assert_refused(cosign(fixture, &result, &err), &err, ERROR_USAGE);
    bytes_clear(&stale);
}

static void a_changed_pending_set_is_not_signed(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result result;
    struct error err = {.code = ERROR_OK};
    struct bytes document;
    const uint8_t *place;
    char name[128];

    fixture_release(fixture, "site", &row, 1);
    assert_ok(path_read(fixture->repository->fd, pending_name("site", name), LIMIT_SET_BYTES,
                        &document, &err),
              &err);
    place = memmem(document.data, document.size, "\"ring\":\"site\"", 13);
    assert_non_null(place);
    fixture_flip(fixture, name, place - document.data + 9);
    bytes_clear(&document);
    fixture->signer.key = "release-2";
    assert_refused(cosign(fixture, &result, &err), &err, ERROR_ATTRIBUTE_MISMATCH);
}

static void a_changed_set_in_the_tree_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct catalog_set known;
    struct error err = {.code = ERROR_OK};
    bool found;

    fixture_release(fixture, "test", &row, 1);
    fixture_flip(fixture, "tree/sallyport/rings/test/set-1.p7m", 200);
    assert_int_not_equal(
        ring_newest(fixture->repository, fixture->trust, "test", set, &known, &found, &err), 0);
    set_clear(set);
    free(set);
}

static void what_the_http_tree_shows_is_settled_after_a_cut(void **state)
{
    static const char shown[] = "tree/sallyport/rings/test/set.p7m";
    struct fixture *fixture = *state;
    struct set_package row = publish_row(fixture, "one");
    struct ring_result result;
    struct bytes first, after;
    struct error err = {.code = ERROR_OK};

    fixture_release(fixture, "test", &row, 1);
    assert_ok(path_read(fixture->repository->fd, shown, LIMIT_SET_BYTES, &first, &err), &err);
    row = publish_row(fixture, "two");
    assert_ok(ring_sign(&fixture->signer, "test", &row, 1, json_object(), &result, &err), &err);
    assert_ok(ring_enter(fixture->repository, &result, &err), &err);
    fixture_reopen(fixture);
    assert_ok(ring_settle(fixture->repository, fixture->trust, false, &err), &err);
    assert_ok(path_read(fixture->repository->fd, shown, LIMIT_SET_BYTES, &after, &err), &err);
    assert_false(bytes_equal(bytes_view(&first), bytes_view(&after)));
    bytes_clear(&first);
    bytes_clear(&after);
    assert_ok(path_read(fixture->repository->fd, "tree/sallyport/rings/test/set-2.p7m",
                        LIMIT_SET_BYTES, &first, &err),
              &err);
    assert_ok(path_read(fixture->repository->fd, shown, LIMIT_SET_BYTES, &after, &err), &err);
    assert_true(bytes_equal(bytes_view(&first), bytes_view(&after)));
    bytes_clear(&first);
    bytes_clear(&after);
}

static void an_unknown_ring_is_told_with_those_that_are(void **state)
{
    struct fixture *fixture = *state;
    const struct root_ring *ring, *before;
    struct error err = {.code = ERROR_OK};

    assert_refused(ring_find(fixture->trust, "nowhere", &ring, &before, &err), &err,
                   ERROR_NOT_FOUND);
    assert_string_equal(err.words, "no ring nowhere; there are: test, site");
    assert_ok(ring_find(fixture->trust, "test", &ring, &before, &err), &err);
    assert_null(before);
    assert_ok(ring_find(fixture->trust, "site", &ring, &before, &err), &err);
    assert_string_equal(before->name, "test");
}

#define plain_test(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)
#define two_test(function)                                                                         \
    cmocka_unit_test_setup_teardown(function, fixture_open_two_person, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(sets_follow_each_other),
        plain_test(nothing_is_signed_with_an_older_time),
        plain_test(a_number_that_was_lost_is_not_used_again),
        two_test(too_few_signatures_wait),
        two_test(a_pending_set_that_was_overtaken_is_not_signed),
        two_test(a_changed_pending_set_is_not_signed),
        plain_test(a_changed_set_in_the_tree_is_refused),
        plain_test(what_the_http_tree_shows_is_settled_after_a_cut),
        plain_test(an_unknown_ring_is_told_with_those_that_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
