/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/test.h"

#include "media/base/instant.h"
#include "media/certificate.h"
#include "media/chain.h"
#include "media/der.h"
#include "media/oid.h"
#include "tests/media/forge.h"

#define YEAR_2026_US INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z, notBefore of the forge */
#define YEAR_2027_US INT64_C(1798761600000000) /* notAfter of its leaves */
#define YEAR_2036_US INT64_C(2082758400000000) /* of its CAs */

static struct forge_site site;
static struct forge *forge;
static struct chain_roots roots;

static int set_up(void **state)
{
    struct error err = {0};

    site = forge_site();
    forge = site.forge;
    return chain_add_root(&roots, site.root->der, &err);
}

static int tear_down(void **state)
{
    forge_free(forge);
    return 0;
}

/* Judges the path from a leaf to below its root, each certificate parsed anew. */
static int judge_at(const struct forge_certificate *leaf, enum document_role role, int64_t at_us,
                    struct error *err)
{
    struct certificate parsed[LIMIT_CHAIN_CERTIFICATES + 1];
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES + 1];
    size_t count = 0;

    for (; leaf->issuer != NULL; leaf = leaf->issuer, count++) {
        if (certificate_parse(leaf->der, &parsed[count], err) < 0)
            return -(int)err->code;
        path[count] = &parsed[count];
    }
    return chain_verify(&roots, path, count, role, at_us, NULL, err);
}

static int judge(const struct forge_certificate *leaf, enum document_role role, struct error *err)
{
    return judge_at(leaf, role, FORGE_NOON_US, err);
}

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
    /* Another root of the same name and without key identifiers: only the signature decides. */
    struct forge_profile twin = forge_profile(forge, FORGE_ROOT, "Root CA", NULL, ROLE_ROOT);

    twin.extension_count = FORGE_SUBJECT_KEY_ID;
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

/* ---- the certificates' profile, one row a case ---- */

typedef void change(struct forge_profile *profile);

static void drop(struct forge_profile *profile, size_t place)
{
    profile->extensions[place] = profile->extensions[--profile->extension_count];
}

static void add(struct forge_profile *profile, const char *oid, bool critical,
                struct bytes_view value)
{
    profile->extensions[profile->extension_count++] = forge_extension(forge, oid, critical, value);
}

static struct bytes_view some_null(void)
{
    return forge_primitive(forge, DER_NULL, "", 0);
}

static const char *eku_of(enum document_role role)
{
    return document_role_row(role)->eku;
}

static void set_eku(struct forge_profile *profile, bool critical, const char *first,
                    const char *second)
{
    const char *oids[] = {first, second};

    profile->extensions[FORGE_EXTENDED_KEY_USAGE] =
        forge_extended_key_usage(forge, critical, oids, second == NULL ? 1 : 2);
}

static void eku_absent(struct forge_profile *profile)
{
    profile->extension_count = FORGE_EXTENDED_KEY_USAGE;
}

static void eku_any(struct forge_profile *profile)
{
    set_eku(profile, true, "2.5.29.37.0", NULL);
}

static void eku_not_critical(struct forge_profile *profile)
{
    set_eku(profile, false, eku_of(ROLE_CONTENT), NULL);
}

static void eku_two(struct forge_profile *profile)
{
    set_eku(profile, true, eku_of(ROLE_CONTENT), eku_of(ROLE_RELEASE));
}

static void eku_code_signing(struct forge_profile *profile)
{
    set_eku(profile, true, "1.3.6.1.5.5.7.3.3", NULL);
}

static void eku_empty(struct forge_profile *profile)
{
    profile->extensions[FORGE_EXTENDED_KEY_USAGE] = forge_extended_key_usage(forge, true, NULL, 0);
}

static void usage_absent(struct forge_profile *profile)
{
    drop(profile, FORGE_KEY_USAGE);
}

static void usage_not_critical(struct forge_profile *profile)
{
    profile->extensions[FORGE_KEY_USAGE] =
        forge_key_usage(forge, false, CERTIFICATE_DIGITAL_SIGNATURE);
}

