/* SPDX-License-Identifier: ISC */
#include "media/sign-cms.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/x509.h>

#include "media/asn.h"
#include "media/oid.h"

#define ATTRIBUTE_BYTES 256 /* the longest value is SigningCertificateV2, 80 bytes */
#define ATTRIBUTES      4

/* The DER of the signed attributes' values, each of which is an ANY in the SET. */
struct attributes {
    struct bytes values[ATTRIBUTES];
};

static const char *const attribute_oids[ATTRIBUTES] = {OID_CONTENT_TYPE, OID_MESSAGE_DIGEST,
                                                       OID_SIGNING_TIME, OID_SIGNING_CERTIFICATE};

static int encode_content_type(const struct sign_statement *statement, struct bytes *value,
                               struct error *err)
{
    struct asn asn;

    asn_begin(&asn, "ContentType");
    asn_put_text(&asn, "", statement->content_type);
    return asn_encode(&asn, value, err);
}

static int encode_message_digest(const struct sign_statement *statement, struct bytes *value,
                                 struct error *err)
{
    struct asn asn;

    asn_begin(&asn, "MessageDigest");
    asn_put(&asn, "", statement->content_digest, DIGEST_BYTES);
    return asn_encode(&asn, value, err);
}

static int encode_signing_time(const struct sign_statement *statement, struct bytes *value,
                               struct error *err)
{
    struct asn asn;

    asn_begin(&asn, "Time");
    asn_put_time(&asn, "", statement->signing_time_us);
    return asn_encode(&asn, value, err);
}

/* The hash alone: it names the certificate beyond doubt, so issuerSerial is left out (RFC 5035 4).
 */
static int encode_signing_certificate(const struct sign_statement *statement, struct bytes *value,
                                      struct error *err)
{
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    uint8_t digest[DIGEST_BYTES];
    struct asn asn;

    if (key_path(statement->key, path) == 0)
        return error_set(err, ERROR_USAGE, "the signing key came without its certificate");
    digest_of(path[0].data, path[0].size, digest);
    asn_begin(&asn, "SigningCertificateV2");
    asn_append(&asn, "certs");
    asn_put_algorithm(&asn, "certs.?LAST.hashAlgorithm", OID_SHA384);
    asn_put(&asn, "certs.?LAST.certHash", digest, sizeof(digest));
    asn_absent(&asn, "certs.?LAST.issuerSerial");
    return asn_encode(&asn, value, err);
}

static int encode_attributes(const struct sign_statement *statement, struct attributes *attributes,
                             struct error *err)
{
    int result;

    for (size_t i = 0; i < ATTRIBUTES; i++)
        bytes_init(&attributes->values[i], ATTRIBUTE_BYTES);
    result = encode_content_type(statement, &attributes->values[0], err);
    if (result == 0)
        result = encode_message_digest(statement, &attributes->values[1], err);
    if (result == 0)
        result = encode_signing_time(statement, &attributes->values[2], err);
    if (result == 0)
        result = encode_signing_certificate(statement, &attributes->values[3], err);
    return result;
}

static void clear_attributes(struct attributes *attributes)
{
    for (size_t i = 0; i < ATTRIBUTES; i++)
        bytes_clear(&attributes->values[i]);
}

/* list: "" for the stand-alone SET, else the field of a SignerInfo. */
static void put_attribute(struct asn *asn, const char *list, const char *oid,
                          struct bytes_view value)
{
    const char *dot = list[0] == '\0' ? "" : ".";
    char field[64];

    asn_append(asn, list);
    snprintf(field, sizeof(field), "%s%s?LAST.type", list, dot);
    asn_put_text(asn, field, oid);
    snprintf(field, sizeof(field), "%s%s?LAST.values", list, dot);
    asn_append(asn, field);
    snprintf(field, sizeof(field), "%s%s?LAST.values.?LAST", list, dot);
    asn_put_view(asn, field, value);
}

static void put_attributes(struct asn *asn, const char *list, const struct attributes *attributes)
{
    for (size_t i = 0; i < ATTRIBUTES; i++)
        put_attribute(asn, list, attribute_oids[i], bytes_view(&attributes->values[i]));
}

/* What is signed is the SET OF with its own tag, 0x31; inside the SignerInfo the same bytes stand
 * behind 0xA0 (RFC 5652 5.4). */
int sign_cms_statement(const struct sign_statement *statement, struct bytes *signature,
                       struct error *err)
{
    struct attributes attributes;
    uint8_t digest[DIGEST_BYTES];
    struct bytes set;
    struct asn asn;
    int result;

    bytes_init(&set, ATTRIBUTES * ATTRIBUTE_BYTES * 2);
    result = encode_attributes(statement, &attributes, err);
    if (result == 0) {
        asn_begin(&asn, "Attributes");
        put_attributes(&asn, "", &attributes);
        result = asn_encode(&asn, &set, err);
    }
    if (result == 0) {
        digest_of(set.data, set.size, digest);
        result = key_sign(statement->key, digest, signature, err);
    }
    clear_attributes(&attributes);
    bytes_clear(&set);
    return result;
}

