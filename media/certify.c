/* SPDX-License-Identifier: ISC */
#include "media/certify.h"

#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include "media/base/instant.h"
#include "media/base/text.h"
#include "media/certificate.h"
#include "media/oid.h"

#define OID_KEY_USAGE   "2.5.29.15"
#define SERIAL_BYTES    16
#define KEY_ID_BYTES    20
#define NO_PATH_LENGTH  (-1)
#define KEY_USAGE_BYTES 4

/* What distinguishes the three kinds of certificate. */
struct profile {
    bool is_ca;
    int path_length;
    /* DER of the KeyUsage BIT STRING: GnuTLS writes trailing zero bits, which DER forbids in a
     * named bit list (X.690 11.2.2). */
    uint8_t key_usage[KEY_USAGE_BYTES];
    const char *eku; /* NULL: none */
};

#define CA_KEY_USAGE                                                                               \
    {                                                                                              \
        0x03, 0x02, 0x01, 0x06                                                                     \
    } /* keyCertSign, cRLSign */
#define LEAF_KEY_USAGE                                                                             \
    {                                                                                              \
        0x03, 0x02, 0x07, 0x80                                                                     \
    } /* digitalSignature */

static int failed(struct error *err, const char *what, int status)
{
    return error_set(err, ERROR_INTERNAL, "certificate: %s: %s", what, gnutls_strerror(status));
}

static int check_subject(const char *field, const char *text, struct error *err)
{
    size_t size = strlen(text);

    if (size == 0 || size > CERTIFY_SUBJECT_BYTES || !text_is_utf8(text, size))
        return error_set(err, ERROR_USAGE, "%s: 1 to %d bytes of UTF-8 are needed", field,
                         CERTIFY_SUBJECT_BYTES);
    return 0;
}

static int check_request(const struct certify_request *request, struct error *err)
{
    int result = check_subject("organisation", request->organisation, err);

    if (result == 0)
        result = check_subject("name", request->name, err);
    if (result == 0 &&
        (request->not_before_us < 0 ||
         request->not_before_us / INSTANT_SECOND_US >= request->not_after_us / INSTANT_SECOND_US))
        result = error_set(err, ERROR_USAGE, "validity must end after it begins");
    return result;
}

static int set_serial(gnutls_x509_crt_t certificate)
{
    uint8_t serial[SERIAL_BYTES];
    int status = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

    if (status < 0)
        return status;
    /* Positive, and 16 bytes in every case: neither the sign bit nor a zero byte in front. */
    serial[0] = (serial[0] & 0x7f) | 0x40;
    return gnutls_x509_crt_set_serial(certificate, serial, sizeof(serial));
}

static int set_name(gnutls_x509_crt_t certificate, const char *oid, const char *text)
{
    return gnutls_x509_crt_set_dn_by_oid(certificate, oid, 0, text, (unsigned)strlen(text));
}

static int set_subject(gnutls_x509_crt_t certificate, const struct certify_request *request)
{
    int status = gnutls_x509_crt_set_version(certificate, 3);

    if (status == 0)
        status = set_serial(certificate);
    if (status == 0)
        status = set_name(certificate, GNUTLS_OID_X520_ORGANIZATION_NAME, request->organisation);
    if (status == 0)
        status = set_name(certificate, GNUTLS_OID_X520_COMMON_NAME, request->name);
    if (status == 0)
        status = gnutls_x509_crt_set_activation_time(
            certificate, (time_t)(request->not_before_us / INSTANT_SECOND_US));
    if (status == 0)
        status = gnutls_x509_crt_set_expiration_time(
            certificate, (time_t)(request->not_after_us / INSTANT_SECOND_US));
    return status;
}

static int set_profile(gnutls_x509_crt_t certificate, const struct profile *profile)
{
    int status =
        gnutls_x509_crt_set_basic_constraints(certificate, profile->is_ca, profile->path_length);

    if (status == 0)
        status = gnutls_x509_crt_set_extension_by_oid(certificate, OID_KEY_USAGE,
                                                      profile->key_usage, KEY_USAGE_BYTES, 1);
    if (status == 0 && profile->eku != NULL)
        status = gnutls_x509_crt_set_key_purpose_oid(certificate, profile->eku, 1);
    return status;
}