static void usage_more(struct forge_profile *profile)
{
    profile->extensions[FORGE_KEY_USAGE] =
        forge_key_usage(forge, true, CERTIFICATE_DIGITAL_SIGNATURE | 0x4000);
}

static void usage_key_agreement(struct forge_profile *profile)
{
    profile->extensions[FORGE_KEY_USAGE] = forge_key_usage(forge, true, 0x0800);
}

static void usage_of_nine_bits(struct forge_profile *profile)
{
    profile->extensions[FORGE_KEY_USAGE] =
        forge_key_usage(forge, true, CERTIFICATE_DIGITAL_SIGNATURE | 0x0080);
}

static void usage_without_bits(struct forge_profile *profile)
{
    profile->extensions[FORGE_KEY_USAGE] = forge_extension(
        forge, OID_KEY_USAGE, true, forge_primitive(forge, DER_BIT_STRING, "\0", 1));
}

static void usage_with_a_zero_at_the_end(struct forge_profile *profile)
{
    profile->extensions[FORGE_KEY_USAGE] = forge_extension(
        forge, OID_KEY_USAGE, true, forge_primitive(forge, DER_BIT_STRING, "\x06\x80", 2));
}

static void usage_of_four_bytes(struct forge_profile *profile)
{
    profile->extensions[FORGE_KEY_USAGE] = forge_extension(
        forge, OID_KEY_USAGE, true, forge_primitive(forge, DER_BIT_STRING, "\0\x80\0\1", 4));
}

static void leaf_is_ca(struct forge_profile *profile)
{
    profile->extensions[FORGE_BASIC_CONSTRAINTS] = forge_basic_constraints(forge, true, true, -1);
}

static void leaf_without_constraints(struct forge_profile *profile)
{
    drop(profile, FORGE_BASIC_CONSTRAINTS);
}

static void path_length_without_ca(struct forge_profile *profile)
{
    profile->extensions[FORGE_BASIC_CONSTRAINTS] = forge_basic_constraints(forge, true, false, 0);
}

static void path_length_enormous(struct forge_profile *profile)
{
    struct bytes_view value = FORGE_SEQUENCE(forge, forge_primitive(forge, DER_BOOLEAN, "\xff", 1),
                                             forge_integer(forge, INT64_C(1) << 40));

    profile->extensions[FORGE_BASIC_CONSTRAINTS] =
        forge_extension(forge, OID_BASIC_CONSTRAINTS, true, value);
}

static void path_length_negative(struct forge_profile *profile)
{
    struct bytes_view value = FORGE_SEQUENCE(forge, forge_primitive(forge, DER_BOOLEAN, "\xff", 1),
                                             forge_integer(forge, -1));

    profile->extensions[FORGE_BASIC_CONSTRAINTS] =
        forge_extension(forge, OID_BASIC_CONSTRAINTS, true, value);
}

static void ca_false_encoded(struct forge_profile *profile)
{
    profile->extensions[FORGE_BASIC_CONSTRAINTS] =
        forge_extension(forge, OID_BASIC_CONSTRAINTS, true,
                        FORGE_SEQUENCE(forge, forge_primitive(forge, DER_BOOLEAN, "\0", 1)));
}

static void critical_false_encoded(struct forge_profile *profile)
{
    profile->extensions[FORGE_BASIC_CONSTRAINTS] =
        FORGE_SEQUENCE(forge, forge_oid(forge, OID_BASIC_CONSTRAINTS),
                       forge_primitive(forge, DER_BOOLEAN, "\0", 1),
                       forge_primitive(forge, DER_OCTET_STRING, "\x30\0", 2));
}

static void extension_value_is_ber(struct forge_profile *profile)
{
    profile->extensions[FORGE_BASIC_CONSTRAINTS] =
        forge_extension(forge, OID_BASIC_CONSTRAINTS, true, bytes_view_of("\x30\x81\0", 3));
}

static void version_1(struct forge_profile *profile)
{
    profile->version = bytes_view_of(NULL, 0);
}

static void version_2(struct forge_profile *profile)
{
    profile->version = FORGE_TAGGED(forge, DER_CONTEXT_OF(0), forge_integer(forge, 1));
}

