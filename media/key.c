/* SPDX-License-Identifier: ISC */
#include "media/key.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs11.h>
#include <gnutls/x509.h>

#include "media/key-file.h"

#define TOKEN_PREFIX "pkcs11:"

/* Asked for by GnuTLS whenever the token wants a PIN, also long after opening. */
struct pin {
    char *secret; /* NULL: none given */
    bool asked_in_vain, refused;
};

struct key {
    gnutls_privkey_t handle;
    gnutls_pubkey_t public;
    struct pin pin;
    size_t path_count;
    struct bytes path[LIMIT_CHAIN_CERTIFICATES];
};

static struct key *key_new(void)
{
    struct key *key = bytes_allocate(1, sizeof(*key));

    for (size_t i = 0; i < LIMIT_CHAIN_CERTIFICATES; i++)
        bytes_init(&key->path[i], LIMIT_CERTIFICATE_BYTES);
    return key;
}

void key_free(struct key *key)
{
    if (key == NULL)
        return;
    gnutls_pubkey_deinit(key->public);
    gnutls_privkey_deinit(key->handle);
    for (size_t i = 0; i < LIMIT_CHAIN_CERTIFICATES; i++)
        bytes_clear(&key->path[i]);
    if (key->pin.secret != NULL)
        bytes_wipe(key->pin.secret, strlen(key->pin.secret));
    free(key->pin.secret);
    free(key);
}

static int library_failed(struct error *err, enum error_code code, int status, const char *what)
{
    return error_set(err, code, "%s: %s", what, gnutls_strerror(status));
}

static int give_pin(void *context, int attempt, const char *token_url, const char *token_label,
                    unsigned flags, char *pin, size_t pin_max)
{
    struct pin *given = context;

    if (given->secret == NULL) {
        given->asked_in_vain = true;
        return -1;
    }
    /* Never the same PIN a second time: tokens lock themselves after a few wrong ones. */
    if (attempt > 0 || strlen(given->secret) >= pin_max) {
        given->refused = true;
        return -1;
    }
    memcpy(pin, given->secret, strlen(given->secret) + 1);
    return 0;
}

static int open_token(struct key *key, const char *url, const char *secret, struct error *err)
{
    int status;

    if (secret != NULL)
        key->pin.secret = bytes_copy_string(secret);
    gnutls_privkey_set_pin_function(key->handle, give_pin, &key->pin);
    status = gnutls_privkey_import_url(key->handle, url, 0);
    if (status >= 0)
        return 0;
    if (key->pin.asked_in_vain)
        return error_set(err, ERROR_SECRET_NEEDED, "the token asks for a PIN");
    if (key->pin.refused)
        return error_set(err, ERROR_WRONG_SECRET, "the token refused the PIN");
    if (status == GNUTLS_E_PARSING_ERROR)
        return error_set(err, ERROR_USAGE, "no PKCS#11 URI (RFC 7512)");
    if (status == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE ||
        status == GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE)
        return error_set(err, ERROR_NOT_FOUND, "no such private key in a token");
    return library_failed(err, ERROR_IO, status, "token");
}

static int adopt(struct key *key, gnutls_x509_privkey_t private, struct error *err)
{
    int status =
        gnutls_privkey_import_x509(key->handle, private, GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE);

    if (status < 0) {
        gnutls_x509_privkey_deinit(private);
        return library_failed(err, ERROR_INTERNAL, status, "private key");
    }
    return 0;
}

static int open_private(struct key *key, const char *locator, const char *secret, struct error *err)
{
    gnutls_x509_privkey_t private = NULL;
    int result;

    if (gnutls_privkey_init(&key->handle) < 0)
        return error_set(err, ERROR_INTERNAL, "no memory for a key");
    if (strncmp(locator, TOKEN_PREFIX, strlen(TOKEN_PREFIX)) == 0)
        return open_token(key, locator, secret, err);
    result = key_file_open(locator, secret, &private, err);
    return result < 0 ? result : adopt(key, private, err);
}

static int check_curve(gnutls_pubkey_t public, struct error *err)
{
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    gnutls_datum_t x = {0}, y = {0};
    int status = gnutls_pubkey_export_ecc_raw2(public, &curve, &x, &y, 0);

    gnutls_free(x.data);
    gnutls_free(y.data);
    if (status < 0 || curve != GNUTLS_ECC_CURVE_SECP384R1 ||
        gnutls_pubkey_get_pk_algorithm(public, NULL) != GNUTLS_PK_ECDSA)
        return error_set(err, ERROR_WEAK_ALGORITHM, "the key is not an ECDSA key on P-384");
    return 0;
}

