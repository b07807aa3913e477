/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/media/chain-scene.h"

#include "media/base/instant.h"
#include "media/der.h"
#include "media/oid.h"

#define YEAR_2026_US INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z, notBefore of the forge */
#define YEAR_2027_US INT64_C(1798761600000000) /* notAfter of its leaves */
#define YEAR_2036_US INT64_C(2082758400000000) /* of its CAs */

static void every_role_has_its_own_leaf(void **state)
{
    for (enum document_role role = 0; role < ROLE_ENDPOINT; role++) {
        struct error err = {0};

        assert_ok(judge(site.leaves[role], role, &err), &err);
        for (enum document_role other = 0; other < ROLE_ENDPOINT; other++) {
            if (other != role)
                assert_refused(judge(site.leaves[role], other, &err), &err, ERROR_WRONG_ROLE);
        }
    }
}

static void the_root_that_issued_is_named(void **state)
{
    struct error err = {0};
    struct chain_roots two = {0};
    struct certificate leaf, issuer;
    const struct certificate *path[] = {&leaf, &issuer};
    size_t root = 7;
    /* Another root of the same name and key identifier: only the signature decides. */
    struct forge_profile twin = forge_profile(forge, FORGE_ROOT, "Root CA", NULL, ROLE_ROOT);

    twin.extensions[FORGE_SUBJECT_KEY_ID] =
        forge_extension(forge, OID_SUBJECT_KEY_ID, false,
                        forge_primitive(forge, DER_OCTET_STRING, site.root->key_identifier.data,
                                        site.root->key_identifier.size));
    twin.extension_count = FORGE_AUTHORITY_KEY_ID;
    assert_ok(chain_add_root(&two, forge_certify(forge, &twin)->der, &err), &err);
    assert_ok(certificate_parse(site.leaves[ROLE_CONTENT]->der, &leaf, &err), &err);
    assert_ok(certificate_parse(site.issuer->der, &issuer, &err), &err);
    assert_refused(chain_verify(&two, path, 2, ROLE_CONTENT, FORGE_NOON_US, &root, &err), &err,
                   ERROR_UNTRUSTED_ROOT);
    assert_int_equal(root, 7);
    assert_ok(chain_add_root(&two, site.root->der, &err), &err);
    assert_ok(chain_verify(&two, path, 2, ROLE_CONTENT, FORGE_NOON_US, &root, &err), &err);
    assert_int_equal(root, 1);
}

/* ---- time ---- */

static void validity_is_judged_at_the_instant(void **state)
{
    const struct forge_certificate *leaf = site.leaves[ROLE_CONTENT];
    struct error err = {0};

    assert_ok(judge_at(leaf, ROLE_CONTENT, YEAR_2026_US, &err), &err);
    assert_refused(judge_at(leaf, ROLE_CONTENT, YEAR_2026_US - 1, &err), &err,
                   ERROR_NOT_VALID_THEN);
    /* The second that notAfter names is still within. */
    assert_ok(judge_at(leaf, ROLE_CONTENT, YEAR_2027_US + INSTANT_SECOND_US - 1, &err), &err);
    assert_refused(judge_at(leaf, ROLE_CONTENT, YEAR_2027_US + INSTANT_SECOND_US, &err), &err,
                   ERROR_NOT_VALID_THEN);
}

static const struct forge_certificate *expiring(enum forge_place place, const char *name,
                                                const struct forge_certificate *issuer,
                                                const char *not_after)
{
    struct forge_profile profile = forge_profile(forge, place, name, issuer, ROLE_CONTENT);

    profile.not_before = forge_primitive(forge, DER_UTC_TIME, "100101000000Z", 13);
    profile.not_after = forge_primitive(forge, DER_UTC_TIME, not_after, 13);
    return forge_certify(forge, &profile);
}

static void a_chain_that_has_expired_since_is_fine(void **state)
{
    const int64_t in_2012_us = INT64_C(1325376000000000);
    const struct forge_certificate *root = expiring(FORGE_ROOT, "R", NULL, "150101000000Z");
    const struct forge_certificate *issuer = expiring(FORGE_ISSUER, "I", root, "150101000000Z");
    const struct forge_certificate *leaf = expiring(FORGE_LEAF, "L", issuer, "150101000000Z");
    struct error err = {0};

    assert_ok(chain_add_root(&roots, root->der, &err), &err);
    assert_ok(judge_at(leaf, ROLE_CONTENT, in_2012_us, &err), &err);
    assert_refused(judge_at(leaf, ROLE_CONTENT, FORGE_NOON_US, &err), &err, ERROR_NOT_VALID_THEN);
}

