/* SPDX-License-Identifier: ISC
 *
 * The families of Wycheproof's ECDSA vectors, made here from one good signature: each is either
 * another encoding of the same two numbers or other numbers altogether, and none may verify.
 * GnuTLS alone takes some of them; how many is printed.
 */
#include <config.h>

#include "tests/test.h"

#include "media/signature.h"
#include "tests/media/forge.h"

/* Order of P-384 (SEC 2, 2.5.1). */
static const uint8_t order[DIGEST_BYTES] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
    0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73};

struct bench {
    struct forge *forge;
    const struct forge_key *key;
    uint8_t digest[DIGEST_BYTES];
    struct bytes_view good, r, s; /* content of the INTEGERs */
    size_t tried, gnutls_took;
};

static int open_bench(void **state)
{
    static struct bench bench;
    struct bytes_view rest;
    uint8_t header[4];

    bench.forge = forge_new();
    bench.key = forge_key(bench.forge, FORGE_P384);
    digest_of("data", 4, bench.digest);
    bench.good = forge_sign_data(bench.forge, bench.key, bytes_view_of("data", 4));
    rest = bench.good;
    if (bytes_get(&rest, header, 4) < 0 || bytes_get_view(&rest, header[3], &bench.r) < 0 ||
        bytes_get(&rest, header, 2) < 0 || bytes_get_view(&rest, header[1], &bench.s) < 0)
        return -1;
    *state = &bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;

    print_message("# GnuTLS alone took %zu of %zu\n", bench->gnutls_took, bench->tried);
    forge_free(bench->forge);
    return 0;
}

static bool gnutls_takes(const struct bench *bench, struct bytes_view signature)
{
    gnutls_datum_t hash = {(void *)(uintptr_t)bench->digest, DIGEST_BYTES};
    gnutls_datum_t value = {(void *)(uintptr_t)signature.data, (unsigned)signature.size};
    gnutls_pubkey_t public = NULL;
    bool taken;

    assert_int_equal(gnutls_pubkey_init(&public), 0);
    assert_int_equal(gnutls_pubkey_import_privkey(public, bench->key->handle, 0, 0), 0);
    taken = gnutls_pubkey_verify_hash2(public, GNUTLS_SIGN_ECDSA_SHA384, 0, &hash, &value) >= 0;
    gnutls_pubkey_deinit(public);
    return taken;
}

static void refuse(struct bench *bench, const char *what, struct bytes_view signature)
{
    struct error err = {0};

    bench->tried++;
    bench->gnutls_took += gnutls_takes(bench, signature);
    if (signature_verify(bench->key->spki, bench->digest, signature, &err) == 0)
        fail_msg("verified: %s", what);
    if (err.code != ERROR_NOT_DER && err.code != ERROR_BAD_SIGNATURE)
        fail_msg("%s: %s", what, error_name(err.code));
}

static struct bytes_view joined(struct bench *bench, const char *before, size_t before_size,
                                struct bytes_view middle, const char *after, size_t after_size)
{
    return forge_join(bench->forge, FORGE_VIEWS(bytes_view_of(before, before_size), middle,
                                                bytes_view_of(after, after_size)));
}

#define AROUND(bench, before, middle, after)                                                       \
    joined(bench, before, sizeof(before) - 1, middle, after, sizeof(after) - 1)

static struct bytes_view integer(struct bench *bench, struct bytes_view content)
{
    return forge_primitive(bench->forge, 0x02, content.data, content.size);
}

static struct bytes_view pair(struct bench *bench, struct bytes_view r, struct bytes_view s)
{
    return FORGE_SEQUENCE(bench->forge, r, s);
}

static void the_good_signature_verifies(void **state)
{
    struct bench *bench = *state;
    struct error err = {0};

    assert_ok(signature_verify(bench->key->spki, bench->digest, bench->good, &err), &err);
    assert_true(
        bytes_equal(bench->good, pair(bench, integer(bench, bench->r), integer(bench, bench->s))));
}