static int public_of_path(gnutls_pubkey_t public, const char *path_pem)
{
    gnutls_datum_t datum = {(void *)(uintptr_t)path_pem, (unsigned)strlen(path_pem)};
    gnutls_x509_crt_t leaf = NULL;
    int status = gnutls_x509_crt_init(&leaf);

    if (status == 0)
        status = gnutls_x509_crt_import(leaf, &datum, GNUTLS_X509_FMT_PEM);
    if (status == 0)
        status = gnutls_pubkey_import_x509(public, leaf, 0);
    gnutls_x509_crt_deinit(leaf);
    return status;
}

/* Some tokens hold the private half alone: then the certificate says which public key it is, and
 * key_sign() finds out whether that is true. */
static int take_public(struct key *key, const char *path_pem, struct error *err)
{
    int status = gnutls_pubkey_init(&key->public);

    if (status == 0) {
        status = gnutls_pubkey_import_privkey(key->public, key->handle, 0, 0);
        if (status < 0 && path_pem != NULL)
            status = public_of_path(key->public, path_pem);
    }
    if (status < 0)
        return library_failed(err, ERROR_CONFIG, status, "public key of the private key");
    return check_curve(key->public, err);
}

int key_open(const char *locator, const char *path_pem, const char *secret, struct key **key,
             struct error *err)
{
    struct key *opened = key_new();
    int result;

    *key = NULL;
    result = open_private(opened, locator, secret, err);
    if (result < 0)
        goto out;
    result = take_public(opened, path_pem, err);
    if (result < 0)
        goto out;
    if (path_pem != NULL)
        result = key_set_path(opened, path_pem, err);
    if (result < 0)
        goto out;
    *key = opened;
    opened = NULL;
out:
    key_free(opened);
    return result;
}

int key_generate(struct key **key, struct error *err)
{
    struct key *made = key_new();
    int result = 0, status;

    *key = NULL;
    status = gnutls_privkey_init(&made->handle);
    if (status == 0)
        status = gnutls_privkey_generate(made->handle, GNUTLS_PK_ECDSA,
                                         GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), 0);
    if (status < 0)
        result = library_failed(err, ERROR_INTERNAL, status, "making a P-384 key");
    else
        result = take_public(made, NULL, err);
    if (result == 0) {
        *key = made;
        made = NULL;
    }
    key_free(made);
    return result;
}

int key_export(const struct key *key, const char *secret, struct bytes *pem, struct error *err)
{
    return key_file_write(key->handle, secret, pem, err);
}

static int digest_public(gnutls_pubkey_t public, uint8_t id[static DIGEST_BYTES], struct error *err)
{
    gnutls_datum_t spki = {0};
    int status = gnutls_pubkey_export2(public, GNUTLS_X509_FMT_DER, &spki);

    if (status < 0)
        return library_failed(err, ERROR_INTERNAL, status, "public key");
    digest_of(spki.data, spki.size, id);
    gnutls_free(spki.data);
    return 0;
}

int key_id(const struct key *key, uint8_t id[static DIGEST_BYTES], struct error *err)
{
    return digest_public(key->public, id, err);
}

static int certificate_is_of(const struct key *key, gnutls_x509_crt_t leaf, struct error *err)
{
    uint8_t ours[DIGEST_BYTES], theirs[DIGEST_BYTES];
    gnutls_pubkey_t public = NULL;
    int result, status = gnutls_pubkey_init(&public);

    if (status == 0)
        status = gnutls_pubkey_import_x509(public, leaf, 0);
    if (status < 0)
        result = library_failed(err, ERROR_BAD_CERTIFICATE, status, "certificate's key");
    else
        result = digest_public(public, theirs, err);
    if (result == 0)
        result = key_id(key, ours, err);
    if (result == 0 && memcmp(ours, theirs, DIGEST_BYTES) != 0)
        result = error_set(err, ERROR_BAD_CERTIFICATE, "the certificate is for another key");
    gnutls_pubkey_deinit(public);
    return result;
}

