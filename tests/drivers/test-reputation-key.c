/* SPDX-License-Identifier: ISC
 *
 * Verdicts and the keys of files and signers. The hashes that are expected come from sha256sum.
 */
#include "tests/test.h"

#include "drivers/reputation-key.h"
#include "media/base/text.h"

#define HEX40 "1F89983E0081FDE018F3CC9673A4F5C9B2B2A1B3"
#define HEX64 "9F2C7ab4000000000000000000000000000000000000000000000000000000FF"

static struct bytes_view text(const char *words)
{
    return bytes_view_of(words, strlen(words));
}

static void verdicts_have_names(void **state)
{
    enum reputation_verdict verdict;

    (void)state;
    for (uint64_t i = 0; i < REPUTATION_VERDICTS; i++) {
        assert_int_equal(reputation_verdict_from_name(text(reputation_verdict_name(i)), &verdict),
                         0);
        assert_int_equal(verdict, i);
    }
    assert_null(reputation_verdict_name(REPUTATION_VERDICTS));
    assert_int_equal(reputation_verdict_from_name(text("Good"), &verdict), -1);
    assert_int_equal(reputation_verdict_from_name(text(""), &verdict), -1);
    assert_true(REPUTATION_BAD > REPUTATION_GOOD && REPUTATION_GOOD > REPUTATION_NEUTRAL);
}

static void signers_have_one_form(void **state)
{
    static const struct {
        const char *signer, *form;
    } rows[] = {
        {"spki:" HEX64, "spki:9f2c7ab4000000000000000000000000000000000000000000000000000000ff"},
        {"pkgkey:" HEX40, "pkgkey:1f89983e0081fde018f3cc9673a4f5c9b2b2a1b3"},
        {"pkgkey:" HEX64,
         "pkgkey:9f2c7ab4000000000000000000000000000000000000000000000000000000ff"},
        {"serial:CN=A;B, O=\xc3\x84;00A1", "serial:CN=A;B, O=\xc3\x84;a1"},
        {"serial:x;0", "serial:x;0"},
        {"serial:x;000", "serial:x;0"},
        {"serial:x;00" HEX40, "serial:x;1f89983e0081fde018f3cc9673a4f5c9b2b2a1b3"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        struct bytes form;

        bytes_init(&form, LIMIT_SIGNER_BYTES);
        assert_ok(reputation_signer_form(text(rows[i].signer), &form, &err), &err);
        assert_true(bytes_equal(bytes_view(&form), text(rows[i].form)));
        bytes_clear(&form);
    }
}

static void other_signers_are_refused(void **state)
{
    static const struct {
        const char *signer, *words;
    } rows[] = {
        {"", "expected spki:HEX, pkgkey:HEX or serial:ISSUER;HEX"},
        {"spki:", "expected spki:HEX"},
        {"SPKI:" HEX64, "expected spki:HEX"},
        {"sha1:" HEX40, "expected spki:HEX"},
        {"spki:" HEX40, "64 hex digits"},
        {"spki:" HEX64 "0", "64 hex digits"},
        {"pkgkey:" HEX40 " ", "40 or 64 hex digits"},
        {"pkgkey:1f89 983e 0081 fde0 18f3 cc96 73a4 f5c9 b2b2 a1b3", "40 or 64 hex digits"},
        {"serial:CN=A", "expected ISSUER;HEX"},
        {"serial:;1", "expected an issuer of 1 to 255 bytes"},
        {"serial:\xff;1", "expected an issuer"},
        {"serial:a\nb;1", "expected an issuer"},
        {"serial:CN=A;", "hex digits after the last ;"},
        {"serial:CN=A;0x1", "hex digits after the last ;"},
        {"serial:CN=A;1" HEX40, "at most 40 hex digits"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t key[HASH_INDEX_KEY_BYTES];
        struct error err = {0};

        assert_refused(reputation_signer_key(text(rows[i].signer), key, &err), &err,
                       ERROR_BAD_CONTENT);
        if (strstr(err.words, rows[i].words) == NULL)
            fail_msg("%s: \"%s\", expected \"%s\"", rows[i].signer, err.words, rows[i].words);
    }
}

static void long_signers_are_refused(void **state)
{
    char signer[LIMIT_SIGNER_BYTES + 2];
    uint8_t key[HASH_INDEX_KEY_BYTES];
    struct error err = {0};

    (void)state;
    memset(signer, 'x', sizeof(signer));
    memcpy(signer, "serial:", 7);
    assert_refused(reputation_signer_key(bytes_view_of(signer, sizeof(signer) - 1), key, &err),
                   &err, ERROR_BAD_CONTENT);
}

static void keys_are_hashes(void **state)
{
    uint8_t key[HASH_INDEX_KEY_BYTES];
    struct error err = {0};
    char hex[2 * HASH_INDEX_KEY_BYTES + 1];

    (void)state;
    assert_ok(reputation_signer_key(text("serial:CN=Test;00A1"), key, &err), &err);
    text_hex(key, sizeof(key), hex);
    assert_string_equal(hex, "277aba42e2935037c41a157eda839f901ee62961a4f5eeb751a8460df48f75ee");
    assert_int_equal(reputation_file_key(text(HEX64), key), 0);
    text_hex(key, sizeof(key), hex);
    assert_string_equal(hex, "9f2c7ab4000000000000000000000000000000000000000000000000000000ff");
    assert_int_equal(reputation_file_key(text(HEX40), key), -1);
    assert_int_equal(reputation_file_key(text(""), key), -1);
    assert_int_equal(
        reputation_file_key(
            text("9f2c7ab4000000000000000000000000000000000000000000000000000000fg"), key),
        -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_have_names),       cmocka_unit_test(signers_have_one_form),
        cmocka_unit_test(other_signers_are_refused), cmocka_unit_test(long_signers_are_refused),
        cmocka_unit_test(keys_are_hashes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