/* issuer and serialNumber of a certificate: who is meant, by the only form that cms.h reads. */
static int put_signer_id(struct asn *asn, const struct key *key, struct error *err)
{
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    uint8_t serial[LIMIT_SERIAL_BYTES + 1];
    size_t serial_size = sizeof(serial);
    gnutls_x509_crt_t leaf = NULL;
    gnutls_datum_t der, issuer = {0};
    int status;

    key_path(key, path);
    der = (gnutls_datum_t){(void *)(uintptr_t)path[0].data, (unsigned)path[0].size};
    status = gnutls_x509_crt_init(&leaf);
    if (status == 0)
        status = gnutls_x509_crt_import(leaf, &der, GNUTLS_X509_FMT_DER);
    if (status == 0)
        status = gnutls_x509_crt_get_raw_issuer_dn(leaf, &issuer);
    if (status == 0)
        status = gnutls_x509_crt_get_serial(leaf, serial, &serial_size);
    if (status == 0) {
        asn_put(asn, "sid.issuer", issuer.data, issuer.size);
        asn_put(asn, "sid.serialNumber", serial, serial_size);
    }
    gnutls_free(issuer.data);
    gnutls_x509_crt_deinit(leaf);
    return status < 0 ? error_set(err, ERROR_BAD_CERTIFICATE, "signer: %s", gnutls_strerror(status))
                      : 0;
}

static int encode_info(const struct sign_statement *statement, const struct attributes *attributes,
                       struct bytes_view signature, struct bytes_view token, struct bytes *info,
                       struct error *err)
{
    struct asn asn;
    int result;

    asn_begin(&asn, "SignerInfo");
    asn_put_count(&asn, "version", 1); /* issuerAndSerialNumber (RFC 5652 5.3) */
    asn_put_algorithm(&asn, "digestAlgorithm", OID_SHA384);
    put_attributes(&asn, "signedAttrs", attributes);
    asn_put_algorithm(&asn, "signatureAlgorithm", OID_ECDSA_WITH_SHA384);
    asn_put_view(&asn, "signature", signature);
    if (token.size > 0)
        put_attribute(&asn, "unsignedAttrs", OID_TIMESTAMP_TOKEN, token);
    else
        asn_absent(&asn, "unsignedAttrs");
    result = put_signer_id(&asn, statement->key, err);
    if (result < 0) {
        asn_clear(&asn);
        return result;
    }
    return asn_encode(&asn, info, err);
}

int sign_cms_info(const struct sign_statement *statement, struct bytes_view signature,
                  struct bytes_view token, struct bytes *info, struct error *err)
{
    struct attributes attributes;
    int result = encode_attributes(statement, &attributes, err);

    if (result == 0)
        result = encode_info(statement, &attributes, signature, token, info, err);
    clear_attributes(&attributes);
    return result;
}

/* Order of a DER SET OF (X.690 11.6): by bytes; of two complete encodings none is the other's
 * beginning, so lengths never decide. */
static int compare_infos(const void *a, const void *b)
{
    const struct sign_signer *one = a, *two = b;
    size_t shared = one->info.size < two->info.size ? one->info.size : two->info.size;

    return memcmp(one->info.data, two->info.data, shared);
}

static bool is_new(const struct bytes_view *seen, size_t count, struct bytes_view certificate)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(seen[i], certificate))
            return false;
    }
    return true;
}

static int put_certificates(struct asn *asn, const struct sign_signer *signers, size_t count,
                            struct error *err)
{
    struct bytes_view seen[LIMIT_CERTIFICATES];
    size_t total = 0;

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < signers[i].path_count; j++) {
            struct bytes_view certificate = signers[i].path[j];

            if (!is_new(seen, total, certificate))
                continue;
            if (total == LIMIT_CERTIFICATES)
                return error_set(err, ERROR_LIMIT, "more than CERTIFICATES, %d, in one document",
                                 LIMIT_CERTIFICATES);
            seen[total++] = certificate;
            asn_append(asn, "certificates");
            asn_put_view(asn, "certificates.?LAST", certificate);
        }
    }
    return 0;
}

static int encode_signed_data(const char *content_type, struct bytes_view content,
                              const struct sign_signer *signers, size_t count, struct bytes *out,
                              struct error *err)
{
    struct asn asn;
    int result;

    asn_begin(&asn, "SignedData");
    asn_put_count(&asn, "version", 3); /* eContentType is not id-data (RFC 5652 5.1) */
    asn_append(&asn, "digestAlgorithms");
    asn_put_algorithm(&asn, "digestAlgorithms.?LAST", OID_SHA384);
    asn_put_text(&asn, "encapContentInfo.eContentType", content_type);
    asn_put_view(&asn, "encapContentInfo.eContent", content);
    for (size_t i = 0; i < count; i++) {
        asn_append(&asn, "signerInfos");
        asn_put_view(&asn, "signerInfos.?LAST", signers[i].info);
    }
    result = put_certificates(&asn, signers, count, err);
    if (result < 0) {
        asn_clear(&asn);
        return result;
    }
    return asn_encode(&asn, out, err);
}

int sign_cms_whole(const char *content_type, struct bytes_view content, struct sign_signer *signers,
                   size_t count, struct bytes *whole, struct error *err)
{
    struct bytes signed_data;
    struct asn asn;
    int result;

    bytes_init(&signed_data, whole->ceiling);
    qsort(signers, count, sizeof(signers[0]), compare_infos);
    result = encode_signed_data(content_type, content, signers, count, &signed_data, err);
    if (result == 0) {
        asn_begin(&asn, "ContentInfo");
        asn_put_text(&asn, "contentType", OID_SIGNED_DATA);
        asn_put_view(&asn, "content", bytes_view(&signed_data));
        result = asn_encode(&asn, whole, err);
    }
    bytes_clear(&signed_data);
    return result;
}
