/* SPDX-License-Identifier: ISC */
#include "tests/media/trust-fixture.h"

#define CONTENT "{\"schema\":\"not looked at here\"}"

static struct bytes_view content(void)
{
    return bytes_view_of(CONTENT, strlen(CONTENT));
}

/* A document with one or two signers, each stamped by the site's authority at its signing time. */
static struct bytes_view signed_by(struct fixture *fixture, enum document_kind kind,
                                   const struct forge_certificate *first,
                                   const struct forge_certificate *second)
{
    const struct forge_certificate *authority = fixture->site.leaves[ROLE_TIMESTAMP];
    struct fixture_signature signatures[] = {
        {first, authority, FORGE_NOON_US, FORGE_NOON_US},
        {second, authority, FORGE_NOON_US, FORGE_NOON_US},
    };

    return fixture_document(fixture, kind, content(), signatures, second != NULL ? 2 : 1);
}

/* A package whose signature and token have these times, relative to noon. */
static struct bytes_view timed(struct fixture *fixture, int64_t signing_us, int64_t time_us)
{
    struct fixture_signature signature = {fixture->site.leaves[ROLE_CONTENT],
                                          fixture->site.leaves[ROLE_TIMESTAMP],
                                          FORGE_NOON_US + signing_us, FORGE_NOON_US + time_us};

    return fixture_document(fixture, DOCUMENT_PACKAGE, content(), &signature, 1);
}

static void refused(struct fixture *fixture, enum document_kind kind, const char *ring,
                    struct bytes_view document, enum error_code code)
{
    struct error err = {0};

    assert_refused(fixture_judge(fixture, kind, ring, document, &err), &err, code);
    assert_false(fixture->verdict.accepted);
    assert_int_equal(fixture->verdict.code, code);
    assert_null(fixture->verdict.content.data);
}

static void accepted(struct fixture *fixture, enum document_kind kind, const char *ring,
                     struct bytes_view document)
{
    struct error err = {0};

    assert_ok(fixture_judge(fixture, kind, ring, document, &err), &err);
    assert_true(fixture->verdict.accepted);
    assert_int_equal(fixture->verdict.code, ERROR_OK);
}

/* ---- good documents ---- */

static void a_good_document_passes_every_check(void **state)
{
    struct fixture *fixture = *state;
    const struct trust_verdict *verdict = &fixture->verdict;
    uint8_t digest[DIGEST_BYTES];

    accepted(fixture, DOCUMENT_PACKAGE, NULL, fixture_good(fixture, DOCUMENT_PACKAGE));
    assert_true(verdict->size_checked && verdict->der_checked && verdict->profile_checked);
    assert_true(verdict->signature_verified && verdict->timestamp_verified);
    assert_true(verdict->window_checked && verdict->chain_verified);
    assert_true(verdict->revocation_checked && verdict->role_verified && verdict->threshold_met);
    assert_true(bytes_equal(verdict->content, content()));
    digest_of(CONTENT, strlen(CONTENT), digest);
    assert_memory_equal(verdict->digest, digest, DIGEST_BYTES);
    assert_true(verdict->time_us == FORGE_NOON_US);
    assert_int_equal(verdict->signer_count, 1);
    assert_string_equal(verdict->signers[0].name, "CN=content");
    assert_true(verdict->signers[0].timestamp_us == FORGE_NOON_US);
    assert_true(verdict->signers[0].token.size > 0 && verdict->signers[0].signature.size > 0);
}

static void an_export_needs_no_token(void **state)
{
    struct fixture *fixture = *state;

    accepted(fixture, DOCUMENT_EXPORT, NULL, fixture_good(fixture, DOCUMENT_EXPORT));
    assert_false(fixture->verdict.timestamp_verified);
    assert_false(fixture->verdict.window_checked);
    assert_true(fixture->verdict.time_us == FORGE_NOON_US);
    assert_int_equal(fixture->verdict.signers[0].token.size, 0);
}

