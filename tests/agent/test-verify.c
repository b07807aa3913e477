/* SPDX-License-Identifier: ISC
 *
 * The real program: FORMAT, roots, lists, export document, set.
 */
#include "tests/agent/run-verify.h"

#include "agent/control/verify-protocol.h"
#include "media/base/instant.h"
#include "media/certificate.h"
#include "media/document-json.h"

static void remove_export(struct medium *medium)
{
    medium_remove(medium, "sallyport/export.p7m");
}

/* ---- good media ---- */

static void a_good_medium_is_planned(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run = run_verify_new(medium);
    const json_t *set;

    run_all(run, medium);
    assert_string_equal(run_code(run), "ok");
    assert_string_equal(run_package_text(run, "null", "answer"), "fetch");
    assert_string_equal(run_package_text(run, "flags-supplement", "answer"), "fetch");
    assert_int_equal(json_integer_value(json_object_get(run_package(run, "null"), "files")), 4);
    assert_int_equal(run->recipe_count, 2);
    assert_int_equal(run->list_count, 2);
    assert_int_equal(run->root_count, 0);
    set = json_object_get(run->plan, "set");
    assert_string_equal(json_string_value(json_object_get(set, "ring")), MEDIUM_RING);
    assert_int_equal(json_integer_value(json_object_get(set, "sequence")), 1);
    assert_string_equal(json_string_value(json_object_get(run->plan, "set_answer")), "newer");
    /* 2 lists, export, set, 2 packages */
    assert_int_equal(json_array_size(run->documents), 6);
    run_verify_free(run);
}

/* ---- the tree ---- */

static void what_is_no_medium_is_named_so(void **state)
{
    struct medium *medium = *state;

    remove_export(medium);
    medium_write(medium, "sallyport/FORMAT", "sallyport 2\n", 12);
    run_expect(medium, ERROR_BAD_FORMAT_FILE);
    medium_write(medium, "sallyport/FORMAT", "sallyport 1\r\n", 13);
    run_expect(medium, ERROR_BAD_FORMAT_FILE);
    medium_remove(medium, "sallyport/FORMAT");
    run_expect(medium, ERROR_NOT_A_MEDIUM);
}

/* ---- roots ---- */

static void nothing_is_judged_without_a_root(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run = run_verify_new(medium);

    run_judge(run);
    assert_string_equal(run_code(run), "unanchored");
    run_verify_free(run);
}

static void new_roots_are_followed_and_handed_out(void **state)
{
    struct medium *medium = *state;
    struct bytes first = medium_read(medium, "sallyport/root/1.p7m");
    struct run_verify *run = run_verify_new(medium);

    for (int i = 0; i < 12; i++)
        medium_write_root(medium);
    medium_write_set(medium);
    medium_write_export(medium);
    run_root(run, &first);
    run_judge(run);
    assert_string_equal(run_code(run), "ok");
    assert_int_equal(run->root_count, 12);
    run_verify_free(run);
    bytes_clear(&first);
}

static void a_gap_or_a_bad_root_refuses_all(void **state)
{
    struct medium *medium = *state;
    struct bytes first = medium_read(medium, "sallyport/root/1.p7m");

    remove_export(medium);
    medium_write(medium, "sallyport/root/3.p7m", first.data, first.size);
    run_expect(medium, ERROR_ROOT_GAP);
    medium_write(medium, "sallyport/root/2.p7m", first.data, first.size);
    run_expect(medium, ERROR_WRONG_KIND);
    medium_write(medium, "sallyport/root/2.p7m", first.data, first.size - 1);
    run_expect(medium, ERROR_NOT_DER);
    bytes_clear(&first);
    shows_case("I3");
}

/* ---- revocation lists ---- */

static const char *list_path(struct medium *medium, const struct key *issuer, uint64_t number,
                             char out[static VOLUME_NAME_BYTES])
{
    struct error err = {0};
    uint8_t id[DIGEST_BYTES];

    assert_ok(key_id(issuer, id, &err), &err);
    return medium_path(VOLUME_CRL, NULL, number, id, out);
}

static void the_lists_of_the_set_must_be_there(void **state)
{
    struct medium *medium = *state;
    char path[VOLUME_NAME_BYTES];
    struct run_verify *run;
    struct bytes list;

    remove_export(medium);
    list_path(medium, medium->site->issuing, 1, path);
    list = medium_read(medium, path);
    medium_remove(medium, path);
    run_expect(medium, ERROR_CRL_MISSING);
    /* Kept from an earlier medium is as good. */
    run = run_verify_new(medium);
    run_root(run, &medium->root_p7m);
    run_send(run, VERIFY_CRL, list.data, list.size);
    run_judge(run);
    assert_string_equal(run_code(run), "ok");
    assert_int_equal(run->list_count, 1);
    run_verify_free(run);
    bytes_clear(&list);
    shows_case("A16");
}