/* issuer NULL: the certificate itself. */
static int set_key_ids(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer,
                       const uint8_t subject_id[static DIGEST_BYTES])
{
    uint8_t issuer_id[64];
    size_t issuer_id_size = sizeof(issuer_id);
    int status = gnutls_x509_crt_set_subject_key_id(certificate, subject_id, KEY_ID_BYTES);

    if (status == 0)
        status = gnutls_x509_crt_get_subject_key_id(issuer != NULL ? issuer : certificate,
                                                    issuer_id, &issuer_id_size, NULL);
    if (status == 0)
        status = gnutls_x509_crt_set_authority_key_id(certificate, issuer_id, issuer_id_size);
    return status;
}

static int put_pem(gnutls_x509_crt_t certificate, struct bytes *pem, struct error *err)
{
    gnutls_datum_t text = {0};
    int result, status = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &text);

    if (status < 0)
        return failed(err, "PEM", status);
    result = bytes_put(pem, text.data, text.size, err);
    gnutls_free(text.data);
    return result;
}

/* Nothing is handed out that the reading side would refuse. */
static int check_own(gnutls_x509_crt_t made, gnutls_x509_crt_t issuer, struct error *err)
{
    gnutls_datum_t made_der = {0}, issuer_der = {0};
    struct certificate subject, above;
    int result, status = gnutls_x509_crt_export2(made, GNUTLS_X509_FMT_DER, &made_der);

    if (status == 0)
        status = gnutls_x509_crt_export2(issuer, GNUTLS_X509_FMT_DER, &issuer_der);
    if (status < 0)
        result = failed(err, "DER", status);
    else
        result = certificate_parse(bytes_view_of(made_der.data, made_der.size), &subject, err);
    if (result == 0)
        result = certificate_parse(bytes_view_of(issuer_der.data, issuer_der.size), &above, err);
    if (result == 0)
        result = certificate_verify(&subject, &above, err);
    if (result < 0)
        error_context(err, "own certificate");
    gnutls_free(made_der.data);
    gnutls_free(issuer_der.data);
    return result;
}

/* Fills and signs; issuer_certificate NULL: self-signed. */
static int build(gnutls_x509_crt_t certificate, const struct key *issuer,
                 gnutls_x509_crt_t issuer_certificate, const struct key *subject,
                 const struct certify_request *request, const struct profile *profile,
                 struct error *err)
{
    uint8_t subject_id[DIGEST_BYTES];
    int status, result = key_id(subject, subject_id, err);

    if (result < 0)
        return result;
    status = set_subject(certificate, request);
    if (status == 0)
        status = gnutls_x509_crt_set_pubkey(certificate, key_public_handle(subject));
    if (status == 0)
        status = set_profile(certificate, profile);
    if (status == 0)
        status = set_key_ids(certificate, issuer_certificate, subject_id);
    if (status < 0)
        return failed(err, "a field", status);
    status = gnutls_x509_crt_privkey_sign(
        certificate, issuer_certificate != NULL ? issuer_certificate : certificate,
        key_handle(issuer), GNUTLS_DIG_SHA384, 0);
    return status < 0 ? failed(err, "signing", status) : 0;
}

static int issue(const struct key *issuer, gnutls_x509_crt_t issuer_certificate,
                 const struct key *subject, const struct certify_request *request,
                 const struct profile *profile, struct bytes *pem, struct error *err)
{
    gnutls_x509_crt_t certificate = NULL;
    int result = check_request(request, err);

    if (result < 0)
        return result;
    if (gnutls_x509_crt_init(&certificate) < 0)
        return error_set(err, ERROR_INTERNAL, "no memory for a certificate");
    result = build(certificate, issuer, issuer_certificate, subject, request, profile, err);
    if (result == 0)
        result = check_own(certificate,
                           issuer_certificate != NULL ? issuer_certificate : certificate, err);
    if (result == 0)
        result = put_pem(certificate, pem, err);
    gnutls_x509_crt_deinit(certificate);
    return result;
}

