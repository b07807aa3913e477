/* SPDX-License-Identifier: ISC */
#include "tests/media/trust-fixture.h"

#define NO_REASON      -1
#define KEY_COMPROMISE 1

/* List `number` of an issuer that revokes one certificate (NULL: none). */
static struct bytes_view list_of(struct fixture *fixture, const struct forge_certificate *issuer,
                                 int64_t number, const struct forge_certificate *revoked,
                                 int64_t revoked_us, int reason, int64_t since_us)
{
    struct forge_crl crl = forge_crl(fixture->forge, issuer, number, FORGE_NOON_US);

    if (revoked != NULL) {
        crl.entries[0] =
            forge_crl_entry(fixture->forge, revoked->serial, revoked_us, reason, since_us);
        crl.entry_count = 1;
    }
    return forge_crl_der(fixture->forge, &crl);
}

static void add(struct fixture *fixture, struct bytes_view list)
{
    struct error err = {0};

    assert_ok(trust_add_crl(fixture->trust, list, &err), &err);
}

static enum error_code judge(struct fixture *fixture)
{
    struct error err = {0};

    (void)!fixture_judge(fixture, DOCUMENT_PACKAGE, NULL, fixture_good(fixture, DOCUMENT_PACKAGE),
                         &err);
    return err.code;
}

static void id_of(const struct forge_certificate *certificate, uint8_t id[static DIGEST_BYTES])
{
    digest_of(certificate->key->spki.data, certificate->key->spki.size, id);
}

static int64_t number_of(struct fixture *fixture, const struct forge_certificate *issuer)
{
    uint8_t id[DIGEST_BYTES];

    id_of(issuer, id);
    return trust_crl_number(fixture->trust, id, NULL);
}

static void a_revoked_signer_is_refused_from_then_on(void **state)
{
    struct fixture *fixture = *state;
    const struct forge_certificate *leaf = fixture->site.leaves[ROLE_CONTENT];

    add(fixture, list_of(fixture, fixture->site.issuer, 1, leaf, FORGE_NOON_US + INSTANT_SECOND_US,
                         NO_REASON, 0));
    assert_int_equal(judge(fixture), ERROR_OK);
    add(fixture, list_of(fixture, fixture->site.issuer, 2, leaf, FORGE_NOON_US, NO_REASON, 0));
    assert_int_equal(judge(fixture), ERROR_REVOKED);
    assert_true(fixture->verdict.chain_verified);
    assert_false(fixture->verdict.revocation_checked);
}

static void two_revoked_signers_are_no_better(void **state)
{
    struct fixture *fixture = *state;
    const struct forge_certificate *authority = fixture->site.leaves[ROLE_TIMESTAMP];
    struct forge_crl crl = forge_crl(fixture->forge, fixture->site.issuer, 1, FORGE_NOON_US);
    struct fixture_signature signatures[] = {
        {fixture->site.leaves[ROLE_CONTENT], authority, FORGE_NOON_US, FORGE_NOON_US},
        {fixture->second[ROLE_CONTENT], authority, FORGE_NOON_US, FORGE_NOON_US},
    };
    struct error err = {0};

    for (size_t i = 0; i < 2; i++)
        crl.entries[i] = forge_crl_entry(fixture->forge, signatures[i].signer->serial,
                                         FORGE_NOON_US, NO_REASON, 0);
    crl.entry_count = 2;
    add(fixture, forge_crl_der(fixture->forge, &crl));
    assert_refused(fixture_judge(fixture, DOCUMENT_PACKAGE, NULL,
                                 fixture_document(fixture, DOCUMENT_PACKAGE, bytes_view_of("{}", 2),
                                                  signatures, 2),
                                 &err),
                   &err, ERROR_REVOKED);
}

static void a_compromised_signer_is_refused_for_all_time(void **state)
{
    struct fixture *fixture = *state;
    const struct forge_certificate *leaf = fixture->site.leaves[ROLE_CONTENT];
    int64_t later_us = FORGE_NOON_US + INSTANT_DAY_US;

    add(fixture, list_of(fixture, fixture->site.issuer, 1, leaf, later_us, KEY_COMPROMISE, 0));
    assert_int_equal(judge(fixture), ERROR_REVOKED);
    add(fixture,
        list_of(fixture, fixture->site.issuer, 2, leaf, later_us, KEY_COMPROMISE, later_us));
    assert_int_equal(judge(fixture), ERROR_OK);
    add(fixture,
        list_of(fixture, fixture->site.issuer, 3, leaf, later_us, KEY_COMPROMISE, FORGE_NOON_US));
    assert_int_equal(judge(fixture), ERROR_REVOKED);
}

