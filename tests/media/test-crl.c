/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/test.h"

#include "media/base/instant.h"
#include "media/base/limits.h"
#include "media/crl.h"
#include "media/der.h"
#include "media/oid.h"
#include "tests/media/forge.h"

#define REVOKED_US            (FORGE_NOON_US + INSTANT_DAY_US)
#define SINCE_US              (FORGE_NOON_US - INSTANT_DAY_US)
#define REASON_KEY_COMPROMISE 1
#define REASON_SUPERSEDED     4

static struct forge_site site;
static struct forge *forge;
static struct certificate issuer, leaf;

static int set_up(void **state)
{
    struct error err = {0};

    site = forge_site();
    forge = site.forge;
    if (certificate_parse(site.issuer->der, &issuer, &err) < 0)
        return -1;
    return certificate_parse(site.leaves[ROLE_CONTENT]->der, &leaf, &err);
}

static int tear_down(void **state)
{
    forge_free(forge);
    return 0;
}

static struct forge_crl begin(void)
{
    struct forge_crl crl = forge_crl(forge, site.issuer, 7, FORGE_NOON_US);

    crl.entries[0] = forge_crl_entry(forge, site.leaves[ROLE_CONTENT]->serial, REVOKED_US, -1, 0);
    crl.entries[1] = forge_crl_entry(forge, forge_integer(forge, 5), REVOKED_US,
                                     REASON_KEY_COMPROMISE, SINCE_US);
    crl.entry_count = 2;
    return crl;
}

static int judge(struct bytes_view der, struct crl *crl, struct error *err)
{
    int result = crl_parse(der, crl, err);

    return result < 0 ? result : crl_verify(crl, &issuer, err);
}

static void a_good_list_gives_its_entries(void **state)
{
    struct forge_crl forged = begin();
    struct crl_entry entry;
    struct error err = {0};
    struct crl crl;

    assert_ok(judge(forge_crl_der(forge, &forged), &crl, &err), &err);
    assert_int_equal(crl.entry_count, 2);
    assert_true(crl.number == 7);
    assert_true(crl.this_update_us == FORGE_NOON_US);
    assert_true(crl.next_update_us > FORGE_NOON_US);
    assert_true(crl_find(&crl, bytes_view_of("\5", 1), &entry));
    assert_int_equal(entry.reason, REASON_KEY_COMPROMISE);
    assert_true(entry.has_invalid_since);
    assert_true(entry.invalid_since_us == SINCE_US);
    assert_true(entry.revoked_us == REVOKED_US);
    assert_false(crl_find(&crl, bytes_view_of("\6", 1), &entry));
}

static void a_list_without_entries_is_good(void **state)
{
    struct forge_crl forged = begin();
    struct error err = {0};
    struct crl crl;

    forged.entry_count = 0;
    assert_ok(judge(forge_crl_der(forge, &forged), &crl, &err), &err);
    assert_int_equal(crl.entry_count, 0);
    assert_ok(crl_judge(&crl, &leaf, ROLE_CONTENT, REVOKED_US, &err), &err);
}

/* ---- the decision, one row a case ---- */