static void version_negative(struct forge_profile *profile)
{
    profile->version = FORGE_TAGGED(forge, DER_CONTEXT_OF(0), forge_integer(forge, -2));
}

static void serial_zero(struct forge_profile *profile)
{
    profile->serial = forge_integer(forge, 0);
}

static void serial_negative(struct forge_profile *profile)
{
    profile->serial = forge_integer(forge, -5);
}

static void serial_of_21_bytes(struct forge_profile *profile)
{
    profile->serial = forge_primitive(forge, DER_INTEGER, "AAAAAAAAAAAAAAAAAAAAA", 21);
}

static void serial_of_20_bytes(struct forge_profile *profile)
{
    profile->serial = forge_primitive(forge, DER_INTEGER, "AAAAAAAAAAAAAAAAAAAA", 20);
}

static void unknown_critical(struct forge_profile *profile)
{
    add(profile, "1.2.3.4", true, some_null());
}

static void unknown_not_critical(struct forge_profile *profile)
{
    add(profile, "1.2.3.4", false, some_null());
}

static void extension_twice(struct forge_profile *profile)
{
    add(profile, "1.2.3.4", false, some_null());
    add(profile, "1.2.3.4", false, some_null());
}

static void usage_twice(struct forge_profile *profile)
{
    add(profile, OID_KEY_USAGE, true, forge_primitive(forge, DER_BIT_STRING, "\x07\x80", 2));
}

static void many_extensions(struct forge_profile *profile)
{
    char oid[16];

    while (profile->extension_count <= LIMIT_CERTIFICATE_EXTENSIONS) {
        snprintf(oid, sizeof(oid), "1.2.3.%zu", profile->extension_count);
        add(profile, oid, false, some_null());
    }
}

static void name_constraints(struct forge_profile *profile)
{
    add(profile, OID_NAME_CONSTRAINTS, false, FORGE_SEQUENCE(forge, some_null()));
}

static void policy_constraints(struct forge_profile *profile)
{
    add(profile, "2.5.29.36", true, FORGE_SEQUENCE(forge, some_null()));
}

/* A10: thousands of names in one certificate. */
static void too_large(struct forge_profile *profile)
{
    static const uint8_t zero[LIMIT_CERTIFICATE_BYTES];

    add(profile, "2.5.29.17", false, bytes_view_of(zero, sizeof(zero)));
}

static void no_extensions(struct forge_profile *profile)
{
    profile->extension_count = 0;
}

static void unique_identifiers(struct forge_profile *profile)
{
    profile->after_spki = forge_primitive(forge, DER_CONTEXT(1), "\0A", 2);
}

static void key_p256(struct forge_profile *profile)
{
    profile->key = forge_key(forge, FORGE_P256);
    profile->spki = profile->key->spki;
}

static void key_rsa(struct forge_profile *profile)
{
    profile->key = forge_key(forge, FORGE_RSA);
    profile->spki = profile->key->spki;
}

static void algorithm_sha256(struct forge_profile *profile)
{
    profile->algorithm = profile->outer_algorithm = forge_algorithm(forge, "1.2.840.10045.4.3.2");
}

static void algorithms_differ(struct forge_profile *profile)
{
    profile->algorithm = forge_algorithm(forge, "1.2.840.10045.4.3.2");
}

static void validity_backwards(struct forge_profile *profile)
{
    profile->not_after = forge_primitive(forge, DER_UTC_TIME, "250101000000Z", 13);
}

static void general_time_before_2050(struct forge_profile *profile)
{
    profile->not_after = forge_general(forge, "20490101000000Z");
}

static void general_time_from_2050(struct forge_profile *profile)
{
    profile->not_after = forge_general(forge, "99991231235959Z");
}

static void validity_with_a_fraction(struct forge_profile *profile)
{
    profile->not_after = forge_general(forge, "20510101000000.5Z");
}

static void validity_not_a_time(struct forge_profile *profile)
{
    profile->not_before = some_null();
}

static void subject_empty(struct forge_profile *profile)
{
    profile->subject_name = forge_value(forge, DER_SEQUENCE, NULL, 0);
}

static void issuer_empty(struct forge_profile *profile)
{
    profile->issuer_name = forge_value(forge, DER_SEQUENCE, NULL, 0);
}