static int take_path(struct key *key, gnutls_x509_crt_t *certificates, size_t count,
                     struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < LIMIT_CHAIN_CERTIFICATES; i++)
        bytes_clear(&key->path[i]);
    key->path_count = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        gnutls_datum_t der = {0};
        int status = gnutls_x509_crt_export2(certificates[i], GNUTLS_X509_FMT_DER, &der);

        if (status < 0)
            return library_failed(err, ERROR_BAD_CERTIFICATE, status, "certificate");
        result = bytes_put(&key->path[i], der.data, der.size, err);
        gnutls_free(der.data);
    }
    key->path_count = result == 0 ? count : 0;
    return result;
}

static int check_path(const struct key *key, gnutls_x509_crt_t *certificates, size_t count,
                      struct error *err)
{
    if (count == 0 || count > LIMIT_CHAIN_CERTIFICATES)
        return error_set(err, ERROR_LIMIT, "%zu certificates, CHAIN_CERTIFICATES is %d", count,
                         LIMIT_CHAIN_CERTIFICATES);
    for (size_t i = 0; i + 1 < count; i++) {
        if (!gnutls_x509_crt_check_issuer(certificates[i], certificates[i + 1]))
            return error_set(err, ERROR_CHAIN_ORDER, "certificate %zu is not issued by %zu", i + 1,
                             i + 2);
    }
    return certificate_is_of(key, certificates[0], err);
}

int key_set_path(struct key *key, const char *path_pem, struct error *err)
{
    gnutls_datum_t datum = {(void *)(uintptr_t)path_pem, (unsigned)strlen(path_pem)};
    gnutls_x509_crt_t *certificates = NULL;
    unsigned count = 0;
    int result, status = gnutls_x509_crt_list_import2(&certificates, &count, &datum,
                                                      GNUTLS_X509_FMT_PEM, 0);

    if (status < 0)
        return library_failed(err, ERROR_BAD_CERTIFICATE, status, "certificate path");
    result = check_path(key, certificates, count, err);
    if (result == 0)
        result = take_path(key, certificates, count, err);
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(certificates[i]);
    gnutls_free(certificates);
    return result;
}

size_t key_path(const struct key *key, struct bytes_view path[static LIMIT_CHAIN_CERTIFICATES])
{
    for (size_t i = 0; i < key->path_count; i++)
        path[i] = bytes_view(&key->path[i]);
    return key->path_count;
}

static gnutls_datum_t without_leading_zeros(gnutls_datum_t number)
{
    while (number.size > 1 && number.data[0] == 0) {
        number.data++;
        number.size--;
    }
    return number;
}

/* Tokens give r and s of fixed width, libraries DER of their own taste: both are taken apart and
 * written anew as minimal INTEGERs. */
static int canonical(const gnutls_datum_t *raw, struct bytes *signature, struct error *err)
{
    gnutls_datum_t r = {0}, s = {0}, der = {0};
    gnutls_datum_t short_r, short_s;
    int result, status = gnutls_decode_rs_value(raw, &r, &s);

    if (status == 0) {
        short_r = without_leading_zeros(r);
        short_s = without_leading_zeros(s);
        status = gnutls_encode_rs_value(&der, &short_r, &short_s);
    }
    if (status < 0)
        result = library_failed(err, ERROR_INTERNAL, status, "signature value");
    else
        result = bytes_put(signature, der.data, der.size, err);
    gnutls_free(r.data);
    gnutls_free(s.data);
    gnutls_free(der.data);
    return result;
}

int key_sign(const struct key *key, const uint8_t digest[static DIGEST_BYTES],
             struct bytes *signature, struct error *err)
{
    gnutls_datum_t hash = {(void *)(uintptr_t)digest, DIGEST_BYTES};
    gnutls_datum_t raw = {0};
    int result,
        status = gnutls_privkey_sign_hash2(key->handle, GNUTLS_SIGN_ECDSA_SHA384, 0, &hash, &raw);

    if (status < 0)
        return library_failed(err, ERROR_IO, status, "signing");
    /* A faulty token, or a certificate of another key, shows here and not on an endpoint. */
    status = gnutls_pubkey_verify_hash2(key->public, GNUTLS_SIGN_ECDSA_SHA384, 0, &hash, &raw);
    if (status < 0)
        result = library_failed(err, ERROR_BAD_SIGNATURE, status, "own signature");
    else
        result = canonical(&raw, signature, err);
    gnutls_free(raw.data);
    return result;
}

struct gnutls_privkey_st *key_handle(const struct key *key)
{
    return key->handle;
}

struct gnutls_pubkey_st *key_public_handle(const struct key *key)
{
    return key->public;
}