static void a_certificate_that_expired_since_is_fine(void **state)
{
    struct fixture *fixture = *state;
    struct forge_profile profile =
        forge_profile(fixture->forge, FORGE_LEAF, "short", fixture->site.issuer, ROLE_CONTENT);

    profile.not_before = forge_time(fixture->forge, FORGE_NOON_US);
    profile.not_after = forge_time(fixture->forge, FORGE_NOON_US);
    accepted(fixture, DOCUMENT_PACKAGE, NULL,
             signed_by(fixture, DOCUMENT_PACKAGE, forge_certify(fixture->forge, &profile), NULL));
    profile.not_after = forge_time(fixture->forge, FORGE_NOON_US - INSTANT_SECOND_US);
    profile.not_before = profile.not_after;
    refused(fixture, DOCUMENT_PACKAGE, NULL,
            signed_by(fixture, DOCUMENT_PACKAGE, forge_certify(fixture->forge, &profile), NULL),
            ERROR_NOT_VALID_THEN);
    assert_true(fixture->verdict.window_checked);
    assert_false(fixture->verdict.chain_verified);
}

/* ---- form ---- */

static void what_is_too_large_is_not_even_parsed(void **state)
{
    struct fixture *fixture = *state;
    size_t size = LIMIT_PACKAGE_BYTES + 1;
    uint8_t *large = bytes_allocate(1, size);

    refused(fixture, DOCUMENT_PACKAGE, NULL, bytes_view_of(large, size), ERROR_LIMIT);
    assert_false(fixture->verdict.size_checked);
    free(large);
}

static void what_is_no_der_fails_there(void **state)
{
    struct fixture *fixture = *state;
    struct bytes_view good = fixture_good(fixture, DOCUMENT_PACKAGE);

    refused(fixture, DOCUMENT_PACKAGE, NULL, bytes_view_of("", 0), ERROR_NOT_DER);
    refused(fixture, DOCUMENT_PACKAGE, NULL, bytes_view_of(good.data, good.size - 1),
            ERROR_NOT_DER);
    assert_true(fixture->verdict.size_checked);
    assert_false(fixture->verdict.der_checked);
}

static void each_kind_is_judged_as_itself(void **state)
{
    struct fixture *fixture = *state;

    refused(fixture, DOCUMENT_SET, "internal", fixture_good(fixture, DOCUMENT_PACKAGE),
            ERROR_WRONG_KIND);
    assert_false(fixture->verdict.profile_checked);
    refused(fixture, DOCUMENT_ROOT, NULL, fixture_good(fixture, DOCUMENT_ROOT), ERROR_WRONG_KIND);
    refused(fixture, DOCUMENT_RECEIPT, NULL, fixture_good(fixture, DOCUMENT_PACKAGE),
            ERROR_WRONG_KIND);
}

static void a_flipped_bit_breaks_the_signature(void **state)
{
    struct fixture *fixture = *state;
    struct bytes_view good = fixture_good(fixture, DOCUMENT_PACKAGE);
    const uint8_t *text = memmem(good.data, good.size, "looked", 6);

    assert_non_null(text);
    refused(fixture, DOCUMENT_PACKAGE, NULL,
            forge_flip(fixture->forge, good, (size_t)(text - good.data)), ERROR_ATTRIBUTE_MISMATCH);
    assert_false(fixture->verdict.signature_verified);
}

/* ---- timestamps ---- */

static void a_signature_without_token_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_signature signature = {fixture->site.leaves[ROLE_CONTENT], NULL, FORGE_NOON_US,
                                          0};

    refused(fixture, DOCUMENT_PACKAGE, NULL,
            fixture_document(fixture, DOCUMENT_PACKAGE, content(), &signature, 1),
            ERROR_TIMESTAMP_MISSING);
}

