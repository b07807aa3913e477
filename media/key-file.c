/* SPDX-License-Identifier: ISC */
#include "media/key-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "media/asn.h"
#include "media/base/limits.h"
#include "media/base/path.h"

#define OID_PBES2         "1.2.840.113549.1.5.13"
#define OID_PBKDF2        "1.2.840.113549.1.5.12"
#define OID_HMAC_SHA512   "1.2.840.113549.2.11"
#define OID_AES256_CBC    "2.16.840.1.101.3.4.1.42"
#define PBKDF2_ITERATIONS 210000 /* about 0.2 s; OWASP's number for HMAC-SHA512 */
#define SALT_BYTES        32
#define BLOCK_BYTES       16
#define KEY_BYTES         32

#define FIELD_BYTES 48 /* of a P-384 coordinate and scalar */

static const char encrypted_label[] = "ENCRYPTED PRIVATE KEY";
static const char plain_label[] = "PRIVATE KEY";

/* What GnuTLS allocated for a secret. */
static void wipe_datum(gnutls_datum_t *datum)
{
    if (datum->data != NULL)
        bytes_wipe(datum->data, datum->size);
    gnutls_free(datum->data);
    datum->data = NULL;
}

/* *shared: whether others than its owner can read or write it. */
static int read_file(const char *name, struct bytes *out, bool *shared, struct error *err)
{
    struct stat status;
    uint8_t *place;
    int result = 0, fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno,
                               "key file %s", name);
    if (fstat(fd, &status) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "stat");
    else if (!S_ISREG(status.st_mode))
        result = error_set(err, ERROR_IO, "not a regular file");
    else if (status.st_size > (off_t)out->ceiling)
        result = error_set(err, ERROR_LIMIT, "larger than KEY_FILE_BYTES, %zu bytes", out->ceiling);
    else
        result = bytes_reserve(out, (size_t)status.st_size, &place, err);
    if (result == 0)
        result = path_pread(fd, place, out->size, 0, err);
    close(fd);
    *shared = result == 0 && (status.st_mode & 077) != 0;
    return result < 0 ? error_context(err, "key file %s", name) : 0;
}

static int import(const struct bytes *pem, bool shared, const char *secret,
                  gnutls_x509_privkey_t key, struct error *err)
{
    gnutls_datum_t datum = {.data = pem->data, .size = (unsigned)pem->size};
    bool encrypted =
        memmem(pem->data, pem->size, encrypted_label, sizeof(encrypted_label) - 1) != NULL;
    int status;

    if (encrypted && secret == NULL)
        return error_set(err, ERROR_SECRET_NEEDED, "the key is encrypted");
    if (!encrypted && shared)
        return error_set(err, ERROR_USAGE, "not encrypted, and others can read it: chmod 600");
    status = gnutls_x509_privkey_import_pkcs8(key, &datum, GNUTLS_X509_FMT_PEM,
                                              encrypted ? secret : NULL,
                                              encrypted ? 0 : GNUTLS_PKCS_PLAIN);
    /* A wrong passphrase shows as bad padding or, now and then, as garbage that is no key. */
    if (status < 0 && encrypted)
        return error_set(err, ERROR_WRONG_SECRET, "the passphrase does not open it");
    if (status < 0)
        return error_set(err, ERROR_CONFIG, "no PKCS#8 private key: %s", gnutls_strerror(status));
    return 0;
}

int key_file_open(const char *name, const char *secret, gnutls_x509_privkey_t *key,
                  struct error *err)
{
    gnutls_x509_privkey_t opened = NULL;
    struct bytes pem;
    bool shared = true;
    int result;

    *key = NULL;
    bytes_init(&pem, LIMIT_KEY_FILE_BYTES);
    result = read_file(name, &pem, &shared, err);
    if (result < 0)
        goto out;
    if (gnutls_x509_privkey_init(&opened) < 0) {
        result = error_set(err, ERROR_INTERNAL, "no memory for a key");
        goto out;
    }
    result = import(&pem, shared, secret, opened, err);
    if (result < 0) {
        result = error_context(err, "key file %s", name);
        goto out;
    }
    *key = opened;
    opened = NULL;
out:
    gnutls_x509_privkey_deinit(opened);
    bytes_clear(&pem);
    return result;
}