static void a_compromised_authority_loses_all_its_tokens(void **state)
{
    struct fixture *fixture = *state;
    const struct forge_certificate *leaf = fixture->site.leaves[ROLE_TIMESTAMP];
    int64_t later_us = FORGE_NOON_US + INSTANT_DAY_US;

    add(fixture, list_of(fixture, fixture->site.issuer, 1, leaf, later_us, NO_REASON, 0));
    assert_int_equal(judge(fixture), ERROR_OK);
    add(fixture,
        list_of(fixture, fixture->site.issuer, 2, leaf, later_us, KEY_COMPROMISE, later_us));
    assert_int_equal(judge(fixture), ERROR_REVOKED);
}

static void a_revoked_issuer_takes_its_leaves_with_it(void **state)
{
    struct fixture *fixture = *state;

    add(fixture,
        list_of(fixture, fixture->site.root, 1, fixture->site.issuer, FORGE_NOON_US, NO_REASON, 0));
    assert_int_equal(judge(fixture), ERROR_REVOKED);
}

static void a_roots_list_is_in_force_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct bytes_view list = list_of(fixture, fixture->site.root, 7, NULL, 0, 0, 0);
    uint8_t id[DIGEST_BYTES], digest[DIGEST_BYTES], expected[DIGEST_BYTES];
    struct trust_crl row;

    assert_int_equal(number_of(fixture, fixture->site.root), -1);
    assert_false(trust_crl(fixture->trust, 0, &row));
    add(fixture, list);
    id_of(fixture->site.root, id);
    digest_of(list.data, list.size, expected);
    assert_true(trust_crl_number(fixture->trust, id, digest) == 7);
    assert_memory_equal(digest, expected, DIGEST_BYTES);
    assert_true(trust_crl(fixture->trust, 0, &row));
    assert_memory_equal(row.issuer, id, DIGEST_BYTES);
    assert_true(row.number == 7 && bytes_equal(row.der, list));
    assert_false(trust_crl(fixture->trust, 1, &row));
}

static void another_issuers_list_waits_for_a_document(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, list_of(fixture, fixture->site.issuer, 4, NULL, 0, 0, 0));
    assert_int_equal(number_of(fixture, fixture->site.issuer), -1);
    assert_int_equal(judge(fixture), ERROR_OK);
    assert_int_equal(number_of(fixture, fixture->site.issuer), 4);
}

static void an_older_list_never_replaces_a_newer_one(void **state)
{
    struct fixture *fixture = *state;
    const struct forge_certificate *leaf = fixture->site.leaves[ROLE_CONTENT];

    add(fixture, list_of(fixture, fixture->site.issuer, 9, leaf, FORGE_NOON_US, NO_REASON, 0));
    add(fixture, list_of(fixture, fixture->site.issuer, 8, NULL, 0, 0, 0));
    assert_int_equal(judge(fixture), ERROR_REVOKED);
    add(fixture, list_of(fixture, fixture->site.issuer, 8, NULL, 0, 0, 0));
    assert_int_equal(number_of(fixture, fixture->site.issuer), 9);
    assert_int_equal(judge(fixture), ERROR_REVOKED);
}

/* A list that nobody can judge yet must not push the real one aside, whatever number it claims. */
static void a_forged_list_that_waits_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct forge_crl forged =
        forge_crl(fixture->forge, fixture->site.issuer, INT64_MAX, FORGE_NOON_US);
    const struct forge_certificate *leaf = fixture->site.leaves[ROLE_CONTENT];

    forged.bad_signature = true;
    add(fixture, forge_crl_der(fixture->forge, &forged));
    add(fixture, list_of(fixture, fixture->site.issuer, 2, leaf, FORGE_NOON_US, NO_REASON, 0));
    add(fixture, forge_crl_der(fixture->forge, &forged));
    assert_int_equal(judge(fixture), ERROR_REVOKED);
    assert_int_equal(number_of(fixture, fixture->site.issuer), 2);
}

static void a_known_issuers_forged_list_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct forge_crl forged = forge_crl(fixture->forge, fixture->site.root, 5, FORGE_NOON_US);
    struct error err = {0};

    forged.bad_signature = true;
    assert_refused(trust_add_crl(fixture->trust, forge_crl_der(fixture->forge, &forged), &err),
                   &err, ERROR_BAD_CRL);
    assert_int_equal(number_of(fixture, fixture->site.root), -1);
    err = (struct error){0};
    assert_refused(trust_add_crl(fixture->trust, bytes_view_of("x", 1), &err), &err, ERROR_NOT_DER);
}

static void a_list_of_nobody_says_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture);

    add(fixture, list_of(fixture, other.issuer, 3, fixture->site.leaves[ROLE_CONTENT],
                         FORGE_NOON_US, NO_REASON, 0));
    assert_int_equal(judge(fixture), ERROR_OK);
    assert_int_equal(number_of(fixture, other.issuer), -1);
}

static void lists_are_counted(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture);
    struct bytes_view list = list_of(fixture, other.issuer, 1, NULL, 0, 0, 0);
    struct error err = {0};

    for (int i = 0; i < 2 * LIMIT_CRLS; i++)
        add(fixture, list);
    assert_refused(trust_add_crl(fixture->trust, list, &err), &err, ERROR_LIMIT);
}