/* The content of the outer SEQUENCE, with its length written in other ways. */
static void lengths_have_one_form(void **state)
{
    struct bench *bench = *state;
    struct bytes_view body = bytes_view_of(bench->good.data + 2, bench->good.size - 2);
    char size = (char)body.size;
    char long_form[] = {0x30, (char)0x81, size};
    char longer_form[] = {0x30, (char)0x82, 0, size};
    char longest_form[] = {0x30, (char)0x84, 0, 0, 0, size};
    char too_long[] = {0x30, (char)(size + 1)}, too_short[] = {0x30, (char)(size - 1)};
    char wraps[] = {0x30, (char)0x85, 1, 0, 0, 0, size};

    refuse(bench, "81", joined(bench, long_form, 3, body, "", 0));
    refuse(bench, "82 00", joined(bench, longer_form, 4, body, "", 0));
    refuse(bench, "84 00 00 00", joined(bench, longest_form, 6, body, "", 0));
    refuse(bench, "one more", joined(bench, too_long, 2, body, "", 0));
    refuse(bench, "one less", joined(bench, too_short, 2, body, "", 0));
    refuse(bench, "wraps at 32 bits", joined(bench, wraps, 7, body, "", 0));
    refuse(bench, "indefinite", AROUND(bench, "\x30\x80", body, "\0\0"));
    refuse(bench, "length of lengths ff", AROUND(bench, "\x30\xff", body, ""));
    refuse(bench, "no length", bytes_view_of("\x30", 1));
    refuse(bench, "length 0", AROUND(bench, "\x30\x00", body, ""));
    shows_case("A14");
}

static void inner_lengths_have_one_form(void **state)
{
    struct bench *bench = *state;
    struct bytes_view r = integer(bench, bench->r), s = integer(bench, bench->s);
    char r_long[] = {0x02, (char)0x81, (char)bench->r.size};
    char s_long[] = {0x02, (char)0x81, (char)bench->s.size};
    char r_longer[] = {0x02, (char)0x82, 0, (char)bench->r.size};
    char s_wraps[] = {0x02, (char)0x89, 1, 0, 0, 0, 0, 0, 0, 0, (char)bench->s.size};

    refuse(bench, "r 81", pair(bench, joined(bench, r_long, 3, bench->r, "", 0), s));
    refuse(bench, "r 82 00", pair(bench, joined(bench, r_longer, 4, bench->r, "", 0), s));
    refuse(bench, "s 81", pair(bench, r, joined(bench, s_long, 3, bench->s, "", 0)));
    refuse(bench, "s wraps", pair(bench, r, joined(bench, s_wraps, 11, bench->s, "", 0)));
    refuse(bench, "r indefinite", pair(bench, AROUND(bench, "\x02\x80", bench->r, "\0\0"), s));
    shows_case("A14");
}

static void numbers_have_one_form(void **state)
{
    struct bench *bench = *state;
    struct bytes_view r = integer(bench, bench->r), s = integer(bench, bench->s);
    struct bytes_view padded_r = integer(bench, AROUND(bench, "\0", bench->r, ""));
    struct bytes_view padded_s = integer(bench, AROUND(bench, "\0\0", bench->s, ""));

    refuse(bench, "zeros before r", pair(bench, padded_r, s));
    refuse(bench, "zeros before s", pair(bench, r, padded_s));
    refuse(bench, "zero after r",
           pair(bench, integer(bench, AROUND(bench, "", bench->r, "\0")), s));
    refuse(bench, "zero after s",
           pair(bench, r, integer(bench, AROUND(bench, "", bench->s, "\0"))));
    refuse(bench, "r twice", pair(bench, r, r));
    refuse(bench, "s before r", pair(bench, s, r));
    refuse(bench, "r as OCTET STRING",
           pair(bench, forge_primitive(bench->forge, 0x04, bench->r.data, bench->r.size), s));
    refuse(bench, "s as BIT STRING",
           pair(bench, r, forge_primitive(bench->forge, 0x03, bench->s.data, bench->s.size)));
    refuse(bench, "constructed INTEGER", pair(bench, FORGE_TAGGED(bench->forge, 0x22, r), s));
    refuse(bench, "raw r and s", forge_join(bench->forge, FORGE_VIEWS(bench->r, bench->s)));
    shows_case("A14");
}

static void nothing_stands_before_between_or_after(void **state)
{
    struct bench *bench = *state;
    struct bytes_view r = integer(bench, bench->r), s = integer(bench, bench->s);

    refuse(bench, "zero after", AROUND(bench, "", bench->good, "\0"));
    refuse(bench, "NULL after", AROUND(bench, "", bench->good, "\x05\x00"));
    refuse(bench, "zeros before", AROUND(bench, "\0\0", bench->good, ""));
    refuse(bench, "NULL inside", pair(bench, r, AROUND(bench, "", s, "\x05\x00")));
    refuse(bench, "NULL between", pair(bench, AROUND(bench, "", r, "\x05\x00"), s));
    refuse(bench, "NULL first", pair(bench, AROUND(bench, "\x05\x00", r, ""), s));
    refuse(bench, "end of contents inside", pair(bench, r, AROUND(bench, "", s, "\0\0")));
    refuse(bench, "a third number", pair(bench, r, forge_join(bench->forge, FORGE_VIEWS(s, s))));
    refuse(bench, "SEQUENCE in SEQUENCE", FORGE_SEQUENCE(bench->forge, bench->good));
    refuse(bench, "as SET", FORGE_TAGGED(bench->forge, 0x31, r, s));
    refuse(bench, "as primitive SEQUENCE", FORGE_TAGGED(bench->forge, 0x10, r, s));
    refuse(bench, "as context tag", FORGE_TAGGED(bench->forge, 0xa0, r, s));
    shows_case("A14");
}