static void subject_key_id_critical(struct forge_profile *profile)
{
    drop(profile, FORGE_SUBJECT_KEY_ID);
    add(profile, OID_SUBJECT_KEY_ID, true, forge_primitive(forge, DER_OCTET_STRING, "x", 1));
}

static void subject_key_id_empty(struct forge_profile *profile)
{
    drop(profile, FORGE_SUBJECT_KEY_ID);
    add(profile, OID_SUBJECT_KEY_ID, false, forge_primitive(forge, DER_OCTET_STRING, "", 0));
}

static void authority_key_id_critical(struct forge_profile *profile)
{
    profile->extensions[FORGE_AUTHORITY_KEY_ID] =
        forge_extension(forge, OID_AUTHORITY_KEY_ID, true,
                        FORGE_SEQUENCE(forge, forge_primitive(forge, DER_CONTEXT(0), "x", 1)));
}

static void authority_key_id_empty(struct forge_profile *profile)
{
    profile->extensions[FORGE_AUTHORITY_KEY_ID] =
        forge_extension(forge, OID_AUTHORITY_KEY_ID, false,
                        FORGE_SEQUENCE(forge, forge_primitive(forge, DER_CONTEXT(0), "", 0)));
}

static void authority_key_id_of_another(struct forge_profile *profile)
{
    profile->extensions[FORGE_AUTHORITY_KEY_ID] =
        forge_extension(forge, OID_AUTHORITY_KEY_ID, false,
                        FORGE_SEQUENCE(forge, forge_primitive(forge, DER_CONTEXT(0), "x", 1)));
}

static void no_key_identifiers(struct forge_profile *profile)
{
    profile->extensions[FORGE_SUBJECT_KEY_ID] = profile->extensions[FORGE_EXTENDED_KEY_USAGE];
    profile->extension_count = FORGE_AUTHORITY_KEY_ID;
}

static void issuer_name_of_another(struct forge_profile *profile)
{
    profile->issuer_name = site.root->name;
}

static void signature_broken(struct forge_profile *profile)
{
    profile->bad_signature = true;
}