static void issuer_and_root_must_have_been_valid_too(void **state)
{
    const struct forge_certificate *root = expiring(FORGE_ROOT, "R2", NULL, "360101000000Z");
    const struct forge_certificate *old_root = expiring(FORGE_ROOT, "R3", NULL, "150101000000Z");
    const struct forge_certificate *issuer = expiring(FORGE_ISSUER, "I2", root, "150101000000Z");
    const struct forge_certificate *leaf = expiring(FORGE_LEAF, "L2", issuer, "360101000000Z");
    struct error err = {0};

    assert_ok(chain_add_root(&roots, root->der, &err), &err);
    assert_ok(chain_add_root(&roots, old_root->der, &err), &err);
    assert_refused(judge(leaf, ROLE_CONTENT, &err), &err, ERROR_NOT_VALID_THEN);
    assert_non_null(strstr(err.words, "path[1]"));
    issuer = expiring(FORGE_ISSUER, "I3", old_root, "360101000000Z");
    leaf = expiring(FORGE_LEAF, "L3", issuer, "360101000000Z");
    assert_refused(judge(leaf, ROLE_CONTENT, &err), &err, ERROR_NOT_VALID_THEN);
    assert_non_null(strstr(err.words, "root"));
}

static void roots_are_roots_counted_and_distinct(void **state)
{
    struct chain_roots fresh = {0};
    struct error err = {0};

    assert_refused(chain_add_root(&fresh, site.issuer->der, &err), &err, ERROR_BAD_CERTIFICATE);
    assert_ok(chain_add_root(&fresh, site.root->der, &err), &err);
    assert_refused(chain_add_root(&fresh, site.root->der, &err), &err, ERROR_EXTRA_CERTIFICATE);
    while (fresh.count < LIMIT_ROOT_CERTIFICATES)
        assert_ok(chain_add_root(
                      &fresh,
                      forge_certificate(forge, FORGE_ROOT, "one more", NULL, ROLE_ROOT)->der, &err),
                  &err);
    assert_refused(chain_add_root(&fresh, site.issuer->der, &err), &err, ERROR_LIMIT);
}

/* ---- the path ---- */

static const struct forge_certificate *issuer_with_length(const char *name,
                                                          const struct forge_certificate *issuer,
                                                          int path_length)
{
    struct forge_profile profile =
        forge_profile(forge, issuer == NULL ? FORGE_ROOT : FORGE_ISSUER, name, issuer, ROLE_ROOT);

    profile.extensions[FORGE_BASIC_CONSTRAINTS] =
        forge_basic_constraints(forge, true, true, path_length);
    return forge_certify(forge, &profile);
}

static void path_lengths_hold_at_root_and_intermediate(void **state)
{
    const struct {
        const char *name;
        int root, first, second; /* path lengths; -2: no such issuer */
        enum error_code expected;
    } rows[] = {
        {"root 0, one issuer", 0, 0, -2, ERROR_PATH_LENGTH},
        {"root 1, one issuer", 1, 0, -2, ERROR_OK},
        {"root 1, two issuers", 1, 1, 0, ERROR_PATH_LENGTH},
        {"root 2, two issuers", 2, 1, 0, ERROR_OK},
        {"no bounds", -1, -1, -1, ERROR_OK},
        {"issuer 0 with an issuer below", -1, 0, 0, ERROR_PATH_LENGTH},
        {"issuer 0 with an unbounded issuer below", -1, 0, -1, ERROR_PATH_LENGTH},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct chain_roots saved = roots;
        struct error err = {0};
        const struct forge_certificate *root =
            issuer_with_length("bounded root", NULL, rows[i].root);
        const struct forge_certificate *issuer = issuer_with_length("first", root, rows[i].first);
        int result;

        roots.count = 0;
        assert_ok(chain_add_root(&roots, root->der, &err), &err);
        if (rows[i].second != -2)
            issuer = issuer_with_length("second", issuer, rows[i].second);
        result = judge(forge_certificate(forge, FORGE_LEAF, "leaf", issuer, ROLE_CONTENT),
                       ROLE_CONTENT, &err);
        if (result != -(int)rows[i].expected)
            fail_msg("%s: %s: %s", rows[i].name, error_name(err.code), err.words);
        roots = saved;
    }
    shows_case("A8");
}