static void a_token_over_another_signature_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct forge *forge = fixture->forge;
    struct forge_document *document =
        forge_document(forge, document_row(DOCUMENT_PACKAGE)->oid, content());
    struct bytes_view other = forge_bytes(forge, "another signature", 17);
    struct forge_info info = forge_info(forge, other, FORGE_NOON_US);
    struct forge_document *token =
        forge_token(forge, fixture->site.leaves[ROLE_TIMESTAMP], &info, FORGE_NOON_US);

    forge_add_signer(document, fixture->site.leaves[ROLE_CONTENT], FORGE_NOON_US);
    forge_sign(document);
    forge_sign(token);
    forge_attach(document, &document->signers[0], forge_assemble(token));
    refused(fixture, DOCUMENT_PACKAGE, NULL, forge_assemble(document), ERROR_TIMESTAMP_IMPRINT);
    assert_true(fixture->verdict.signature_verified);
    assert_false(fixture->verdict.timestamp_verified);
}

static void the_window_is_the_root_documents(void **state)
{
    struct fixture *fixture = *state;
    const int64_t before = 5 * INSTANT_MINUTE_US, after = 15 * INSTANT_MINUTE_US;

    accepted(fixture, DOCUMENT_PACKAGE, NULL, timed(fixture, 0, -before));
    assert_true(fixture->verdict.time_us == FORGE_NOON_US - before);
    accepted(fixture, DOCUMENT_PACKAGE, NULL, timed(fixture, 0, after));
    refused(fixture, DOCUMENT_PACKAGE, NULL, timed(fixture, 0, -before - INSTANT_SECOND_US),
            ERROR_TIMESTAMP_WINDOW);
    assert_true(fixture->verdict.timestamp_verified);
    assert_false(fixture->verdict.window_checked);
    refused(fixture, DOCUMENT_PACKAGE, NULL, timed(fixture, 0, after + INSTANT_SECOND_US),
            ERROR_TIMESTAMP_WINDOW);
    fixture->root.window_after_us = 0;
    fixture_trust(fixture);
    refused(fixture, DOCUMENT_PACKAGE, NULL, timed(fixture, 0, INSTANT_SECOND_US),
            ERROR_TIMESTAMP_WINDOW);
}

static void an_old_signature_gets_no_new_time(void **state)
{
    struct fixture *fixture = *state;

    refused(fixture, DOCUMENT_PACKAGE, NULL, timed(fixture, -90 * INSTANT_DAY_US, 0),
            ERROR_TIMESTAMP_WINDOW);
}

static struct bytes_view two_days(struct fixture *fixture, int64_t apart_us)
{
    const struct forge_certificate *authority = fixture->site.leaves[ROLE_TIMESTAMP];
    int64_t later_us = FORGE_NOON_US + apart_us;
    struct fixture_signature signatures[] = {
        {fixture->second[ROLE_RELEASE], authority, later_us, later_us},
        {fixture->site.leaves[ROLE_RELEASE], authority, FORGE_NOON_US, FORGE_NOON_US},
    };

    return fixture_document(fixture, DOCUMENT_SET, content(), signatures, 2);
}

static void the_earliest_of_several_times_counts(void **state)
{
    struct fixture *fixture = *state;

    accepted(fixture, DOCUMENT_SET, "public", two_days(fixture, 7 * INSTANT_DAY_US));
    assert_true(fixture->verdict.time_us == FORGE_NOON_US);
    refused(fixture, DOCUMENT_SET, "public",
            two_days(fixture, 7 * INSTANT_DAY_US + INSTANT_SECOND_US), ERROR_TIMESTAMP_WINDOW);
}

static void an_authority_that_signs_documents_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct forge_profile profile =
        forge_profile(fixture->forge, FORGE_LEAF, "two hats", fixture->site.issuer, ROLE_CONTENT);

    profile.key = fixture->site.leaves[ROLE_TIMESTAMP]->key;
    profile.spki = profile.key->spki;
    refused(fixture, DOCUMENT_PACKAGE, NULL,
            signed_by(fixture, DOCUMENT_PACKAGE, forge_certify(fixture->forge, &profile), NULL),
            ERROR_SAME_KEY_TWICE);
}

/* ---- chains and roles ---- */