static int check_within(gnutls_x509_crt_t issuer, const struct certify_request *request,
                        struct error *err)
{
    time_t begin = gnutls_x509_crt_get_activation_time(issuer);
    time_t end = gnutls_x509_crt_get_expiration_time(issuer);

    if (request->not_before_us / INSTANT_SECOND_US < begin ||
        request->not_after_us / INSTANT_SECOND_US > end)
        return error_set(err, ERROR_NOT_VALID_THEN,
                         "the certificate would be valid outside its issuer's validity");
    return 0;
}

static int issue_under(const struct key *issuer, const struct key *subject,
                       const struct certify_request *request, const struct profile *profile,
                       struct bytes *pem, struct error *err)
{
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    gnutls_x509_crt_t certificate = NULL;
    gnutls_datum_t der;
    int result, status;

    if (key_path(issuer, path) == 0)
        return error_set(err, ERROR_USAGE, "the issuer's key came without its certificate");
    der = (gnutls_datum_t){(void *)(uintptr_t)path[0].data, (unsigned)path[0].size};
    status = gnutls_x509_crt_init(&certificate);
    if (status == 0)
        status = gnutls_x509_crt_import(certificate, &der, GNUTLS_X509_FMT_DER);
    if (status < 0)
        result = failed(err, "issuer", status);
    else
        result = check_within(certificate, request, err);
    if (result == 0)
        result = issue(issuer, certificate, subject, request, profile, pem, err);
    gnutls_x509_crt_deinit(certificate);
    return result;
}

/* Self-signed; the key gets it as its path. */
static int issue_own(struct key *key, const struct certify_request *request,
                     const struct profile *profile, struct bytes *pem, struct error *err)
{
    struct bytes own;
    int result;

    bytes_init(&own, 2 * LIMIT_CERTIFICATE_BYTES); /* PEM is a third longer */
    result = issue(key, NULL, key, request, profile, &own, err);
    if (result == 0)
        result = bytes_put(pem, own.data, own.size, err);
    if (result == 0)
        result = bytes_put_u8(&own, '\0', err);
    if (result == 0)
        result = key_set_path(key, (const char *)own.data, err);
    bytes_clear(&own);
    return result;
}

int certify_root(struct key *key, const struct certify_request *request, struct bytes *pem,
                 struct error *err)
{
    static const struct profile root = {true, 1, CA_KEY_USAGE, NULL};

    return issue_own(key, request, &root, pem, err);
}

int certify_issuer(const struct key *issuer, const struct key *subject,
                   const struct certify_request *request, struct bytes *pem, struct error *err)
{
    static const struct profile issuing = {true, 0, CA_KEY_USAGE, NULL};

    return issue_under(issuer, subject, request, &issuing, pem, err);
}

int certify_leaf(const struct key *issuer, const struct key *subject, enum document_role role,
                 const struct certify_request *request, struct bytes *pem, struct error *err)
{
    struct profile leaf = {false, NO_PATH_LENGTH, LEAF_KEY_USAGE, document_role_row(role)->eku};

    if (role == ROLE_TIMESTAMP &&
        request->not_after_us - request->not_before_us > CERTIFY_TIMESTAMP_DAYS * INSTANT_DAY_US)
        return error_set(err, ERROR_USAGE, "a timestamp certificate lives %d days at most",
                         CERTIFY_TIMESTAMP_DAYS);
    return issue_under(issuer, subject, request, &leaf, pem, err);
}

int certify_endpoint(struct key *key, const struct certify_request *request, struct bytes *pem,
                     struct error *err)
{
    struct profile endpoint = {false, NO_PATH_LENGTH, LEAF_KEY_USAGE,
                               document_role_row(ROLE_ENDPOINT)->eku};

    return issue_own(key, request, &endpoint, pem, err);
}