static void leaves_come_from_the_issuer_of_their_role(void **state)
{
    struct error err = {0};

    assert_refused(judge(forge_certificate(forge, FORGE_LEAF, "leaf", site.root, ROLE_CONTENT),
                         ROLE_CONTENT, &err),
                   &err, ERROR_PATH_LENGTH);
    assert_refused(judge(forge_certificate(forge, FORGE_LEAF, "leaf", site.issuer, ROLE_ROOT),
                         ROLE_ROOT, &err),
                   &err, ERROR_PATH_LENGTH);
}

static void order_and_length_of_the_path_are_checked(void **state)
{
    struct error err = {0};
    struct certificate leaf, issuer;
    const struct certificate *reversed[] = {&issuer, &leaf};
    const struct certificate *seven[] = {&leaf,   &issuer, &issuer, &issuer,
                                         &issuer, &issuer, &issuer};

    assert_ok(certificate_parse(site.leaves[ROLE_CONTENT]->der, &leaf, &err), &err);
    assert_ok(certificate_parse(site.issuer->der, &issuer, &err), &err);
    assert_refused(chain_verify(&roots, reversed, 2, ROLE_CONTENT, FORGE_NOON_US, NULL, &err), &err,
                   ERROR_CHAIN_ORDER);
    assert_refused(chain_verify(&roots, reversed, 0, ROLE_CONTENT, FORGE_NOON_US, NULL, &err), &err,
                   ERROR_LIMIT);
    assert_refused(chain_verify(&roots, seven, LIMIT_CHAIN_CERTIFICATES, ROLE_CONTENT,
                                FORGE_NOON_US, NULL, &err),
                   &err, ERROR_LIMIT);
    shows_case("A8");
}

static void a_root_that_is_not_listed_counts_for_nothing(void **state)
{
    struct error err = {0};
    const struct forge_certificate *root =
        forge_certificate(forge, FORGE_ROOT, "Root CA", NULL, ROLE_ROOT);
    const struct forge_certificate *issuer =
        forge_certificate(forge, FORGE_ISSUER, "Issuing CA", root, ROLE_ROOT);

    assert_refused(judge(forge_certificate(forge, FORGE_LEAF, "leaf", issuer, ROLE_CONTENT),
                         ROLE_CONTENT, &err),
                   &err, ERROR_UNTRUSTED_ROOT);
}

/* What our parser passes and GnuTLS doesn't even import. */
static void gnutls_has_the_last_word(void **state)
{
    struct forge_profile profile =
        forge_profile(forge, FORGE_LEAF, "leaf", site.issuer, ROLE_CONTENT);
    struct error err = {0};

    profile.subject_name = FORGE_SEQUENCE(forge, some_null());
    assert_refused(judge(forge_certify(forge, &profile), ROLE_CONTENT, &err), &err,
                   ERROR_BAD_CERTIFICATE);
    assert_non_null(strstr(err.words, "GnuTLS"));
}

/* ---- every value of a certificate ---- */

static void every_edited_value_of_a_leaf_is_refused(void **state)
{
    struct bytes_view der = site.leaves[ROLE_CONTENT]->der;

    for (size_t node = 0; node < forge_count(der); node++) {
        for (enum forge_edit edit = 0; edit < FORGE_EDITS; edit++) {
            struct forge_certificate edited = *site.leaves[ROLE_CONTENT];
            struct error err = {0};

            edited.der = forge_edit(forge, der, node, edit);
            if (judge(&edited, ROLE_CONTENT, &err) == 0)
                fail_msg("value %zu, edit %d: accepted", node, (int)edit);
        }
    }
}