static void revocation_counts_from_its_instant(void **state)
{
    const struct {
        const char *name;
        int reason;
        int64_t since_us;
        enum document_role role;
        int64_t at_us;
        enum error_code expected;
    } rows[] = {
        {"before revocationDate", -1, 0, ROLE_CONTENT, REVOKED_US - 1, ERROR_OK},
        {"at revocationDate", -1, 0, ROLE_CONTENT, REVOKED_US, ERROR_REVOKED},
        {"superseded, before", REASON_SUPERSEDED, 0, ROLE_CONTENT, REVOKED_US - 1, ERROR_OK},
        {"superseded, after", REASON_SUPERSEDED, 0, ROLE_CONTENT, REVOKED_US + 1, ERROR_REVOKED},
        {"before invalidityDate", REASON_SUPERSEDED, SINCE_US, ROLE_CONTENT, SINCE_US - 1,
         ERROR_OK},
        {"at invalidityDate", REASON_SUPERSEDED, SINCE_US, ROLE_CONTENT, SINCE_US, ERROR_REVOKED},
        {"compromised, no invalidityDate", REASON_KEY_COMPROMISE, 0, ROLE_CONTENT, 0,
         ERROR_REVOKED},
        {"compromised, before invalidityDate", REASON_KEY_COMPROMISE, SINCE_US, ROLE_CONTENT,
         SINCE_US - 1, ERROR_OK},
        {"compromised, at invalidityDate", REASON_KEY_COMPROMISE, SINCE_US, ROLE_CONTENT, SINCE_US,
         ERROR_REVOKED},
        {"authority superseded, before", REASON_SUPERSEDED, 0, ROLE_TIMESTAMP, REVOKED_US - 1,
         ERROR_OK},
        {"authority compromised, before invalidityDate", REASON_KEY_COMPROMISE, SINCE_US,
         ROLE_TIMESTAMP, SINCE_US - 1, ERROR_REVOKED},
        {"long after nextUpdate, not listed", -2, 0, ROLE_CONTENT,
         FORGE_NOON_US + 3650 * INSTANT_DAY_US, ERROR_OK},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct forge_crl forged = begin();
        struct error err = {0};
        struct crl crl;
        int result;

        forged.entries[0] = forge_crl_entry(
            forge,
            rows[i].reason == -2 ? forge_integer(forge, 6) : site.leaves[ROLE_CONTENT]->serial,
            REVOKED_US, rows[i].reason, rows[i].since_us);
        assert_ok(judge(forge_crl_der(forge, &forged), &crl, &err), &err);
        result = crl_judge(&crl, &leaf, rows[i].role, rows[i].at_us, &err);
        if (result != -(int)rows[i].expected)
            fail_msg("%s: %s %s", rows[i].name, error_name(err.code), err.words);
    }
    shows_case("A16");
}

/* ---- what is refused ---- */

typedef void change(struct forge_crl *crl);

static struct bytes_view number_extension(struct bytes_view value)
{
    return forge_extension(forge, OID_CRL_NUMBER, false, value);
}

static void version_1(struct forge_crl *crl)
{
    crl->version = forge_integer(forge, 0);
}

static void version_absent(struct forge_crl *crl)
{
    crl->version = bytes_view_of(NULL, 0);
}

static void version_negative(struct forge_crl *crl)
{
    crl->version = forge_integer(forge, -1);
}

static void algorithm_sha256(struct forge_crl *crl)
{
    crl->algorithm = forge_algorithm(forge, "1.2.840.10045.4.3.2");
}

static void next_update_absent(struct forge_crl *crl)
{
    crl->next_update = bytes_view_of(NULL, 0);
}

static void this_update_not_a_time(struct forge_crl *crl)
{
    crl->this_update = forge_integer(forge, 1);
}

static void entries_empty(struct forge_crl *crl)
{
    crl->entry_count = 0;
    crl->empty_entries = true;
}

static void serial_twice(struct forge_crl *crl)
{
    crl->entries[crl->entry_count++] =
        forge_crl_entry(forge, forge_integer(forge, 5), REVOKED_US, -1, 0);
}

static void number_absent(struct forge_crl *crl)
{
    crl->extension_count = 1;
}

static void number_twice(struct forge_crl *crl)
{
    crl->extensions[crl->extension_count++] = number_extension(forge_integer(forge, 8));
}

static void number_negative(struct forge_crl *crl)
{
    crl->extensions[1] = number_extension(forge_integer(forge, -8));
}

static void number_of_2_to_63(struct forge_crl *crl)
{
    crl->extensions[1] =
        number_extension(forge_primitive(forge, DER_INTEGER, "\0\x80\0\0\0\0\0\0\0", 9));
}

static void number_critical(struct forge_crl *crl)
{
    crl->extensions[1] = forge_extension(forge, OID_CRL_NUMBER, true, forge_integer(forge, 8));
}

