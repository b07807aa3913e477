/* SPDX-License-Identifier: ISC */
#include "tests/media/seal-by-hand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "seal-by-hand: %s\n", #condition);                                     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static gnutls_datum_t datum(const void *data, size_t size)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)data, (unsigned)size};
}

static void hkdf(const struct seal_key *key, gnutls_datum_t salt, gnutls_datum_t info, void *out,
                 size_t size)
{
    gnutls_datum_t secret = datum(key->key, SEAL_KEY_BYTES);
    uint8_t extracted[48];
    gnutls_datum_t middle = datum(extracted, sizeof(extracted));

    MUST(gnutls_hkdf_extract(GNUTLS_MAC_SHA384, &secret, &salt, extracted) == 0);
    MUST(gnutls_hkdf_expand(GNUTLS_MAC_SHA384, &middle, &info, out, size) == 0);
}

static void put(struct bytes *out, const void *data, size_t size)
{
    struct error err = {0};

    MUST(bytes_put(out, data, size, &err) == 0);
}

static void put_number(struct bytes *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++, value >>= 8)
        put(out, &(uint8_t){(uint8_t)value}, 1);
}

static void make_salt(const struct seal_by_hand *what, uint8_t salt[static SEAL_SALT_BYTES])
{
    uint8_t key[48], mac[48];
    struct bytes message;

    hkdf(what->key, datum("", 0), datum("sallyport sealed salt", 21), key, sizeof(key));
    bytes_init(&message, SIZE_MAX / 2);
    put_number(&message, strlen(what->type), 8);
    put_number(&message, strlen(what->name), 8);
    put_number(&message, what->compressed.size, 8);
    put(&message, what->type, strlen(what->type));
    put(&message, what->name, strlen(what->name));
    put(&message, what->compressed.data, what->compressed.size);
    MUST(gnutls_hmac_fast(GNUTLS_MAC_SHA384, key, sizeof(key), message.data, message.size, mac) ==
         0);
    memcpy(salt, mac, SEAL_SALT_BYTES);
    bytes_clear(&message);
}

static void put_header(const struct seal_by_hand *what, const uint8_t *salt, struct bytes *out)
{
    put(out, "SPSL\1\0", 6);
    put_number(out, strlen(what->type), 2);
    put_number(out, strlen(what->name), 2);
    put_number(out, strlen(what->key->id), 2);
    put_number(out, what->plain_size, 8);
    put_number(out, what->compressed.size, 8);
    put(out, salt, SEAL_SALT_BYTES);
    put(out, what->type, strlen(what->type));
    put(out, what->name, strlen(what->name));
    put(out, what->key->id, strlen(what->key->id));
}

static gnutls_aead_cipher_hd_t make_cipher(const struct seal_by_hand *what, const uint8_t *salt)
{
    gnutls_aead_cipher_hd_t cipher;
    uint8_t key[32];
    gnutls_datum_t whole = datum(key, sizeof(key));
    struct bytes info;

    bytes_init(&info, 4096);
    put(&info, "sallyport sealed key", 21); /* its NUL too */
    put(&info, what->type, strlen(what->type) + 1);
    put(&info, what->key->id, strlen(what->key->id));
    hkdf(what->key, datum(salt, SEAL_SALT_BYTES), datum(info.data, info.size), key, sizeof(key));
    MUST(gnutls_aead_cipher_init(&cipher, GNUTLS_CIPHER_AES_256_GCM, &whole) == 0);
    bytes_clear(&info);
    return cipher;
}

void seal_by_hand(const struct seal_by_hand *what, struct bytes *out)
{
    static const size_t segment = 65536;
    gnutls_aead_cipher_hd_t cipher;
    uint8_t made[32];
    const uint8_t *salt = what->salt;
    uint8_t *sealed = bytes_allocate(1, segment + 16);
    size_t head;

    bytes_init(out, SIZE_MAX / 2);
    if (salt == NULL) {
        make_salt(what, made);
        salt = made;
    }
    put_header(what, salt, out);
    head = out->size;
    cipher = make_cipher(what, salt);
    for (size_t at = 0; at < what->compressed.size; at += segment) {
        size_t left = what->compressed.size - at, size = segment + 16;
        uint8_t nonce[12] = {0};

        for (size_t i = 0, n = at / segment; n > 0; i++, n >>= 8)
            nonce[i] = (uint8_t)n;
        nonce[11] = left <= segment;
        MUST(gnutls_aead_cipher_encrypt(cipher, nonce, 12, out->data, head, 16,
                                        what->compressed.data + at, left < segment ? left : segment,
                                        sealed, &size) == 0);
        put(out, sealed, size);
    }
    gnutls_aead_cipher_deinit(cipher);
    free(sealed);
}
