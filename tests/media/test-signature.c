/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include "media/signature.h"
#include "tests/media/forge.h"

#define ORDER                                                                                      \
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"     \
    "\xff\xff\xc7\x63\x4d\x81\xf4\x37\x2d\xdf\x58\x1a\x0d\xb2\x48\xb0\xa7\x7a\xec\xec\x19\x6a"     \
    "\xcc\xc5\x29"

static struct forge *forge;

static int set_up(void **state)
{
    forge = forge_new();
    return 0;
}

static int tear_down(void **state)
{
    forge_free(forge);
    return 0;
}

static struct bytes_view pair(struct bytes_view r, struct bytes_view s)
{
    return FORGE_SEQUENCE(forge, r, s);
}

static struct bytes_view integer(const char *content, size_t size)
{
    return forge_primitive(forge, 0x02, content, size);
}

#define INTEGER(text) integer(text, sizeof(text) - 1)

static void scalars_lie_within_the_group(void **state)
{
    struct bytes_view one = INTEGER("\x01");
    struct bytes_view highest = INTEGER("\x00" ORDER "\x72"), order = INTEGER("\x00" ORDER "\x73");
    const struct {
        const char *name;
        struct bytes_view r, s;
        enum error_code expected;
    } rows[] = {
        {"smallest", one, one, ERROR_OK},
        {"largest", highest, highest, ERROR_OK},
        {"r = 0", INTEGER("\x00"), one, ERROR_BAD_SIGNATURE},
        {"s = 0", one, INTEGER("\x00"), ERROR_BAD_SIGNATURE},
        {"r = n", order, one, ERROR_BAD_SIGNATURE},
        {"s = n", one, order, ERROR_BAD_SIGNATURE},
        {"r < 0", INTEGER("\xff"), one, ERROR_BAD_SIGNATURE},
        {"r of 49 bytes", INTEGER("\x01" ORDER "\x72"), one, ERROR_BAD_SIGNATURE},
        {"r padded", INTEGER("\x00\x01"), one, ERROR_NOT_DER},
        {"r empty", INTEGER(""), one, ERROR_NOT_DER},
        {"s absent", one, bytes_view_of(NULL, 0), ERROR_NOT_DER},
        {"both absent", bytes_view_of(NULL, 0), bytes_view_of(NULL, 0), ERROR_NOT_DER},
        {"three", one, FORGE_SEQUENCE(forge, one), ERROR_NOT_DER},
        {"r is no INTEGER", forge_primitive(forge, 0x04, "\x01", 1), one, ERROR_NOT_DER},
        {"more after s", one, forge_join(forge, FORGE_VIEWS(one, one)), ERROR_NOT_DER},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        int result = signature_check_form(pair(rows[i].r, rows[i].s), &err);

        if (result != -(int)rows[i].expected)
            fail_msg("%s: %s %s", rows[i].name, error_name(err.code), err.words);
    }
}

static void the_form_around_the_scalars_is_strict(void **state)
{
    struct error err = {0};
    struct bytes_view good = pair(INTEGER("\x01"), INTEGER("\x01"));
    struct bytes_view trailing = forge_join(forge, FORGE_VIEWS(good, bytes_view_of("\0", 1)));

    assert_refused(signature_check_form(trailing, &err), &err, ERROR_NOT_DER);
    assert_refused(signature_check_form(bytes_view_of(NULL, 0), &err), &err, ERROR_NOT_DER);
    assert_refused(
        signature_check_form(bytes_view_of("\x30\x81\x06\x02\x01\x01\x02\x01\x01", 9), &err), &err,
        ERROR_NOT_DER);
    assert_refused(signature_check_form(bytes_view_of("\x05\x00", 2), &err), &err, ERROR_NOT_DER);
}

static void only_uncompressed_p384_keys_count(void **state)
{
    struct error err = {0};
    const struct forge_key *good = forge_key(forge, FORGE_P384);
    uint8_t compressed[120];

    assert_ok(signature_check_key(good->spki, &err), &err);
    assert_refused(signature_check_key(forge_key(forge, FORGE_P256)->spki, &err), &err,
                   ERROR_WEAK_ALGORITHM);
    assert_refused(signature_check_key(forge_key(forge, FORGE_RSA)->spki, &err), &err,
                   ERROR_WEAK_ALGORITHM);
    memcpy(compressed, good->spki.data, sizeof(compressed));
    compressed[23] = 0x02;
    assert_refused(signature_check_key(bytes_view_of(compressed, sizeof(compressed)), &err), &err,
                   ERROR_WEAK_ALGORITHM);
}

static void algorithms_are_compared_whole(void **state)
{
    static const char sha384_null[] =
        "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00";
    static const char ecdsa_null[] = "\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03\x05\x00";

    assert_true(signature_is_sha384(bytes_view_of(sha384_null, sizeof(sha384_null) - 1)));
    assert_true(signature_is_sha384(forge_algorithm(forge, "2.16.840.1.101.3.4.2.2")));
    assert_false(signature_is_sha384(forge_algorithm(forge, "2.16.840.1.101.3.4.2.1")));
    assert_true(signature_is_ecdsa_sha384(forge_algorithm(forge, "1.2.840.10045.4.3.3")));
    assert_false(signature_is_ecdsa_sha384(bytes_view_of(ecdsa_null, sizeof(ecdsa_null) - 1)));
}

static void arithmetic_decides_last(void **state)
{
    struct error err = {0};
    const struct forge_key *key = forge_key(forge, FORGE_P384);
    struct bytes_view data = bytes_view_of("data", 4);
    struct bytes_view signature = forge_sign_data(forge, key, data);
    uint8_t digest[DIGEST_BYTES], off_curve[120];

    digest_of(data.data, data.size, digest);
    assert_ok(signature_verify(key->spki, digest, signature, &err), &err);
    digest[0] ^= 1;
    assert_refused(signature_verify(key->spki, digest, signature, &err), &err, ERROR_BAD_SIGNATURE);
    digest[0] ^= 1;
    assert_refused(signature_verify(forge_key(forge, FORGE_P384)->spki, digest, signature, &err),
                   &err, ERROR_BAD_SIGNATURE);
    assert_refused(signature_verify(forge_key(forge, FORGE_P256)->spki, digest, signature, &err),
                   &err, ERROR_WEAK_ALGORITHM);
    assert_refused(signature_verify(key->spki, digest, bytes_view_of("", 0), &err), &err,
                   ERROR_NOT_DER);
    memcpy(off_curve, key->spki.data, sizeof(off_curve));
    off_curve[119] ^= 1;
    assert_refused(
        signature_verify(bytes_view_of(off_curve, sizeof(off_curve)), digest, signature, &err),
        &err, ERROR_BAD_SIGNATURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_lie_within_the_group),
        cmocka_unit_test(the_form_around_the_scalars_is_strict),
        cmocka_unit_test(only_uncompressed_p384_keys_count),
        cmocka_unit_test(algorithms_are_compared_whole),
        cmocka_unit_test(arithmetic_decides_last),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
