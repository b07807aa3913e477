/* SPDX-License-Identifier: ISC
 *
 * Project Wycheproof's vectors for what we use of ECDSA and AES-GCM: each signature through
 * signature_verify(), each ciphertext through the call of GnuTLS that opens sealed content
 * (drivers/unseal.c). The files are in tests/fixtures/wycheproof, unchanged, with their source.
 */
#include <config.h>

#include "tests/test.h"

#include <gnutls/crypto.h>
#include <jansson.h>

#include "media/base/text.h"
#include "media/signature.h"

#define GCM_KEY_BITS   256
#define GCM_NONCE_BITS 96
#define GCM_TAG_BYTES  16

/* Vectors that we judge otherwise than Wycheproof, each with its reason. None of them may be one
 * that Wycheproof calls invalid. */
static const struct {
    int id;
    const char *reason;
} refused_though_valid[] = {
    {453,
     "GnuTLS fails at a point that is doubled on the way; a signer never comes to it by chance"},
};

struct counts {
    size_t valid, invalid, wrongly_accepted, known_refusals, other;
};

static json_t *read_vectors(const char *name)
{
    const char *top = getenv("TOP_SRCDIR");
    char path[4096];
    json_error_t why;
    json_t *whole;

    snprintf(path, sizeof(path), "%s/tests/fixtures/wycheproof/%s", top != NULL ? top : ".", name);
    whole = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (whole == NULL)
        fail_msg("%s: %s", path, why.text);
    return whole;
}

/* The bytes of a hex member: the caller's to free; one byte at least is allocated. */
static struct bytes_view unhex(const json_t *object, const char *key)
{
    const char *hex = json_string_value(json_object_get(object, key));
    uint8_t *data;
    size_t size;

    assert_non_null(hex);
    size = strlen(hex) / 2;
    data = bytes_allocate(size + 1, 1);
    assert_int_equal(text_unhex(hex, data, size), 0);
    return (struct bytes_view){.data = data, .size = size};
}

static void release(struct bytes_view view)
{
    free((void *)(uintptr_t)view.data);
}

static bool is_valid(const json_t *vector)
{
    return strcmp(json_string_value(json_object_get(vector, "result")), "valid") == 0;
}

static int id_of(const json_t *vector)
{
    return (int)json_integer_value(json_object_get(vector, "tcId"));
}

static bool is_known_refusal(const json_t *vector)
{
    for (size_t i = 0; i < sizeof(refused_though_valid) / sizeof(refused_though_valid[0]); i++)
        if (refused_though_valid[i].id == id_of(vector))
            return true;
    return false;
}

static void judge_signature(struct bytes_view spki, const json_t *vector, struct counts *counts)
{
    struct bytes_view message = unhex(vector, "msg"), signature = unhex(vector, "sig");
    uint8_t digest[DIGEST_BYTES];
    struct error err = {0};
    bool accepted;

    digest_of(message.data, message.size, digest);
    accepted = signature_verify(spki, digest, signature, &err) == 0;
    if (!is_valid(vector)) {
        counts->invalid++;
        counts->wrongly_accepted += accepted;
        if (accepted)
            print_error("tc %d is invalid and was accepted: %s\n", id_of(vector),
                        json_string_value(json_object_get(vector, "comment")));
        else
            assert_true(err.code == ERROR_NOT_DER || err.code == ERROR_BAD_SIGNATURE);
    } else if (is_known_refusal(vector)) {
        assert_false(accepted); /* else its row is out of date */
        counts->known_refusals++;
    } else {
        counts->valid++;
        if (!accepted)
            fail_msg("tc %d is valid and was refused: %s", id_of(vector), err.words);
    }
    release(message);
    release(signature);
}

static void signatures_are_judged_as_wycheproof_does(void **state)
{
    json_t *whole = read_vectors("ecdsa_secp384r1_sha384_test.json"), *group, *vector;
    struct counts counts = {0};
    size_t i, j;

    json_array_foreach(json_object_get(whole, "testGroups"), i, group)
    {
        struct bytes_view spki = unhex(group, "publicKeyDer");

        json_array_foreach(json_object_get(group, "tests"), j, vector)
            judge_signature(spki, vector, &counts);
        release(spki);
    }
    print_message("# ecdsa_secp384r1_sha384: %zu valid accepted, %zu invalid refused, %zu wrongly "
                  "accepted, %zu valid refused for a known reason\n",
                  counts.valid, counts.invalid - counts.wrongly_accepted, counts.wrongly_accepted,
                  counts.known_refusals);
    assert_int_equal(counts.wrongly_accepted, 0);
    assert_int_equal(counts.valid + counts.invalid + counts.known_refusals,
                     json_integer_value(json_object_get(whole, "numberOfTests")));
    assert_true(counts.valid > 190 && counts.invalid > 300);
    json_decref(whole);
}