static void a_newer_list_than_the_sets_is_as_good(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run;

    medium_write_crl(medium, medium->site->root, 2, NULL, 0);
    medium_write_crl(medium, medium->site->issuing, 2, NULL, 0);
    medium_write_export(medium);
    run = run_verify_new(medium);
    run_all(run, medium);
    assert_string_equal(run_code(run), "ok");
    assert_int_equal(run->list_count, 2);
    run_verify_free(run);
}

static void a_list_in_the_wrong_place_refuses_all(void **state)
{
    struct medium *medium = *state;
    char from[VOLUME_NAME_BYTES], to[VOLUME_NAME_BYTES];
    struct bytes list;

    remove_export(medium);
    list = medium_read(medium, list_path(medium, medium->site->root, 1, from));
    medium_write(medium, list_path(medium, medium->site->root, 2, to), list.data, list.size);
    run_expect(medium, ERROR_BAD_CRL);
    list.data[list.size - 1] ^= 1;
    medium_remove(medium, to);
    medium_write(medium, from, list.data, list.size);
    run_expect(medium, ERROR_BAD_CRL);
    bytes_clear(&list);
}

static void a_revoked_signer_holds_its_packages(void **state)
{
    struct medium *medium = *state;
    const struct key *leaf = medium->site->leaves[ROLE_CONTENT][0];
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    struct certificate certificate;
    struct error err = {0};
    struct certify_revocation revocation = {.key_compromise = true, .revoked_us = instant_clock()};
    char code[64];

    assert_true(key_path(leaf, path) >= 1);
    assert_ok(certificate_parse(path[0], &certificate, &err), &err);
    revocation.serial = certificate.serial;
    medium_write_crl(medium, medium->site->issuing, 2, &revocation, 1);
    medium_write_set(medium);
    medium_write_export(medium);
    assert_string_equal(run_package_code(medium, "null", code), "revoked");
    shows_case("A16");
}

/* ---- export document ---- */

static void a_medium_without_export_document_is_read(void **state)
{
    struct medium *medium = *state;

    remove_export(medium);
    run_expect(medium, ERROR_OK);
}

static void files_that_are_not_as_exported_refuse_all(void **state)
{
    struct medium *medium = *state;

    medium_write_crl(medium, medium->site->root, 2, NULL, 0);
    run_expect(medium, ERROR_MIXED_EXPORT);
}

static void a_set_that_was_not_exported_refuses_all(void **state)
{
    struct medium *medium = *state;

    medium_write_set(medium);
    run_expect(medium, ERROR_MIXED_EXPORT);
}

static void a_bad_export_document_refuses_all(void **state)
{
    struct medium *medium = *state;
    struct error err = {0};
    struct bytes json;

    assert_ok(export_write(&medium->export, &json, &err), &err);
    medium_write(medium, "sallyport/export.p7m", json.data, json.size);
    run_expect(medium, ERROR_NOT_DER);
    medium_write_document(medium, DOCUMENT_EXPORT, medium->site->leaves[ROLE_EXPORT][1],
                          bytes_view_of("{}", 2), "sallyport/export.p7m");
    run_expect(medium, ERROR_BAD_DOCUMENT);
    bytes_clear(&json);
}

/* ---- set ---- */

static void a_ring_without_a_set_is_named(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run = run_verify_new(medium);

    json_object_set_new(run->request, "ring", json_string("internal"));
    run_expect_of(run, medium, ERROR_RING_MISSING);
}

static void copy_set(struct medium *medium, const char *ring, uint64_t sequence)
{
    char path[VOLUME_NAME_BYTES];
    struct bytes set = medium_read(medium, "sallyport/rings/" MEDIUM_RING "/set-1.p7m");

    medium_write(medium, medium_path(VOLUME_SET, ring, sequence, NULL, path), set.data, set.size);
    bytes_clear(&set);
}

static void a_set_in_the_wrong_place_is_refused(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run;

    remove_export(medium);
    copy_set(medium, "internal", 1);
    run = run_verify_new(medium);
    json_object_set_new(run->request, "ring", json_string("internal"));
    run_expect_of(run, medium, ERROR_WRONG_RING);
    copy_set(medium, MEDIUM_RING, 2);
    run_expect(medium, ERROR_WRONG_KIND);
}

static void a_test_ring_takes_test_endpoints_only(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run;

    remove_export(medium);
    snprintf(medium->set->ring, sizeof(medium->set->ring), "internal");
    medium_write_set(medium);
    run = run_verify_new(medium);
    json_object_set_new(run->request, "ring", json_string("internal"));
    run_expect_of(run, medium, ERROR_WRONG_RING);
    run = run_verify_new(medium);
    json_object_set_new(run->request, "ring", json_string("internal"));
    json_object_set_new(run->request, "test_endpoint", json_true());
    run_expect_of(run, medium, ERROR_OK);
}