static void another_site_is_not_believed(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture);
    struct fixture_signature signature = {fixture->site.leaves[ROLE_CONTENT],
                                          other.leaves[ROLE_TIMESTAMP], FORGE_NOON_US,
                                          FORGE_NOON_US};

    refused(fixture, DOCUMENT_PACKAGE, NULL,
            signed_by(fixture, DOCUMENT_PACKAGE, other.leaves[ROLE_CONTENT], NULL),
            ERROR_UNTRUSTED_ROOT);
    assert_true(fixture->verdict.window_checked);
    refused(fixture, DOCUMENT_PACKAGE, NULL,
            fixture_document(fixture, DOCUMENT_PACKAGE, content(), &signature, 1),
            ERROR_UNTRUSTED_ROOT);
    assert_false(fixture->verdict.chain_verified);
}

/* Every role signs every kind: only its own is accepted. */
static void a_leaf_is_good_for_its_own_role_only(void **state)
{
    static const enum document_kind kinds[] = {DOCUMENT_PACKAGE, DOCUMENT_SET, DOCUMENT_EXPORT};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct document_row *row = document_row(kinds[i]);

        for (int role = 0; role < ROLE_COUNT; role++) {
            struct fixture_signature signature = {
                fixture->second[role],
                row->timestamped ? fixture->site.leaves[ROLE_TIMESTAMP] : NULL, FORGE_NOON_US,
                FORGE_NOON_US};
            struct error err = {0};
            int result =
                fixture_judge(fixture, kinds[i], "internal",
                              fixture_document(fixture, kinds[i], content(), &signature, 1), &err);

            assert_int_equal(result == 0, role == (int)row->role);
            if (role != (int)row->role && role != ROLE_ROOT)
                assert_int_equal(err.code, ERROR_WRONG_ROLE);
        }
    }
}

static void a_pinned_role_takes_no_other_key(void **state)
{
    struct fixture *fixture = *state;
    struct root_role *role = &fixture->root.roles[ROLE_CONTENT];
    struct bytes_view spki = fixture->site.leaves[ROLE_CONTENT]->key->spki;

    role->pins = bytes_allocate(1, DIGEST_BYTES);
    role->pin_count = 1;
    digest_of(spki.data, spki.size, role->pins[0]);
    fixture_trust(fixture);
    accepted(fixture, DOCUMENT_PACKAGE, NULL, fixture_good(fixture, DOCUMENT_PACKAGE));
    refused(fixture, DOCUMENT_PACKAGE, NULL,
            signed_by(fixture, DOCUMENT_PACKAGE, fixture->second[ROLE_CONTENT], NULL),
            ERROR_WRONG_ROLE);
    assert_true(fixture->verdict.revocation_checked);
    assert_false(fixture->verdict.role_verified);
}

static void a_pinned_authority_is_the_only_one(void **state)
{
    struct fixture *fixture = *state;
    struct root_role *role = &fixture->root.roles[ROLE_TIMESTAMP];
    struct bytes_view spki = fixture->second[ROLE_TIMESTAMP]->key->spki;

    role->pins = bytes_allocate(1, DIGEST_BYTES);
    role->pin_count = 1;
    digest_of(spki.data, spki.size, role->pins[0]);
    fixture_trust(fixture);
    refused(fixture, DOCUMENT_PACKAGE, NULL, fixture_good(fixture, DOCUMENT_PACKAGE),
            ERROR_WRONG_ROLE);
    accepted(fixture, DOCUMENT_EXPORT, NULL, fixture_good(fixture, DOCUMENT_EXPORT));
}

static void nothing_is_signed_after_the_root_document_ends(void **state)
{
    struct fixture *fixture = *state;

    fixture->root.expires_us = FORGE_NOON_US;
    fixture_trust(fixture);
    accepted(fixture, DOCUMENT_PACKAGE, NULL, fixture_good(fixture, DOCUMENT_PACKAGE));
    fixture->root.expires_us = FORGE_NOON_US - INSTANT_SECOND_US;
    fixture_trust(fixture);
    refused(fixture, DOCUMENT_PACKAGE, NULL, fixture_good(fixture, DOCUMENT_PACKAGE),
            ERROR_EXPIRED);
}