static void an_exports_signer_can_be_revoked(void **state)
{
    struct fixture *fixture = *state;
    struct bytes_view document = fixture_good(fixture, DOCUMENT_EXPORT);
    struct error err = {0};

    add(fixture, list_of(fixture, fixture->site.issuer, 1, fixture->site.leaves[ROLE_TIMESTAMP],
                         FORGE_NOON_US, KEY_COMPROMISE, 0));
    assert_ok(fixture_judge(fixture, DOCUMENT_EXPORT, NULL, document, &err), &err);
    add(fixture, list_of(fixture, fixture->site.issuer, 2, fixture->site.leaves[ROLE_EXPORT],
                         FORGE_NOON_US, NO_REASON, 0));
    assert_refused(fixture_judge(fixture, DOCUMENT_EXPORT, NULL, document, &err), &err,
                   ERROR_REVOKED);
}

/* A site has few issuers; who makes many takes up places until none is left, and no more. */
static void issuers_are_counted(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    int result = 0;

    for (int i = 0; i < LIMIT_CRLS && result == 0; i++) {
        struct fixture_signature signature = {NULL, NULL, FORGE_NOON_US, 0};
        const struct forge_certificate *issuer = forge_certificate(
            fixture->forge, FORGE_ISSUER, "one of many", fixture->site.root, ROLE_ROOT);

        signature.signer =
            forge_certificate(fixture->forge, FORGE_LEAF, "leaf", issuer, ROLE_EXPORT);
        result = fixture_judge(
            fixture, DOCUMENT_EXPORT, NULL,
            fixture_document(fixture, DOCUMENT_EXPORT, bytes_view_of("{}", 2), &signature, 1),
            &err);
        assert_int_equal(result != 0, i == LIMIT_CRLS - 1);
    }
    assert_int_equal(err.code, ERROR_LIMIT);
}

static void a_list_above_its_size_is_refused(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *large = bytes_allocate(1, LIMIT_CRL_BYTES + 1);
    struct error err = {0};

    assert_refused(trust_add_crl(fixture->trust, bytes_view_of(large, LIMIT_CRL_BYTES + 1), &err),
                   &err, ERROR_LIMIT);
    free(large);
}

static void rows_of_lists_come_one_by_one(void **state)
{
    struct fixture *fixture = *state;
    struct trust_crl row;

    add(fixture, list_of(fixture, fixture->site.root, 1, NULL, 0, 0, 0));
    add(fixture, list_of(fixture, fixture->site.issuer, 2, NULL, 0, 0, 0));
    assert_false(trust_crl(fixture->trust, 1, &row));
    assert_int_equal(judge(fixture), ERROR_OK);
    assert_true(trust_crl(fixture->trust, 0, &row) && row.number == 1);
    assert_true(trust_crl(fixture->trust, 1, &row) && row.number == 2);
    assert_false(trust_crl(fixture->trust, 2, &row));
}

/* A root that is gone takes its lists along; the other's come into force with it. */
static void lists_follow_the_roots(void **state)
{
    struct fixture *fixture = *state;
    struct forge_site other = fixture_other_site(fixture);
    const struct forge_certificate *both[] = {fixture->site.leaves[ROLE_ROOT],
                                              other.leaves[ROLE_ROOT]};
    struct error err = {0};

    add(fixture, list_of(fixture, fixture->site.root, 1, NULL, 0, 0, 0));
    add(fixture, list_of(fixture, other.root, 5, NULL, 0, 0, 0));
    assert_int_equal(number_of(fixture, other.root), -1);
    fixture->root.version = 2;
    fixture_set_roots(&fixture->root, &other.root, 1);
    assert_ok(trust_follow(fixture->trust,
                           fixture_root(fixture, &fixture->root, both, 2,
                                        fixture->site.leaves[ROLE_TIMESTAMP]),
                           NULL, &err),
              &err);
    assert_int_equal(number_of(fixture, fixture->site.root), -1);
    assert_int_equal(number_of(fixture, other.root), 5);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_revoked_signer_is_refused_from_then_on),
        CASE(two_revoked_signers_are_no_better),
        CASE(a_compromised_signer_is_refused_for_all_time),
        CASE(a_compromised_authority_loses_all_its_tokens),
        CASE(a_revoked_issuer_takes_its_leaves_with_it),
        CASE(a_roots_list_is_in_force_at_once),
        CASE(another_issuers_list_waits_for_a_document),
        CASE(an_older_list_never_replaces_a_newer_one),
        CASE(a_forged_list_that_waits_changes_nothing),
        CASE(a_known_issuers_forged_list_is_refused),
        CASE(a_list_of_nobody_says_nothing),
        CASE(lists_are_counted),
        CASE(an_exports_signer_can_be_revoked),
        CASE(issuers_are_counted),
        CASE(a_list_above_its_size_is_refused),
        CASE(rows_of_lists_come_one_by_one),
        CASE(lists_follow_the_roots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