/* What GnuTLS makes of a ciphertext: 0 and the plain bytes, or its error. */
static int open_gcm(const json_t *vector, uint8_t *plain, size_t *plain_size)
{
    struct bytes_view key = unhex(vector, "key"), nonce = unhex(vector, "iv");
    struct bytes_view aad = unhex(vector, "aad"), text = unhex(vector, "ct");
    struct bytes_view tag = unhex(vector, "tag");
    gnutls_datum_t datum = {(unsigned char *)(uintptr_t)key.data, (unsigned)key.size};
    uint8_t *packed = bytes_allocate(text.size + tag.size, 1);
    gnutls_aead_cipher_hd_t cipher;
    int code = gnutls_aead_cipher_init(&cipher, GNUTLS_CIPHER_AES_256_GCM, &datum);

    assert_int_equal(code, 0);
    memcpy(packed, text.data, text.size);
    memcpy(packed + text.size, tag.data, tag.size);
    code =
        gnutls_aead_cipher_decrypt(cipher, nonce.data, nonce.size, aad.data, aad.size,
                                   GCM_TAG_BYTES, packed, text.size + tag.size, plain, plain_size);
    gnutls_aead_cipher_deinit(cipher);
    free(packed);
    release(key);
    release(nonce);
    release(aad);
    release(text);
    release(tag);
    return code;
}

static void judge_gcm(const json_t *vector, struct counts *counts)
{
    struct bytes_view message = unhex(vector, "msg");
    size_t size = message.size + GCM_TAG_BYTES;
    uint8_t *plain = bytes_allocate(size, 1);
    int code = open_gcm(vector, plain, &size);

    if (is_valid(vector)) {
        counts->valid++;
        if (code != 0 || size != message.size || memcmp(plain, message.data, size) != 0)
            fail_msg("tc %d is valid and was refused: %s", id_of(vector), gnutls_strerror(code));
    } else {
        counts->invalid++;
        counts->wrongly_accepted += code == 0;
        assert_int_equal(code, GNUTLS_E_DECRYPTION_FAILED);
    }
    free(plain);
    release(message);
}

static void ciphertexts_are_judged_as_wycheproof_does(void **state)
{
    json_t *whole = read_vectors("aes_gcm_test.json"), *group, *vector;
    struct counts counts = {0};
    size_t i, j;

    json_array_foreach(json_object_get(whole, "testGroups"), i, group)
    {
        /* Keys and nonces of other sizes never reach the cipher: the format has none. */
        bool ours = json_integer_value(json_object_get(group, "keySize")) == GCM_KEY_BITS &&
                    json_integer_value(json_object_get(group, "ivSize")) == GCM_NONCE_BITS;

        json_array_foreach(json_object_get(group, "tests"), j, vector)
        {
            if (ours)
                judge_gcm(vector, &counts);
            else
                counts.other++;
        }
    }
    print_message("# aes_gcm, 256-bit key and 96-bit nonce: %zu valid opened, %zu invalid refused, "
                  "%zu wrongly opened; %zu of other sizes left out\n",
                  counts.valid, counts.invalid - counts.wrongly_accepted, counts.wrongly_accepted,
                  counts.other);
    assert_int_equal(counts.wrongly_accepted, 0);
    assert_int_equal(counts.valid + counts.invalid + counts.other,
                     json_integer_value(json_object_get(whole, "numberOfTests")));
    assert_true(counts.valid > 30 && counts.invalid > 20);
    json_decref(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_judged_as_wycheproof_does),
        cmocka_unit_test(ciphertexts_are_judged_as_wycheproof_does),
    };

    return cmocka_run_group_tests_name("Wycheproof [A6] [A14]", tests, NULL, NULL);
}
