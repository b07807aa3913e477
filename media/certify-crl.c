/* SPDX-License-Identifier: ISC */
#include "media/certify.h"

#include <stdio.h>

#include <gnutls/x509.h>

#include "media/asn.h"
#include "media/base/instant.h"
#include "media/certificate.h"
#include "media/crl.h"
#include "media/oid.h"

/* Encoded with libtasn1: GnuTLS can't write entry extensions, which carry all that matters here. */

/* Name and key identifier of the issuer, from its own certificate. */
struct issuer {
    gnutls_datum_t name; /* DER */
    uint8_t key_id[64];
    size_t key_id_size;
};

static int read_issuer(const struct key *key, struct issuer *issuer, struct error *err)
{
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    gnutls_x509_crt_t certificate = NULL;
    gnutls_datum_t der;
    int status;

    if (key_path(key, path) == 0)
        return error_set(err, ERROR_USAGE, "the issuer's key came without its certificate");
    der = (gnutls_datum_t){(void *)(uintptr_t)path[0].data, (unsigned)path[0].size};
    issuer->key_id_size = sizeof(issuer->key_id);
    status = gnutls_x509_crt_init(&certificate);
    if (status == 0)
        status = gnutls_x509_crt_import(certificate, &der, GNUTLS_X509_FMT_DER);
    if (status == 0)
        status = gnutls_x509_crt_get_raw_dn(certificate, &issuer->name);
    if (status == 0)
        status = gnutls_x509_crt_get_subject_key_id(certificate, issuer->key_id,
                                                    &issuer->key_id_size, NULL);
    gnutls_x509_crt_deinit(certificate);
    return status < 0 ? error_set(err, ERROR_INTERNAL, "issuer: %s", gnutls_strerror(status)) : 0;
}

/* A whole second in GeneralizedTime, the only form of an invalidityDate (RFC 5280 5.3.2). */
static int encode_invalidity_date(int64_t instant_us, struct bytes *der, struct error *err)
{
    char text[ASN_TIME_BYTES];
    struct asn asn;

    asn_begin(&asn, "InvalidityDate");
    asn_put_text(&asn, "", asn_general_time(instant_us - instant_us % INSTANT_SECOND_US, text));
    return asn_encode(&asn, der, err);
}

static void put_extension(struct asn *asn, const char *list, const char *oid,
                          struct bytes_view value)
{
    char field[96];

    asn_append(asn, list);
    snprintf(field, sizeof(field), "%s.?LAST.extnID", list);
    asn_put_text(asn, field, oid);
    snprintf(field, sizeof(field), "%s.?LAST.critical", list);
    asn_put_text(asn, field, "FALSE");
    snprintf(field, sizeof(field), "%s.?LAST.extnValue", list);
    asn_put_view(asn, field, value);
}

static int encode_entry(const struct certify_revocation *entry, struct bytes *der,
                        struct error *err)
{
    static const uint8_t key_compromise[] = {0x0a, 0x01, 0x01}; /* ENUMERATED 1 */
    struct bytes date;
    struct asn asn;
    int result = 0;

    if (entry->serial.size == 0 || entry->serial.size > LIMIT_SERIAL_BYTES)
        return error_set(err, ERROR_USAGE, "a serial of %zu bytes", entry->serial.size);
    bytes_init(&date, ASN_TIME_BYTES);
    if (entry->invalid_since_us != 0)
        result = encode_invalidity_date(entry->invalid_since_us, &date, err);
    if (result < 0)
        return result;
    asn_begin(&asn, "RevokedCertificate");
    asn_put_view(&asn, "userCertificate", entry->serial);
    asn_put_time(&asn, "revocationDate", entry->revoked_us);
    if (entry->key_compromise)
        put_extension(&asn, "crlEntryExtensions", OID_REASON_CODE,
                      bytes_view_of(key_compromise, sizeof(key_compromise)));
    if (date.size > 0)
        put_extension(&asn, "crlEntryExtensions", OID_INVALIDITY_DATE, bytes_view(&date));
    if (!entry->key_compromise && date.size == 0)
        asn_absent(&asn, "crlEntryExtensions");
    bytes_clear(&date);
    return asn_encode(&asn, der, err);
}

/* A SEQUENCE OF written by hand: libtasn1 walks the whole list for each element that is added,
 * which for a full list takes minutes. */
static int wrap_entries(const struct bytes *entries, struct bytes *der, struct error *err)
{
    uint8_t header[1 + 4];
    size_t length_bytes = entries->size < 0x80 ? 0 : entries->size < 0x100 ? 1 : 2;
    int result;

    if (entries->size > 0xffff)
        length_bytes = 3; /* CRL_BYTES is below 2^24 */
    header[0] = 0x30;
    header[1] = length_bytes == 0 ? (uint8_t)entries->size : (uint8_t)(0x80 | length_bytes);
    for (size_t i = 0; i < length_bytes; i++)
        header[2 + i] = (uint8_t)(entries->size >> (8 * (length_bytes - 1 - i)));
    result = bytes_put(der, header, 2 + length_bytes, err);
    return result < 0 ? result : bytes_put(der, entries->data, entries->size, err);
}

static int encode_entries(const struct certify_revocation *revocations, size_t count,
                          struct bytes *der, struct error *err)
{
    struct bytes entries;
    int result = 0;