/* ---- thresholds ---- */

static void a_threshold_counts_signers(void **state)
{
    struct fixture *fixture = *state;

    fixture->root.roles[ROLE_CONTENT].threshold = 2;
    fixture_trust(fixture);
    refused(fixture, DOCUMENT_PACKAGE, NULL, fixture_good(fixture, DOCUMENT_PACKAGE),
            ERROR_THRESHOLD);
    assert_true(fixture->verdict.role_verified);
    assert_false(fixture->verdict.threshold_met);
    accepted(fixture, DOCUMENT_PACKAGE, NULL,
             signed_by(fixture, DOCUMENT_PACKAGE, fixture->site.leaves[ROLE_CONTENT],
                       fixture->second[ROLE_CONTENT]));
}

static void one_key_with_two_certificates_is_one_signer(void **state)
{
    struct fixture *fixture = *state;
    struct forge_profile profile =
        forge_profile(fixture->forge, FORGE_LEAF, "twin", fixture->site.issuer, ROLE_CONTENT);

    profile.key = fixture->site.leaves[ROLE_CONTENT]->key;
    profile.spki = profile.key->spki;
    fixture->root.roles[ROLE_CONTENT].threshold = 2;
    fixture_trust(fixture);
    refused(fixture, DOCUMENT_PACKAGE, NULL,
            signed_by(fixture, DOCUMENT_PACKAGE, fixture->site.leaves[ROLE_CONTENT],
                      forge_certify(fixture->forge, &profile)),
            ERROR_SAME_KEY_TWICE);
}

static void all_signers_that_are_there_must_be_good(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture);

    refused(fixture, DOCUMENT_PACKAGE, NULL,
            signed_by(fixture, DOCUMENT_PACKAGE, fixture->site.leaves[ROLE_CONTENT],
                      other.leaves[ROLE_CONTENT]),
            ERROR_UNTRUSTED_ROOT);
}

/* Two signers, both with the same fault: the first that is looked at ends it. */
static void two_bad_signers_are_no_better(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture), third = fixture_other_site(fixture);
    struct root_role *roles = fixture->root.roles;

    refused(fixture, DOCUMENT_PACKAGE, NULL,
            signed_by(fixture, DOCUMENT_PACKAGE, other.leaves[ROLE_CONTENT],
                      third.leaves[ROLE_CONTENT]),
            ERROR_UNTRUSTED_ROOT);
    roles[ROLE_CONTENT].pins = bytes_allocate(1, DIGEST_BYTES);
    roles[ROLE_CONTENT].pin_count = 1;
    roles[ROLE_TIMESTAMP].pins = bytes_allocate(1, DIGEST_BYTES);
    roles[ROLE_TIMESTAMP].pin_count = 1;
    fixture_trust(fixture);
    refused(fixture, DOCUMENT_PACKAGE, NULL,
            signed_by(fixture, DOCUMENT_PACKAGE, fixture->site.leaves[ROLE_CONTENT],
                      fixture->second[ROLE_CONTENT]),
            ERROR_WRONG_ROLE);
    refused(fixture, DOCUMENT_SET, "public",
            signed_by(fixture, DOCUMENT_SET, fixture->site.leaves[ROLE_RELEASE],
                      fixture->second[ROLE_RELEASE]),
            ERROR_WRONG_ROLE);
}

static void two_late_signers_are_no_better(void **state)
{
    struct fixture *fixture = *state;
    const struct forge_certificate *authority = fixture->site.leaves[ROLE_TIMESTAMP];
    int64_t early_us = FORGE_NOON_US - INSTANT_DAY_US;
    struct fixture_signature signatures[] = {
        {fixture->site.leaves[ROLE_CONTENT], authority, early_us, FORGE_NOON_US},
        {fixture->second[ROLE_CONTENT], authority, early_us, FORGE_NOON_US},
    };

    refused(fixture, DOCUMENT_PACKAGE, NULL,
            fixture_document(fixture, DOCUMENT_PACKAGE, content(), signatures, 2),
            ERROR_TIMESTAMP_WINDOW);
}