/* PKCS#8 in the clear, padded for CBC (RFC 8018 6.1.1), encrypted in its place. */
static int encrypt(struct bytes *plain, const char *secret, const uint8_t salt[SALT_BYTES],
                   const uint8_t iv[BLOCK_BYTES], struct error *err)
{
    uint8_t derived[KEY_BYTES], padding[BLOCK_BYTES];
    gnutls_datum_t key = {.data = derived, .size = sizeof(derived)};
    gnutls_datum_t secret_datum, salt_datum, iv_datum;
    gnutls_cipher_hd_t cipher = NULL;
    size_t pad = BLOCK_BYTES - plain->size % BLOCK_BYTES;
    int result;

    secret_datum = (gnutls_datum_t){(void *)(uintptr_t)secret, (unsigned)strlen(secret)};
    salt_datum = (gnutls_datum_t){(void *)(uintptr_t)salt, SALT_BYTES};
    iv_datum = (gnutls_datum_t){(void *)(uintptr_t)iv, BLOCK_BYTES};
    memset(padding, (int)pad, sizeof(padding));
    result = bytes_put(plain, padding, pad, err);
    if (result < 0)
        return result;
    if (gnutls_pbkdf2(GNUTLS_MAC_SHA512, &secret_datum, &salt_datum, PBKDF2_ITERATIONS, derived,
                      sizeof(derived)) < 0 ||
        gnutls_cipher_init(&cipher, GNUTLS_CIPHER_AES_256_CBC, &key, &iv_datum) < 0 ||
        gnutls_cipher_encrypt(cipher, plain->data, plain->size) < 0)
        result = error_set(err, ERROR_INTERNAL, "AES-256-CBC with PBKDF2-HMAC-SHA512 failed");
    if (cipher != NULL)
        gnutls_cipher_deinit(cipher);
    bytes_wipe(derived, sizeof(derived));
    return result;
}

static int encode_pbes2(const struct bytes *sealed, const uint8_t salt[SALT_BYTES],
                        const uint8_t iv[BLOCK_BYTES], struct bytes *der, struct error *err)
{
    struct asn asn;

    asn_begin(&asn, "EncryptedPrivateKeyInfo");
#define IN_PBES2 "encryptionAlgorithm.parameters."
#define IN_KDF   IN_PBES2 "keyDerivationFunc."
    asn_put_text(&asn, "encryptionAlgorithm.algorithm", OID_PBES2);
    asn_put_text(&asn, IN_KDF "algorithm", OID_PBKDF2);
    asn_put(&asn, IN_KDF "parameters.salt", salt, SALT_BYTES);
    asn_put_count(&asn, IN_KDF "parameters.iterationCount", PBKDF2_ITERATIONS);
    asn_put_count(&asn, IN_KDF "parameters.keyLength", KEY_BYTES);
    asn_put_text(&asn, IN_KDF "parameters.prf.algorithm", OID_HMAC_SHA512);
    asn_put(&asn, IN_KDF "parameters.prf.parameters", "\x05\x00", 2); /* NULL, RFC 8018 B.1.2 */
    asn_put_text(&asn, IN_PBES2 "encryptionScheme.algorithm", OID_AES256_CBC);
    asn_put(&asn, IN_PBES2 "encryptionScheme.iv", iv, BLOCK_BYTES);
    asn_put_view(&asn, "encryptedData", bytes_view(sealed));
#undef IN_KDF
#undef IN_PBES2
    return asn_encode(&asn, der, err);
}

