/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/media/chain-scene.h"

#include "media/base/instant.h"
#include "media/der.h"
#include "media/oid.h"

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

static void serial_of_one_byte(struct forge_profile *profile)
{
    profile->serial = forge_integer(forge, 5);
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
    ROW(serial_of_one_byte, ERROR_OK),
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
    shows_case("A10");
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

static void subject_key_id_absent(struct forge_profile *profile)
{
    drop(profile, FORGE_SUBJECT_KEY_ID);
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
    {"no key identifier", subject_key_id_absent, ERROR_BAD_CERTIFICATE, ERROR_BAD_CERTIFICATE},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_departure_of_a_leaf_is_refused_with_its_code),
        cmocka_unit_test(each_departure_of_an_issuer_is_refused_with_its_code),
        cmocka_unit_test(each_departure_of_a_root_is_refused_with_its_code),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