static const struct {
    const char *name;
    change *apply;
    enum error_code expected;
} leaf_rows[] = {
#define ROW(function, code)                                                                        \
    {                                                                                              \
#function, function, code                                                                  \
    }
    ROW(eku_absent, ERROR_WRONG_USAGE),
    ROW(eku_any, ERROR_WRONG_ROLE),
    ROW(eku_not_critical, ERROR_WRONG_USAGE),
    ROW(eku_two, ERROR_WRONG_USAGE),
    ROW(eku_code_signing, ERROR_WRONG_ROLE),
    ROW(eku_empty, ERROR_WRONG_USAGE),
    ROW(usage_absent, ERROR_WRONG_USAGE),
    ROW(usage_not_critical, ERROR_WRONG_USAGE),
    ROW(usage_more, ERROR_WRONG_USAGE),
    ROW(usage_key_agreement, ERROR_WRONG_USAGE),
    ROW(usage_of_nine_bits, ERROR_WRONG_USAGE),
    ROW(usage_without_bits, ERROR_BAD_CERTIFICATE),
    ROW(usage_with_a_zero_at_the_end, ERROR_NOT_DER),
    ROW(usage_of_four_bytes, ERROR_BAD_CERTIFICATE),
    ROW(leaf_is_ca, ERROR_BAD_CERTIFICATE),
    ROW(leaf_without_constraints, ERROR_OK),
    ROW(path_length_without_ca, ERROR_BAD_CERTIFICATE),
    ROW(path_length_enormous, ERROR_BAD_CERTIFICATE),
    ROW(path_length_negative, ERROR_BAD_CERTIFICATE),
    ROW(ca_false_encoded, ERROR_NOT_DER),
    ROW(critical_false_encoded, ERROR_NOT_DER),
    ROW(extension_value_is_ber, ERROR_NOT_DER),
    ROW(version_1, ERROR_BAD_CERTIFICATE),
    ROW(version_2, ERROR_BAD_CERTIFICATE),
    ROW(version_negative, ERROR_BAD_CERTIFICATE),
    ROW(serial_zero, ERROR_BAD_CERTIFICATE),
    ROW(serial_negative, ERROR_BAD_CERTIFICATE),
    ROW(serial_of_21_bytes, ERROR_BAD_CERTIFICATE),
    ROW(serial_of_20_bytes, ERROR_OK),
    ROW(unknown_critical, ERROR_BAD_CERTIFICATE),
    ROW(unknown_not_critical, ERROR_OK),
    ROW(extension_twice, ERROR_BAD_CERTIFICATE),
    ROW(usage_twice, ERROR_BAD_CERTIFICATE),
    ROW(many_extensions, ERROR_LIMIT),
    ROW(name_constraints, ERROR_BAD_CERTIFICATE),
    ROW(policy_constraints, ERROR_BAD_CERTIFICATE),
    ROW(too_large, ERROR_LIMIT),
    ROW(no_extensions, ERROR_BAD_CERTIFICATE),
    ROW(unique_identifiers, ERROR_BAD_CERTIFICATE),
    ROW(key_p256, ERROR_WEAK_ALGORITHM),
    ROW(key_rsa, ERROR_WEAK_ALGORITHM),
    ROW(algorithm_sha256, ERROR_WEAK_ALGORITHM),
    ROW(algorithms_differ, ERROR_WEAK_ALGORITHM),
    ROW(validity_backwards, ERROR_BAD_CERTIFICATE),
    ROW(general_time_before_2050, ERROR_BAD_CERTIFICATE),
    ROW(general_time_from_2050, ERROR_OK),
    ROW(validity_with_a_fraction, ERROR_BAD_CERTIFICATE),
    ROW(validity_not_a_time, ERROR_BAD_CERTIFICATE),
    ROW(subject_empty, ERROR_BAD_CERTIFICATE),
    ROW(issuer_empty, ERROR_BAD_CERTIFICATE),
    ROW(subject_key_id_critical, ERROR_BAD_CERTIFICATE),
    ROW(subject_key_id_empty, ERROR_BAD_CERTIFICATE),
    ROW(authority_key_id_critical, ERROR_BAD_CERTIFICATE),
    ROW(authority_key_id_empty, ERROR_BAD_CERTIFICATE),
    ROW(authority_key_id_of_another, ERROR_CHAIN_ORDER),
    ROW(no_key_identifiers, ERROR_OK),
    ROW(issuer_name_of_another, ERROR_CHAIN_ORDER),
    ROW(signature_broken, ERROR_BAD_SIGNATURE),
};

static void each_departure_of_a_leaf_is_refused_with_its_code(void **state)
{
    for (size_t i = 0; i < sizeof(leaf_rows) / sizeof(leaf_rows[0]); i++) {
        struct forge_profile profile =
            forge_profile(forge, FORGE_LEAF, "leaf", site.issuer, ROLE_CONTENT);
        struct error err = {0};
        int result;

        leaf_rows[i].apply(&profile);
        result = judge(forge_certify(forge, &profile), ROLE_CONTENT, &err);
        if (result != -(int)leaf_rows[i].expected)
            fail_msg("%s: %s: %s; expected %s", leaf_rows[i].name, error_name(err.code), err.words,
                     error_name(leaf_rows[i].expected));
    }
}

/* ---- issuing CAs ---- */

static void issuer_is_no_ca(struct forge_profile *profile)
{
    profile->extensions[FORGE_BASIC_CONSTRAINTS] = forge_basic_constraints(forge, true, false, -1);
}

static void issuer_constraints_not_critical(struct forge_profile *profile)
{
    profile->extensions[FORGE_BASIC_CONSTRAINTS] = forge_basic_constraints(forge, false, true, 0);
}

static void issuer_without_constraints(struct forge_profile *profile)
{
    drop(profile, FORGE_BASIC_CONSTRAINTS);
}

static void issuer_with_eku(struct forge_profile *profile)
{
    const char *eku = eku_of(ROLE_CONTENT);

    profile->extensions[profile->extension_count++] =
        forge_extended_key_usage(forge, true, &eku, 1);
}