/* content + order, in 49 bytes or more: the same residue, another number. */
static struct bytes_view plus_order(struct bench *bench, struct bytes_view content)
{
    uint8_t sum[1 + DIGEST_BYTES] = {0};
    unsigned carry = 0;
    size_t skip = 0;

    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        unsigned digit = i < content.size ? content.data[content.size - 1 - i] : 0;

        carry += digit + order[DIGEST_BYTES - 1 - i];
        sum[DIGEST_BYTES - i] = (uint8_t)carry;
        carry >>= 8;
    }
    sum[0] = (uint8_t)carry;
    if (sum[0] == 0 && sum[1] < 0x80)
        skip = 1;
    return integer(bench, forge_bytes(bench->forge, sum + skip, sizeof(sum) - skip));
}

static void congruent_and_special_numbers_do_not_count(void **state)
{
    struct bench *bench = *state;
    struct bytes_view r = integer(bench, bench->r), s = integer(bench, bench->s);
    struct bytes_view special[] = {
        integer(bench, bytes_view_of("\0", 1)),
        integer(bench, bytes_view_of("\x01", 1)),
        integer(bench, bytes_view_of("\xff", 1)),
        AROUND(bench, "\x02\x31\0", bytes_view_of(order, 48), ""),
        integer(bench, bytes_view_of("", 0)),
        bytes_view_of("\x05\x00", 2),
        bytes_view_of("\x01\x01\xff", 3),
        bytes_view_of("\x0c\x00", 2),
        bytes_view_of("\x09\x03\x80\x00\x01", 5),
    };

    refuse(bench, "r + n", pair(bench, plus_order(bench, bench->r), s));
    refuse(bench, "s + n", pair(bench, r, plus_order(bench, bench->s)));
    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        refuse(bench, "special r", pair(bench, special[i], s));
        refuse(bench, "special s", pair(bench, r, special[i]));
        for (size_t j = 0; j < sizeof(special) / sizeof(special[0]); j++)
            refuse(bench, "special pair", pair(bench, special[i], special[j]));
    }
    shows_case("A14");
}

static void no_single_edit_of_a_good_signature_verifies(void **state)
{
    static const uint8_t inserted[] = {0x00, 0x01, 0x02, 0x05, 0x30, 0x7f, 0x80, 0xff};
    struct bench *bench = *state;

    for (size_t at = 0; at < bench->good.size; at++) {
        struct bytes_view head = bytes_view_of(bench->good.data, at);
        struct bytes_view tail = bytes_view_of(bench->good.data + at, bench->good.size - at);
        struct bytes_view rest = bytes_view_of(tail.data + 1, tail.size - 1);

        refuse(bench, "cut", head);
        refuse(bench, "one byte taken out", forge_join(bench->forge, FORGE_VIEWS(head, rest)));
        for (size_t i = 0; i < sizeof(inserted); i++)
            refuse(
                bench, "one byte put in",
                forge_join(bench->forge, FORGE_VIEWS(head, bytes_view_of(&inserted[i], 1), tail)));
        for (unsigned bit = 0; bit < 8; bit++) {
            uint8_t flipped = (uint8_t)(*tail.data ^ 1U << bit);

            refuse(bench, "one bit flipped",
                   forge_join(bench->forge,
                              FORGE_VIEWS(head, forge_bytes(bench->forge, &flipped, 1), rest)));
        }
    }
    shows_case("A14");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_good_signature_verifies),
        cmocka_unit_test(lengths_have_one_form),
        cmocka_unit_test(inner_lengths_have_one_form),
        cmocka_unit_test(numbers_have_one_form),
        cmocka_unit_test(nothing_stands_before_between_or_after),
        cmocka_unit_test(congruent_and_special_numbers_do_not_count),
        cmocka_unit_test(no_single_edit_of_a_good_signature_verifies),
    };

    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
