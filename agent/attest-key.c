/* SPDX-License-Identifier: ISC */
#include "agent/attest-key.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/pkcs7.h>
#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

#include "media/base/limits.h"

#define SERIAL_BYTES 16
#define DAY_S        86400
#define NO_END       ((time_t)-1) /* GnuTLS: 99991231235959Z, RFC 5280, 4.1.2.5 */

struct identity {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
};

static int failed(int code, const char *what, struct error *err)
{
    return error_set(err, ERROR_INTERNAL, "%s: %s", what, gnutls_strerror(code));
}

static int open_identity(struct identity *identity, struct error *err)
{
    int code;

    *identity = (struct identity){0};
    code = gnutls_x509_privkey_init(&identity->key);
    if (code == 0)
        code = gnutls_x509_crt_init(&identity->certificate);
    return code == 0 ? 0 : failed(code, "the endpoint's key", err);
}

static void close_identity(struct identity *identity)
{
    if (identity->key != NULL)
        gnutls_x509_privkey_deinit(identity->key);
    if (identity->certificate != NULL)
        gnutls_x509_crt_deinit(identity->certificate);
}

/* Of the first moment: an endpoint's clock may be behind its auditor's. */
static int fill_certificate(struct identity *identity, const char *endpoint)
{
    gnutls_x509_crt_t certificate = identity->certificate;
    uint8_t serial[SERIAL_BYTES], id[64];
    size_t id_size = sizeof(id);
    int code;

    if ((code = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial))) < 0)
        return code;
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, of full length */
    if ((code = gnutls_x509_crt_set_version(certificate, 3)) < 0 ||
        (code = gnutls_x509_crt_set_serial(certificate, serial, sizeof(serial))) < 0 ||
        (code = gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, endpoint,
                                              (unsigned)strlen(endpoint))) < 0 ||
        (code = gnutls_x509_crt_set_activation_time(certificate, time(NULL) - DAY_S)) < 0 ||
        (code = gnutls_x509_crt_set_expiration_time(certificate, NO_END)) < 0 ||
        (code = gnutls_x509_crt_set_key(certificate, identity->key)) < 0 ||
        (code = gnutls_x509_crt_set_basic_constraints(certificate, 0, -1)) < 0 ||
        (code = gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_DIGITAL_SIGNATURE)) < 0 ||
        (code = gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA1, id, &id_size)) < 0 ||
        (code = gnutls_x509_crt_set_subject_key_id(certificate, id, id_size)) < 0)
        return code;
    return gnutls_x509_crt_sign2(certificate, certificate, identity->key, GNUTLS_DIG_SHA384, 0);
}

static int put_datum(gnutls_datum_t *datum, struct bytes *out, struct error *err)
{
    int result = bytes_put(out, datum->data, datum->size, err);

    bytes_wipe(datum->data, datum->size);
    gnutls_free(datum->data);
    return result;
}

static int write_identity(const struct identity *identity, struct bytes *file, struct error *err)
{
    gnutls_datum_t text = {NULL, 0};
    int result, code = gnutls_x509_privkey_export2_pkcs8(identity->key, GNUTLS_X509_FMT_PEM, NULL,
                                                         GNUTLS_PKCS_PLAIN, &text);

    if (code < 0)
        return failed(code, "the endpoint's key", err);
    if ((result = put_datum(&text, file, err)) < 0)
        return result;
    text = (gnutls_datum_t){NULL, 0};
    code = gnutls_x509_crt_export2(identity->certificate, GNUTLS_X509_FMT_PEM, &text);
    return code < 0 ? failed(code, "the endpoint's certificate", err) : put_datum(&text, file, err);
}

int attest_key_create(const char *endpoint, struct bytes *file, struct error *err)
{
    struct identity identity;
    int code, result = open_identity(&identity, err);

    if (result == 0) {
        code = gnutls_x509_privkey_generate2(identity.key, GNUTLS_PK_ECDSA,
                                             GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), 0,
                                             NULL, 0);
        if (code == 0)
            code = fill_certificate(&identity, endpoint);
        result = code < 0 ? failed(code, "a key for the endpoint", err)
                          : write_identity(&identity, file, err);
    }
    close_identity(&identity);
    return result;
}

static int read_identity(struct bytes_view file, struct identity *identity, struct error *err)
{
    const gnutls_datum_t text = {(unsigned char *)(uintptr_t)file.data, (unsigned)file.size};
    int code, result = open_identity(identity, err);

    if (result < 0)
        return result;
    code = gnutls_x509_privkey_import2(identity->key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code == 0)
        code = gnutls_x509_crt_import(identity->certificate, &text, GNUTLS_X509_FMT_PEM);
    return code == 0 ? 0
                     : error_set(err, ERROR_STATE_CORRUPT, "the endpoint's key: %s",
                                 gnutls_strerror(code));
}

static int put_certificate(const struct identity *identity, struct bytes *out, struct error *err)
{
    gnutls_datum_t text = {NULL, 0};
    int result, code = gnutls_x509_crt_export2(identity->certificate, GNUTLS_X509_FMT_PEM, &text);

    if (code < 0)
        return failed(code, "the endpoint's certificate", err);
    result = bytes_put_u32(out, text.size, err);
    if (result < 0) {
        gnutls_free(text.data);
        return result;
    }
    return put_datum(&text, out, err);
}

static int put_signed(const struct identity *identity, struct bytes_view statement,
                      struct bytes *out, struct error *err)
{
    const gnutls_datum_t data = {(unsigned char *)(uintptr_t)statement.data,
                                 (unsigned)statement.size};
    gnutls_datum_t der = {NULL, 0};
    gnutls_privkey_t key = NULL;
    gnutls_pkcs7_t cms = NULL;
    int code;

    if ((code = gnutls_privkey_init(&key)) == 0 && (code = gnutls_pkcs7_init(&cms)) == 0 &&
        (code = gnutls_privkey_import_x509(key, identity->key, 0)) == 0 &&
        (code = gnutls_pkcs7_sign(
             cms, identity->certificate, key, &data, NULL, NULL, GNUTLS_DIG_SHA384,
             GNUTLS_PKCS7_EMBED_DATA | GNUTLS_PKCS7_INCLUDE_TIME | GNUTLS_PKCS7_INCLUDE_CERT)) == 0)
        code = gnutls_pkcs7_export2(cms, GNUTLS_X509_FMT_DER, &der);
    if (cms != NULL)
        gnutls_pkcs7_deinit(cms);
    if (key != NULL)
        gnutls_privkey_deinit(key);
    return code < 0 ? failed(code, "signing", err) : put_datum(&der, out, err);
}

int attest_key_sign(struct bytes_view file, struct bytes_view statement, struct bytes *out,
                    struct error *err)
{
    struct identity identity;
    int result = read_identity(file, &identity, err);

    if (result == 0)
        result = put_certificate(&identity, out, err);
    if (result == 0)
        result = put_signed(&identity, statement, out, err);
    close_identity(&identity);
    return result;
}