static int put_pem(const char *label, const struct bytes *der, struct bytes *pem, struct error *err)
{
    gnutls_datum_t input = {.data = der->data, .size = (unsigned)der->size};
    gnutls_datum_t text = {0};
    int result;

    if (gnutls_pem_base64_encode2(label, &input, &text) < 0)
        return error_set(err, ERROR_INTERNAL, "PEM encoding failed");
    result = bytes_put(pem, text.data, text.size, err);
    wipe_datum(&text);
    return result;
}

static int write_encrypted(struct bytes *plain, const char *secret, struct bytes *pem,
                           struct error *err)
{
    uint8_t salt[SALT_BYTES], iv[BLOCK_BYTES];
    struct bytes der;
    int result;

    bytes_init(&der, LIMIT_KEY_FILE_BYTES);
    if (gnutls_rnd(GNUTLS_RND_KEY, salt, sizeof(salt)) < 0 ||
        gnutls_rnd(GNUTLS_RND_NONCE, iv, sizeof(iv)) < 0)
        return error_set(err, ERROR_INTERNAL, "no random bytes");
    result = encrypt(plain, secret, salt, iv, err);
    if (result == 0)
        result = encode_pbes2(plain, salt, iv, &der, err);
    if (result == 0)
        result = put_pem(encrypted_label, &der, pem, err);
    bytes_clear(&der);
    return result;
}

/* GnuTLS gives numbers with a zero byte in front, or without their leading zeros. */
static int put_field(gnutls_datum_t number, struct bytes *out, struct error *err)
{
    static const uint8_t zeros[FIELD_BYTES];
    size_t skip = number.size > FIELD_BYTES ? number.size - FIELD_BYTES : 0;
    size_t size = number.size - skip;
    int result = bytes_put(out, zeros, FIELD_BYTES - size, err);

    return result < 0 ? result : bytes_put(out, number.data + skip, size, err);
}

/* PrivateKeyInfo (RFC 5958) around ECPrivateKey (RFC 5915). For one curve all lengths are known, so
 * the rest is constant; libtasn1 would keep copies of the scalar in memory that nobody wipes. */
static const uint8_t before_scalar[] = {
    0x30, 0x81, 0xb6, 0x02, 0x01, 0x00,                               /* version 0 */
    0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, /* id-ecPublicKey */
    0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22,                         /* secp384r1 */
    0x04, 0x81, 0x9e, 0x30, 0x81, 0x9b, 0x02, 0x01, 0x01, 0x04, 0x30, /* ECPrivateKey, version 1 */
};
static const uint8_t before_point[] = {
    0xa1, 0x64, 0x03, 0x62, 0x00, 0x04, /* publicKey, an uncompressed point (SEC 1, 2.3.3) */
};

static int encode_pkcs8(gnutls_privkey_t key, struct bytes *der, struct error *err)
{
    gnutls_datum_t x = {0}, y = {0}, k = {0};
    gnutls_ecc_curve_t curve;
    int result;

    if (gnutls_privkey_export_ecc_raw2(key, &curve, &x, &y, &k, 0) < 0)
        return error_set(err, ERROR_USAGE, "a key in a token is not exported");
    result = bytes_put(der, before_scalar, sizeof(before_scalar), err);
    if (result == 0)
        result = put_field(k, der, err);
    if (result == 0)
        result = bytes_put(der, before_point, sizeof(before_point), err);
    if (result == 0)
        result = put_field(x, der, err);
    if (result == 0)
        result = put_field(y, der, err);
    wipe_datum(&x);
    wipe_datum(&y);
    wipe_datum(&k);
    return result;
}

int key_file_write(gnutls_privkey_t key, const char *secret, struct bytes *pem, struct error *err)
{
    struct bytes plain;
    int result;

    bytes_init(&plain, LIMIT_KEY_FILE_BYTES);
    result = encode_pkcs8(key, &plain, err);
    if (result == 0 && secret != NULL)
        result = write_encrypted(&plain, secret, pem, err);
    else if (result == 0)
        result = put_pem(plain_label, &plain, pem, err);
    bytes_clear(&plain);
    return result;
}