static void tokens_that_changed_places_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct forge_document *document =
        forge_document(fixture->forge, document_row(DOCUMENT_PACKAGE)->oid, content());
    struct bytes_view first;

    forge_add_signer(document, fixture->site.leaves[ROLE_CONTENT], FORGE_NOON_US);
    forge_add_signer(document, fixture->second[ROLE_CONTENT], FORGE_NOON_US);
    forge_sign(document);
    forge_stamp(document, fixture->site.leaves[ROLE_TIMESTAMP], FORGE_NOON_US);
    first = document->signers[0].unsigned_attributes;
    document->signers[0].unsigned_attributes = document->signers[1].unsigned_attributes;
    document->signers[1].unsigned_attributes = first;
    refused(fixture, DOCUMENT_PACKAGE, NULL, forge_assemble(document), ERROR_TIMESTAMP_IMPRINT);
}

static void a_ring_asks_for_its_own_number_of_signers(void **state)
{
    struct fixture *fixture = *state;
    struct bytes_view one = fixture_good(fixture, DOCUMENT_SET);
    struct bytes_view two = signed_by(fixture, DOCUMENT_SET, fixture->site.leaves[ROLE_RELEASE],
                                      fixture->second[ROLE_RELEASE]);

    accepted(fixture, DOCUMENT_SET, "internal", one);
    refused(fixture, DOCUMENT_SET, "public", one, ERROR_THRESHOLD);
    accepted(fixture, DOCUMENT_SET, "public", two);
    refused(fixture, DOCUMENT_SET, "other", two, ERROR_WRONG_RING);
    refused(fixture, DOCUMENT_SET, NULL, two, ERROR_WRONG_RING);
}

/* Each byte of a whole document in turn, and each cut: never accepted. */
static void no_flipped_byte_is_accepted(void **state)
{
    struct fixture *fixture = *state;
    struct bytes_view good = fixture_good(fixture, DOCUMENT_PACKAGE);
    uint8_t *copy = bytes_allocate(1, good.size);

    for (size_t i = 0; i < good.size; i++) {
        struct error err = {0};

        memcpy(copy, good.data, good.size);
        copy[i] ^= 0x01;
        if (fixture_judge(fixture, DOCUMENT_PACKAGE, NULL, bytes_view_of(copy, good.size), &err) ==
            0)
            fail_msg("accepted with byte %zu changed", i);
        assert_false(fixture->verdict.accepted);
    }
    free(copy);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_good_document_passes_every_check),
        CASE(an_export_needs_no_token),
        CASE(a_certificate_that_expired_since_is_fine),
        CASE(what_is_too_large_is_not_even_parsed),
        CASE(what_is_no_der_fails_there),
        CASE(each_kind_is_judged_as_itself),
        CASE(a_flipped_bit_breaks_the_signature),
        CASE(a_signature_without_token_is_refused),
        CASE(a_token_over_another_signature_is_refused),
        CASE(the_window_is_the_root_documents),
        CASE(an_old_signature_gets_no_new_time),
        CASE(the_earliest_of_several_times_counts),
        CASE(an_authority_that_signs_documents_is_refused),
        CASE(another_site_is_not_believed),
        CASE(a_leaf_is_good_for_its_own_role_only),
        CASE(a_pinned_role_takes_no_other_key),
        CASE(a_pinned_authority_is_the_only_one),
        CASE(nothing_is_signed_after_the_root_document_ends),
        CASE(a_threshold_counts_signers),
        CASE(one_key_with_two_certificates_is_one_signer),
        CASE(all_signers_that_are_there_must_be_good),
        CASE(two_bad_signers_are_no_better),
        CASE(two_late_signers_are_no_better),
        CASE(tokens_that_changed_places_are_refused),
        CASE(a_ring_asks_for_its_own_number_of_signers),
        CASE(no_flipped_byte_is_accepted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
