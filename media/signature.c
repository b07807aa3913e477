/* SPDX-License-Identifier: ISC */
#include "media/signature.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "media/der.h"

#define SCALAR_BYTES 48
#define MEMORY_BYTES 65536 /* more than one verification takes */

/* DER leaves one way to write each of these, so bytes are compared. */
static const uint8_t sha384[] = {0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
                                 0x01, 0x65, 0x03, 0x04, 0x02, 0x02};
static const uint8_t sha384_null[] = {0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                      0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00};
static const uint8_t ecdsa_with_sha384[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                            0x48, 0xce, 0x3d, 0x04, 0x03, 0x03};
/* SubjectPublicKeyInfo up to the point: id-ecPublicKey, secp384r1, BIT STRING, uncompressed. */
static const uint8_t key_prefix[] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                     0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                                     0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04};
/* Order of the group (FIPS 186-4 D.1.2.4). */
static const uint8_t order[SCALAR_BYTES] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
    0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73};

bool signature_is_sha384(struct bytes_view algorithm)
{
    return bytes_equal(algorithm, bytes_view_of(sha384, sizeof(sha384))) ||
           bytes_equal(algorithm, bytes_view_of(sha384_null, sizeof(sha384_null)));
}

bool signature_is_ecdsa_sha384(struct bytes_view algorithm)
{
    return bytes_equal(algorithm, bytes_view_of(ecdsa_with_sha384, sizeof(ecdsa_with_sha384)));
}

/* 1..n-1. The content is a minimal INTEGER. */
static int check_scalar(struct bytes_view content, const char *name, struct error *err)
{
    uint8_t wide[SCALAR_BYTES] = {0};
    static const uint8_t zero[SCALAR_BYTES];

    if (content.data[0] >= 0x80)
        return error_set(err, ERROR_BAD_SIGNATURE, "%s is negative", name);
    if (content.data[0] == 0 && content.size > 1)
        content = bytes_view_of(content.data + 1, content.size - 1);
    if (content.size > SCALAR_BYTES)
        return error_set(err, ERROR_BAD_SIGNATURE, "%s has %zu bytes", name, content.size);
    memcpy(wide + SCALAR_BYTES - content.size, content.data, content.size);
    if (memcmp(wide, zero, SCALAR_BYTES) == 0 || memcmp(wide, order, SCALAR_BYTES) >= 0)
        return error_set(err, ERROR_BAD_SIGNATURE, "%s is not within 1..n-1", name);
    return 0;
}

int signature_check_form(struct bytes_view signature, struct error *err)
{
    struct bytes_view left = signature;
    struct der_value sequence, r, s;

    if (der_walk(signature, 1, err) < 0 ||
        der_get_tag(&left, DER_SEQUENCE, ERROR_NOT_DER, "signature", &sequence, err) < 0)
        return error_context(err, "signature value");
    left = sequence.content;
    if (der_get_tag(&left, DER_INTEGER, ERROR_NOT_DER, "r", &r, err) < 0 ||
        der_get_tag(&left, DER_INTEGER, ERROR_NOT_DER, "s", &s, err) < 0 ||
        der_end(left, ERROR_NOT_DER, "s", err) < 0 || check_scalar(r.content, "r", err) < 0 ||
        check_scalar(s.content, "s", err) < 0)
        return error_context(err, "signature value");
    return 0;
}

int signature_check_key(struct bytes_view spki, struct error *err)
{
    if (spki.size != sizeof(key_prefix) + 2 * SCALAR_BYTES ||
        memcmp(spki.data, key_prefix, sizeof(key_prefix)) != 0)
        return error_set(err, ERROR_WEAK_ALGORITHM, "the key is not an uncompressed P-384 point");
    return 0;
}

static gnutls_datum_t datum(struct bytes_view view)
{
    /* GnuTLS does not write through what it is given to read. */
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)view.data, (unsigned)view.size};
}

static int ask_gnutls(struct bytes_view spki, const uint8_t digest[static DIGEST_BYTES],
                      struct bytes_view signature)
{
    gnutls_pubkey_t key = NULL;
    gnutls_datum_t key_data = datum(spki);
    gnutls_datum_t digest_data = datum(bytes_view_of(digest, DIGEST_BYTES));
    gnutls_datum_t signature_data = datum(signature);
    int status = gnutls_pubkey_init(&key);

    if (status >= 0)
        status = gnutls_pubkey_import(key, &key_data, GNUTLS_X509_FMT_DER);
    if (status >= 0)
        status = gnutls_pubkey_verify_hash2(key, GNUTLS_SIGN_ECDSA_SHA384, 0, &digest_data,
                                            &signature_data);
    gnutls_pubkey_deinit(key);
    return status;
}

/* Whether this is GnuTLS's no, and not just its failure to find out. */
static bool says_no(int status)
{
    return status == GNUTLS_E_PK_SIG_VERIFY_FAILED || status == GNUTLS_E_ILLEGAL_PARAMETER;
}

/* Whoever drops what is badly signed (a revocation list) must not drop it for want of memory, and
 * GnuTLS calls some failed allocations a bad signature. So memory is asked for first, which ends
 * the process where there is none, and then GnuTLS once more. */
static int ask_again(struct bytes_view spki, const uint8_t digest[static DIGEST_BYTES],
                     struct bytes_view signature)
{
    free(bytes_allocate(1, MEMORY_BYTES));
    return ask_gnutls(spki, digest, signature);
}

int signature_verify(struct bytes_view spki, const uint8_t digest[static DIGEST_BYTES],
                     struct bytes_view signature, struct error *err)
{
    int status;

    if (signature_check_key(spki, err) < 0 || signature_check_form(signature, err) < 0)
        return -(int)err->code;
    status = ask_gnutls(spki, digest, signature);
    if (status < 0)
        status = ask_again(spki, digest, signature);
    if (status < 0)
        return error_set(err, says_no(status) ? ERROR_BAD_SIGNATURE : ERROR_INTERNAL,
                         "signature: %s", gnutls_strerror(status));
    return 0;
}