/* The value inside an extension's OCTET STRING, edited, the certificate signed again. */
static void edit_extension(size_t place, const char *oid, bool critical, struct bytes_view good,
                           size_t expected)
{
    size_t accepted = 0;

    for (size_t node = 0; node < forge_count(good); node++) {
        for (enum forge_edit edit = 0; edit < FORGE_EDITS; edit++) {
            struct forge_profile profile =
                forge_profile(forge, FORGE_LEAF, "leaf", site.issuer, ROLE_CONTENT);
            struct error err = {0};

            profile.extensions[place] =
                forge_extension(forge, oid, critical, forge_edit(forge, good, node, edit));
            accepted += judge(forge_certify(forge, &profile), ROLE_CONTENT, &err) == 0;
        }
    }
    assert_int_equal(accepted, expected);
}

static void every_edited_value_of_an_extension_counts(void **state)
{
    struct bytes_view id = site.issuer->key_identifier;
    struct bytes_view authority =
        FORGE_SEQUENCE(forge, forge_primitive(forge, DER_CONTEXT(0), id.data, id.size));
    struct bytes_view purpose = FORGE_SEQUENCE(forge, forge_oid(forge, eku_of(ROLE_CONTENT)));

    edit_extension(FORGE_KEY_USAGE, OID_KEY_USAGE, true,
                   forge_primitive(forge, DER_BIT_STRING, "\x07\x80", 2), 0);
    edit_extension(FORGE_EXTENDED_KEY_USAGE, OID_EXTENDED_KEY_USAGE, true, purpose, 0);
    edit_extension(FORGE_AUTHORITY_KEY_ID, OID_AUTHORITY_KEY_ID, false, authority, 0);
    edit_extension(FORGE_SUBJECT_KEY_ID, OID_SUBJECT_KEY_ID, false,
                   forge_primitive(forge, DER_OCTET_STRING, "id", 2), 0);
    /* Empty constraints stay what they are, emptied. */
    edit_extension(FORGE_BASIC_CONSTRAINTS, OID_BASIC_CONSTRAINTS, true,
                   forge_value(forge, DER_SEQUENCE, NULL, 0), 1);
    shows_case("A9");
}

static void names_are_shown_and_keys_are_told_apart(void **state)
{
    struct certificate certificate;
    struct error err = {0};
    char name[CERTIFICATE_NAME_BYTES];
    uint8_t one[DIGEST_BYTES], other[DIGEST_BYTES];
    char long_name[400];

    assert_ok(certificate_parse(site.root->der, &certificate, &err), &err);
    assert_string_equal(certificate_name(&certificate, name), "CN=Root CA");
    assert_true(certificate_is_self_issued(&certificate));
    certificate_key_id(&certificate, one);
    assert_ok(certificate_parse(site.issuer->der, &certificate, &err), &err);
    assert_false(certificate_is_self_issued(&certificate));
    certificate_key_id(&certificate, other);
    assert_memory_not_equal(one, other, DIGEST_BYTES);
    memset(long_name, 'n', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = '\0';
    assert_ok(
        certificate_parse(forge_certificate(forge, FORGE_ROOT, long_name, NULL, ROLE_ROOT)->der,
                          &certificate, &err),
        &err);
    assert_int_equal(strlen(certificate_name(&certificate, name)), CERTIFICATE_NAME_BYTES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_has_its_own_leaf),
        cmocka_unit_test(the_root_that_issued_is_named),
        cmocka_unit_test(validity_is_judged_at_the_instant),
        cmocka_unit_test(a_chain_that_has_expired_since_is_fine),
        cmocka_unit_test(issuer_and_root_must_have_been_valid_too),
        cmocka_unit_test(roots_are_roots_counted_and_distinct),
        cmocka_unit_test(path_lengths_hold_at_root_and_intermediate),
        cmocka_unit_test(leaves_come_from_the_issuer_of_their_role),
        cmocka_unit_test(order_and_length_of_the_path_are_checked),
        cmocka_unit_test(a_root_that_is_not_listed_counts_for_nothing),
        cmocka_unit_test(gnutls_has_the_last_word),
        cmocka_unit_test(every_edited_value_of_a_leaf_is_refused),
        cmocka_unit_test(every_edited_value_of_an_extension_counts),
        cmocka_unit_test(names_are_shown_and_keys_are_told_apart),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