static void issuer_usage_crl_only(struct forge_profile *profile)
{
    profile->extensions[FORGE_KEY_USAGE] = forge_key_usage(forge, true, CERTIFICATE_CRL_SIGN);
}

static void issuer_usage_not_critical(struct forge_profile *profile)
{
    profile->extensions[FORGE_KEY_USAGE] = forge_key_usage(forge, false, CERTIFICATE_KEY_CERT_SIGN);
}

static void as_it_is(struct forge_profile *profile)
{
}

static const struct {
    const char *name;
    change *apply;
    enum error_code expected, as_root;
} issuer_rows[] = {
    {"good", as_it_is, ERROR_OK, ERROR_OK},
    {"no CA", issuer_is_no_ca, ERROR_BAD_CERTIFICATE, ERROR_BAD_CERTIFICATE},
    {"constraints not critical", issuer_constraints_not_critical, ERROR_BAD_CERTIFICATE,
     ERROR_BAD_CERTIFICATE},
    {"no constraints", issuer_without_constraints, ERROR_BAD_CERTIFICATE, ERROR_BAD_CERTIFICATE},
    {"with extKeyUsage", issuer_with_eku, ERROR_BAD_CERTIFICATE, ERROR_BAD_CERTIFICATE},
    {"no keyUsage", usage_absent, ERROR_WRONG_USAGE, ERROR_WRONG_USAGE},
    {"cRLSign only", issuer_usage_crl_only, ERROR_WRONG_USAGE, ERROR_WRONG_USAGE},
    {"keyUsage not critical", issuer_usage_not_critical, ERROR_WRONG_USAGE, ERROR_WRONG_USAGE},
    {"version 1", version_1, ERROR_BAD_CERTIFICATE, ERROR_BAD_CERTIFICATE},
    {"signature broken", signature_broken, ERROR_UNTRUSTED_ROOT, ERROR_BAD_SIGNATURE},
    {"issued by another name", subject_key_id_empty, ERROR_BAD_CERTIFICATE, ERROR_BAD_CERTIFICATE},
    {"authority key id of another", authority_key_id_of_another, ERROR_UNTRUSTED_ROOT,
     ERROR_BAD_CERTIFICATE},
};

static void each_departure_of_an_issuer_is_refused_with_its_code(void **state)
{
    for (size_t i = 0; i < sizeof(issuer_rows) / sizeof(issuer_rows[0]); i++) {
        struct forge_profile profile =
            forge_profile(forge, FORGE_ISSUER, "issuer", site.root, ROLE_ROOT);
        struct error err = {0};
        const struct forge_certificate *leaf;
        int result;

        issuer_rows[i].apply(&profile);
        leaf = forge_certificate(forge, FORGE_LEAF, "leaf", forge_certify(forge, &profile),
                                 ROLE_CONTENT);
        result = judge(leaf, ROLE_CONTENT, &err);
        if (result != -(int)issuer_rows[i].expected)
            fail_msg("%s: %s: %s; expected %s", issuer_rows[i].name, error_name(err.code),
                     err.words, error_name(issuer_rows[i].expected));
    }
}

static void each_departure_of_a_root_is_refused_with_its_code(void **state)
{
    for (size_t i = 0; i < sizeof(issuer_rows) / sizeof(issuer_rows[0]); i++) {
        struct forge_profile profile = forge_profile(forge, FORGE_ROOT, "root", NULL, ROLE_ROOT);
        struct chain_roots fresh = {0};
        struct error err = {0};
        int result;

        issuer_rows[i].apply(&profile);
        result = chain_add_root(&fresh, forge_certify(forge, &profile)->der, &err);
        if (result != -(int)issuer_rows[i].as_root)
            fail_msg("%s: %s: %s; expected %s", issuer_rows[i].name, error_name(err.code),
                     err.words, error_name(issuer_rows[i].as_root));
        assert_int_equal(fresh.count, result == 0 ? 1 : 0);
    }
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
        cmocka_unit_test(each_departure_of_a_leaf_is_refused_with_its_code),
        cmocka_unit_test(each_departure_of_an_issuer_is_refused_with_its_code),
        cmocka_unit_test(each_departure_of_a_root_is_refused_with_its_code),
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