static void the_highest_sequence_counts(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run;

    for (int i = 0; i < 9; i++)
        medium_write_set(medium);
    medium_write_export(medium);
    run = run_verify_new(medium);
    run_all(run, medium);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(run->plan, "set"), "sequence")), 10);
    run_verify_free(run);
}

static void a_set_under_an_unknown_root_is_refused(void **state)
{
    struct medium *medium = *state;

    medium->set->root_version = 2;
    medium_write_set(medium);
    medium_write_export(medium);
    run_expect(medium, ERROR_ROOT_GAP);
}

/* What the plan says of the set, once. */
struct seen {
    int64_t time_us;
    uint8_t digest[DIGEST_BYTES];
};

static struct seen see(struct medium *medium)
{
    struct run_verify *run = run_verify_new(medium);
    struct seen seen;
    const json_t *set;
    const char *time;

    run_all(run, medium);
    set = json_object_get(run->plan, "set");
    time = json_string_value(json_object_get(set, "time"));
    assert_int_equal(instant_parse(time, strlen(time), &seen.time_us), 0);
    memcpy(seen.digest, medium->set->previous, DIGEST_BYTES);
    run_verify_free(run);
    return seen;
}

static void expect_floor(struct medium *medium, int64_t time_us, uint64_t number,
                         const uint8_t *digest, enum error_code code, const char *answer)
{
    struct run_verify *run = run_verify_new(medium);

    run_set_floor(run, NULL, time_us, number, digest);
    run_all(run, medium);
    assert_string_equal(run_code(run), error_name(code));
    assert_string_equal(json_string_value(json_object_get(run->plan, "set_answer")), answer);
    run_verify_free(run);
}

static void the_floor_of_the_ring_decides(void **state)
{
    static const uint8_t other[DIGEST_BYTES] = {7}, nothing[DIGEST_BYTES];
    struct medium *medium = *state;
    struct seen seen = see(medium);
    int64_t at = seen.time_us;

    expect_floor(medium, at, 1, seen.digest, ERROR_OK, "same");
    expect_floor(medium, at, 1, other, ERROR_EQUIVOCATION, "conflict");
    expect_floor(medium, at + 1, 2, other, ERROR_ROLLBACK, "older");
    expect_floor(medium, at + 1, 1, other, ERROR_EQUIVOCATION, "conflict");
    expect_floor(medium, at - 1, 0, other, ERROR_OK, "newer");
    expect_floor(medium, at + 1, 0, nothing, ERROR_ROLLBACK, "older");
    expect_floor(medium, at, 0, nothing, ERROR_OK, "newer");
}

static void set_clock(struct run_verify *run, int64_t local_us, int64_t floor_us)
{
    json_object_set_new(run->request, "clock",
                        json_pack("{s:o,s:o}", "local", document_json_instant(local_us), "floor",
                                  document_json_instant(floor_us)));
}

static void a_set_from_the_future_is_refused(void **state)
{
    struct medium *medium = *state;
    int64_t at = see(medium).time_us;
    struct run_verify *run = run_verify_new(medium);

    set_clock(run, at - INSTANT_DAY_US - 1, 0);
    run_expect_of(run, medium, ERROR_FROM_THE_FUTURE);
    run = run_verify_new(medium);
    set_clock(run, at - INSTANT_DAY_US, 0);
    run_expect_of(run, medium, ERROR_OK);
    /* A clock that is known to be behind decides nothing. */
    run = run_verify_new(medium);
    set_clock(run, 0, at);
    run_expect_of(run, medium, ERROR_OK);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, run_setup, run_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_good_medium_is_planned),
        CASE(what_is_no_medium_is_named_so),
        CASE(nothing_is_judged_without_a_root),
        CASE(new_roots_are_followed_and_handed_out),
        CASE(a_gap_or_a_bad_root_refuses_all),
        CASE(the_lists_of_the_set_must_be_there),
        CASE(a_newer_list_than_the_sets_is_as_good),
        CASE(a_list_in_the_wrong_place_refuses_all),
        CASE(a_revoked_signer_holds_its_packages),
        CASE(a_medium_without_export_document_is_read),
        CASE(files_that_are_not_as_exported_refuse_all),
        CASE(a_set_that_was_not_exported_refuses_all),
        CASE(a_bad_export_document_refuses_all),
        CASE(a_ring_without_a_set_is_named),
        CASE(a_set_in_the_wrong_place_is_refused),
        CASE(a_test_ring_takes_test_endpoints_only),
        CASE(the_highest_sequence_counts),
        CASE(a_set_under_an_unknown_root_is_refused),
        CASE(the_floor_of_the_ring_decides),
        CASE(a_set_from_the_future_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