static void number_is_ber(struct forge_crl *crl)
{
    crl->extensions[1] = number_extension(bytes_view_of("\2\x81\1\1", 4));
}

static void extension_unknown(struct forge_crl *crl)
{
    crl->extensions[crl->extension_count++] =
        forge_extension(forge, "2.5.29.28", false, forge_integer(forge, 1));
}

static void authority_key_id_of_another(struct forge_crl *crl)
{
    crl->extensions[0] =
        forge_extension(forge, OID_AUTHORITY_KEY_ID, false,
                        FORGE_SEQUENCE(forge, forge_primitive(forge, DER_CONTEXT(0), "x", 1)));
}

static void authority_key_id_empty(struct forge_crl *crl)
{
    crl->extensions[0] =
        forge_extension(forge, OID_AUTHORITY_KEY_ID, false,
                        FORGE_SEQUENCE(forge, forge_primitive(forge, DER_CONTEXT(0), "", 0)));
}

static void authority_key_id_absent(struct forge_crl *crl)
{
    crl->extensions[0] = crl->extensions[--crl->extension_count];
}

static void reason_unknown(struct forge_crl *crl)
{
    crl->entries[0] = forge_crl_entry(forge, forge_integer(forge, 9), REVOKED_US, 11, 0);
}

static void invalidity_date_too_fine(struct forge_crl *crl)
{
    struct bytes_view date = forge_extension(forge, OID_INVALIDITY_DATE, false,
                                             forge_general(forge, "20260601000000.0000001Z"));

    crl->entries[0] = FORGE_SEQUENCE(forge, forge_integer(forge, 9), forge_time(forge, REVOKED_US),
                                     FORGE_SEQUENCE(forge, date));
}

static void issuer_of_another_name(struct forge_crl *crl)
{
    crl->name = site.root->name;
}

static void signed_by_another(struct forge_crl *crl)
{
    crl->issuer = site.root;
}

static void signature_broken(struct forge_crl *crl)
{
    crl->bad_signature = true;
}

static const struct {
    const char *name;
    change *apply;
    enum error_code expected;
} rows[] = {
#define ROW(function, code)                                                                        \
    {                                                                                              \
#function, function, code                                                                  \
    }
    ROW(version_1, ERROR_BAD_CRL),
    ROW(version_absent, ERROR_BAD_CRL),
    ROW(version_negative, ERROR_BAD_CRL),
    ROW(algorithm_sha256, ERROR_WEAK_ALGORITHM),
    ROW(next_update_absent, ERROR_BAD_CRL),
    ROW(this_update_not_a_time, ERROR_BAD_CRL),
    ROW(entries_empty, ERROR_BAD_CRL),
    ROW(serial_twice, ERROR_BAD_CRL),
    ROW(number_absent, ERROR_BAD_CRL),
    ROW(number_twice, ERROR_BAD_CRL),
    ROW(number_negative, ERROR_BAD_CRL),
    ROW(number_of_2_to_63, ERROR_BAD_CRL),
    ROW(number_critical, ERROR_BAD_CRL),
    ROW(number_is_ber, ERROR_NOT_DER),
    ROW(extension_unknown, ERROR_BAD_CRL),
    ROW(authority_key_id_of_another, ERROR_BAD_CRL),
    ROW(authority_key_id_absent, ERROR_BAD_CRL),
    ROW(authority_key_id_empty, ERROR_BAD_CRL),
    ROW(reason_unknown, ERROR_BAD_CRL),
    ROW(invalidity_date_too_fine, ERROR_BAD_CRL),
    ROW(issuer_of_another_name, ERROR_BAD_CRL),
    ROW(signed_by_another, ERROR_BAD_CRL),
    ROW(signature_broken, ERROR_BAD_CRL),
};

static void each_departure_is_refused_with_its_code(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct forge_crl forged = begin();
        struct error err = {0};
        struct crl crl;
        int result;

        rows[i].apply(&forged);
        result = judge(forge_crl_der(forge, &forged), &crl, &err);
        if (result != -(int)rows[i].expected)
            fail_msg("%s: %s: %s; expected %s", rows[i].name, error_name(err.code), err.words,
                     error_name(rows[i].expected));
    }
}