    bytes_init(&entries, LIMIT_CRL_BYTES);
    for (size_t i = 0; i < count && result == 0; i++)
        result = encode_entry(&revocations[i], &entries, err);
    if (result == 0)
        result = wrap_entries(&entries, der, err);
    bytes_clear(&entries);
    return result;
}

static int put_crl_extensions(struct asn *asn, const struct issuer *issuer, uint64_t number,
                              struct error *err)
{
    struct bytes key_id, crl_number;
    struct asn part;
    int result;

    bytes_init(&key_id, 128);
    bytes_init(&crl_number, 16);
    asn_begin(&part, "AuthorityKeyIdentifier");
    asn_put(&part, "keyIdentifier", issuer->key_id, issuer->key_id_size);
    result = asn_encode(&part, &key_id, err);
    if (result == 0) {
        asn_begin(&part, "CRLNumber");
        asn_put_count(&part, "", number);
        result = asn_encode(&part, &crl_number, err);
    }
    if (result == 0) {
        put_extension(asn, "crlExtensions", OID_AUTHORITY_KEY_ID, bytes_view(&key_id));
        put_extension(asn, "crlExtensions", OID_CRL_NUMBER, bytes_view(&crl_number));
    }
    bytes_clear(&key_id);
    bytes_clear(&crl_number);
    return result;
}

static int encode_list(const struct issuer *issuer, uint64_t number, int64_t this_update_us,
                       int64_t next_update_us, struct bytes_view entries, struct bytes *der,
                       struct error *err)
{
    struct asn asn;
    int result;

    asn_begin(&asn, "TBSCertList");
    asn_put_count(&asn, "version", 1); /* v2 */
    asn_put_algorithm(&asn, "signature", OID_ECDSA_WITH_SHA384);
    asn_put(&asn, "issuer", issuer->name.data, issuer->name.size);
    asn_put_time(&asn, "thisUpdate", this_update_us);
    asn_put_time(&asn, "nextUpdate", next_update_us);
    if (entries.size == 0)
        asn_absent(&asn, "revokedCertificates"); /* RFC 5280 5.1.2.6 */
    else
        asn_put_view(&asn, "revokedCertificates", entries);
    result = put_crl_extensions(&asn, issuer, number, err);
    if (result < 0) {
        asn_clear(&asn);
        return result;
    }
    return asn_encode(&asn, der, err);
}

static int sign_list(const struct key *key, const struct bytes *list, struct bytes *der,
                     struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    struct bytes signature;
    struct asn asn;
    int result;

    bytes_init(&signature, 128);
    digest_of(list->data, list->size, digest);
    result = key_sign(key, digest, &signature, err);
    if (result == 0) {
        asn_begin(&asn, "CertificateList");
        asn_put_view(&asn, "tbsCertList", bytes_view(list));
        asn_put_algorithm(&asn, "signatureAlgorithm", OID_ECDSA_WITH_SHA384);
        asn_put_bits(&asn, "signature", bytes_view(&signature));
        result = asn_encode(&asn, der, err);
    }
    bytes_clear(&signature);
    return result;
}

/* Nothing is handed out that the reading side would refuse: a serial twice, for one. */
static int check_list(const struct key *key, struct bytes_view der, struct error *err)
{
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    struct certificate issuer;
    struct crl crl;
    int result = crl_parse(der, &crl, err);

    key_path(key, path);
    if (result == 0)
        result = certificate_parse(path[0], &issuer, err);
    if (result == 0)
        result = crl_verify(&crl, &issuer, err);
    return result < 0 ? error_context(err, "own revocation list") : 0;
}

int certify_crl(const struct key *issuer, uint64_t number, int64_t this_update_us,
                int64_t next_update_us, const struct certify_revocation *revocations, size_t count,
                struct bytes *der, struct error *err)
{
    struct issuer named = {0};
    struct bytes entries, list, whole;
    int result = 0;

    if (count > LIMIT_CRL_ENTRIES || number > INT64_MAX)
        return error_set(err, ERROR_LIMIT, "%zu entries (CRL_ENTRIES is %d), CRL number %ju", count,
                         LIMIT_CRL_ENTRIES, (uintmax_t)number);
    if (this_update_us < 0 || next_update_us <= this_update_us)
        return error_set(err, ERROR_USAGE, "nextUpdate must be after thisUpdate");
    bytes_init(&entries, LIMIT_CRL_BYTES);
    bytes_init(&list, LIMIT_CRL_BYTES);
    bytes_init(&whole, LIMIT_CRL_BYTES);
    if (count > 0)
        result = encode_entries(revocations, count, &entries, err);
    if (result == 0)
        result = read_issuer(issuer, &named, err);
    if (result == 0)
        result = encode_list(&named, number, this_update_us, next_update_us, bytes_view(&entries),
                             &list, err);
    if (result == 0)
        result = sign_list(issuer, &list, &whole, err);
    if (result == 0)
        result = check_list(issuer, bytes_view(&whole), err);
    if (result == 0)
        result = bytes_put(der, whole.data, whole.size, err);
    gnutls_free(named.name.data);
    bytes_clear(&entries);
    bytes_clear(&list);
    bytes_clear(&whole);
    return result;
}