static void only_issuers_that_may_sign_lists_do(void **state)
{
    struct forge_profile profile =
        forge_profile(forge, FORGE_ISSUER, "Issuing CA", site.root, ROLE_ROOT);
    const struct forge_certificate *other;
    struct certificate certificate;
    struct error err = {0};
    struct forge_crl forged;
    struct crl crl;

    profile.extensions[FORGE_KEY_USAGE] = forge_key_usage(forge, true, CERTIFICATE_KEY_CERT_SIGN);
    other = forge_certify(forge, &profile);
    assert_ok(certificate_parse(other->der, &certificate, &err), &err);
    forged = forge_crl(forge, other, 1, FORGE_NOON_US);
    assert_ok(crl_parse(forge_crl_der(forge, &forged), &crl, &err), &err);
    assert_refused(crl_verify(&crl, &certificate, &err), &err, ERROR_BAD_CRL);
    certificate.is_ca = false;
    certificate.key_usage = CERTIFICATE_CRL_SIGN;
    assert_refused(crl_verify(&crl, &certificate, &err), &err, ERROR_BAD_CRL);
}

static void as_many_entries_as_the_limit_are_read(void **state)
{
    const size_t count = LIMIT_CRL_ENTRIES + 1;
    struct bytes_view *entries = bytes_allocate(count, sizeof(*entries));
    struct forge_crl forged = begin();
    struct crl_entry entry;
    struct error err = {0};
    struct crl crl;

    for (size_t i = 0; i < count; i++)
        entries[i] = FORGE_SEQUENCE(forge, forge_integer(forge, 1 + (int64_t)i),
                                    forge_time(forge, REVOKED_US));
    forged.all_entries = forge_join(forge, entries, count - 1);
    assert_ok(judge(forge_crl_der(forge, &forged), &crl, &err), &err);
    assert_int_equal(crl.entry_count, LIMIT_CRL_ENTRIES);
    assert_true(crl_find(&crl, bytes_view_of("\x61\xa8", 2), &entry)); /* 25000, the last */
    forged.all_entries = forge_join(forge, entries, count);
    assert_refused(judge(forge_crl_der(forge, &forged), &crl, &err), &err, ERROR_LIMIT);
    assert_refused(crl_parse(bytes_view_of(NULL, LIMIT_CRL_BYTES + 1), &crl, &err), &err,
                   ERROR_LIMIT);
    free(entries);
}

static void every_edit_and_every_flipped_bit_is_refused(void **state)
{
    struct forge_crl forged = begin();
    struct bytes_view der = forge_crl_der(forge, &forged);
    uint8_t *copy = bytes_allocate(1, der.size);
    struct crl crl;

    for (size_t node = 0; node < forge_count(der); node++) {
        for (enum forge_edit edit = 0; edit < FORGE_EDITS; edit++) {
            struct error err = {0};

            if (judge(forge_edit(forge, der, node, edit), &crl, &err) == 0)
                fail_msg("value %zu, edit %d: accepted", node, (int)edit);
        }
    }
    memcpy(copy, der.data, der.size);
    for (size_t i = 0; i < 8 * der.size; i++) {
        struct error err = {0};

        copy[i / 8] ^= (uint8_t)(1U << i % 8);
        if (judge(bytes_view_of(copy, der.size), &crl, &err) == 0)
            fail_msg("bit %zu: accepted", i);
        copy[i / 8] ^= (uint8_t)(1U << i % 8);
    }
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_list_gives_its_entries),
        cmocka_unit_test(a_list_without_entries_is_good),
        cmocka_unit_test(revocation_counts_from_its_instant),
        cmocka_unit_test(each_departure_is_refused_with_its_code),
        cmocka_unit_test(only_issuers_that_may_sign_lists_do),
        cmocka_unit_test(as_many_entries_as_the_limit_are_read),
        cmocka_unit_test(every_edit_and_every_flipped_bit_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
