/* SPDX-License-Identifier: ISC */
#include "media/certificate.h"

#include <gnutls/x509.h>
#include <limits.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/limits.h"
#include "media/der.h"
#include "media/oid.h"
#include "media/signature.h"

#define EXTENSION_DEPTH 4 /* authorityKeyIdentifier and extendedKeyUsage have one level */

static int take(struct bytes_view *view, uint8_t tag, const char *what, struct der_value *value,
                struct error *err)
{
    return der_get_tag(view, tag, ERROR_BAD_CERTIFICATE, what, value, err);
}

static int end(struct bytes_view view, const char *what, struct error *err)
{
    return der_end(view, ERROR_BAD_CERTIFICATE, what, err);
}

/* ---- extensions: each gets its content, walked, with the extension's critical flag ---- */

static int parse_basic_constraints(struct bytes_view content, bool critical,
                                   struct certificate *certificate, struct error *err)
{
    struct der_value sequence, value;
    int64_t length;

    certificate->has_basic_constraints = true;
    certificate->basic_constraints_critical = critical;
    if (take(&content, DER_SEQUENCE, "value", &sequence, err) < 0)
        return -(int)err->code;
    content = sequence.content;
    if (der_take_tag(&content, DER_BOOLEAN, &value)) {
        if (value.content.data[0] == 0)
            return error_set(err, ERROR_NOT_DER, "cA: default is encoded (X.690 11.5)");
        certificate->is_ca = true;
    }
    if (content.size > 0) {
        if (take(&content, DER_INTEGER, "pathLenConstraint", &value, err) < 0)
            return -(int)err->code;
        if (der_integer(value.content, &length) < 0 || length > INT_MAX)
            return error_set(err, ERROR_BAD_CERTIFICATE, "pathLenConstraint out of range");
        if (!certificate->is_ca)
            return error_set(err, ERROR_BAD_CERTIFICATE, "pathLenConstraint without cA");
        certificate->path_length = (int)length;
    }
    return end(content, "basicConstraints", err);
}

static int parse_key_usage(struct bytes_view content, bool critical,
                           struct certificate *certificate, struct error *err)
{
    struct der_value bits;
    uint8_t last;

    certificate->has_key_usage = true;
    certificate->key_usage_critical = critical;
    if (take(&content, DER_BIT_STRING, "value", &bits, err) < 0)
        return -(int)err->code;
    if (bits.content.size < 2 || bits.content.size > 3)
        return error_set(err, ERROR_BAD_CERTIFICATE, "%zu bytes of bits", bits.content.size - 1);
    last = bits.content.data[bits.content.size - 1];
    if ((last >> bits.content.data[0] & 1) == 0)
        return error_set(err, ERROR_NOT_DER, "named bits end in a zero (X.690 11.2.2)");
    certificate->key_usage = (uint16_t)(bits.content.data[1] << 8);
    if (bits.content.size == 3)
        certificate->key_usage |= bits.content.data[2];
    return end(content, "keyUsage", err);
}

static int parse_extended_key_usage(struct bytes_view content, bool critical,
                                    struct certificate *certificate, struct error *err)
{
    struct der_value sequence, purpose;

    certificate->has_extended_key_usage = true;
    certificate->extended_key_usage_critical = critical;
    if (take(&content, DER_SEQUENCE, "value", &sequence, err) < 0)
        return -(int)err->code;
    while (sequence.content.size > 0) {
        if (take(&sequence.content, DER_OID, "purpose", &purpose, err) < 0)
            return -(int)err->code;
        if (certificate->extended_key_usage_count++ == 0)
            certificate->extended_key_usage = purpose.content;
    }
    return end(content, "extKeyUsage", err);
}

static int parse_subject_key_id(struct bytes_view content, bool critical,
                                struct certificate *certificate, struct error *err)
{
    struct der_value id;

    if (critical)
        return error_set(err, ERROR_BAD_CERTIFICATE, "critical (RFC 5280 4.2.1.2)");
    if (take(&content, DER_OCTET_STRING, "value", &id, err) < 0)
        return -(int)err->code;
    if (id.content.size == 0)
        return error_set(err, ERROR_BAD_CERTIFICATE, "empty");
    certificate->subject_key_identifier = id.content;
    return end(content, "subjectKeyIdentifier", err);
}

/* Only keyIdentifier: issuer and serial of the issuer would be a second, unchecked name. */
static int parse_authority_key_id(struct bytes_view content, bool critical,
                                  struct certificate *certificate, struct error *err)
{
    struct der_value sequence, id;

    if (critical)
        return error_set(err, ERROR_BAD_CERTIFICATE, "critical (RFC 5280 4.2.1.1)");
    if (take(&content, DER_SEQUENCE, "value", &sequence, err) < 0 ||
        take(&sequence.content, DER_CONTEXT(0), "keyIdentifier", &id, err) < 0 ||
        end(sequence.content, "keyIdentifier", err) < 0)
        return -(int)err->code;
    if (id.content.size == 0)
        return error_set(err, ERROR_BAD_CERTIFICATE, "empty");
    certificate->authority_key_identifier = id.content;
    return end(content, "authorityKeyIdentifier", err);
}

static int refuse_name_constraints(struct bytes_view content, bool critical,
                                   struct certificate *certificate, struct error *err)
{
    return error_set(err, ERROR_BAD_CERTIFICATE, "not in a private chain");
}

static const struct extension_row {
    const char *oid;
    const char *name;
    int (*parse)(struct bytes_view content, bool critical, struct certificate *certificate,
                 struct error *err);
} extension_rows[] = {
    {OID_BASIC_CONSTRAINTS, "basicConstraints", parse_basic_constraints},
    {OID_KEY_USAGE, "keyUsage", parse_key_usage},
    {OID_EXTENDED_KEY_USAGE, "extKeyUsage", parse_extended_key_usage},
    {OID_SUBJECT_KEY_ID, "subjectKeyIdentifier", parse_subject_key_id},
    {OID_AUTHORITY_KEY_ID, "authorityKeyIdentifier", parse_authority_key_id},
    {OID_NAME_CONSTRAINTS, "nameConstraints", refuse_name_constraints},
};

static const struct extension_row *extension_row(struct bytes_view oid)
{
    for (size_t i = 0; i < sizeof(extension_rows) / sizeof(extension_rows[0]); i++) {
        if (der_oid_is(oid, extension_rows[i].oid))
            return &extension_rows[i];
    }
    return NULL;
}

static int parse_extension(struct bytes_view extension, struct bytes_view *oid,
                           struct certificate *certificate, struct error *err)
{
    struct der_value id, flag, value;
    const struct extension_row *row;
    bool critical = false;

    if (take(&extension, DER_OID, "extnID", &id, err) < 0)
        return -(int)err->code;
    *oid = id.content;
    if (der_take_tag(&extension, DER_BOOLEAN, &flag)) {
        if (flag.content.data[0] == 0)
            return error_set(err, ERROR_NOT_DER, "critical: default is encoded (X.690 11.5)");
        critical = true;
    }
    if (take(&extension, DER_OCTET_STRING, "extnValue", &value, err) < 0 ||
        end(extension, "extnValue", err) < 0)
        return -(int)err->code;
    row = extension_row(id.content);
    if (row == NULL)
        return critical ? error_set(err, ERROR_BAD_CERTIFICATE, "unknown and critical") : 0;
    if (der_walk(value.content, EXTENSION_DEPTH, err) < 0 ||
        row->parse(value.content, critical, certificate, err) < 0)
        return error_context(err, "%s", row->name);
    return 0;
}

static int parse_extensions(struct bytes_view list, struct certificate *certificate,
                            struct error *err)
{
    struct bytes_view seen[LIMIT_CERTIFICATE_EXTENSIONS];
    struct der_value extension;
    size_t count = 0;

    while (list.size > 0) {
        if (count == LIMIT_CERTIFICATE_EXTENSIONS)
            return error_set(err, ERROR_LIMIT, "more than CERTIFICATE_EXTENSIONS (%d)",
                             LIMIT_CERTIFICATE_EXTENSIONS);
        if (take(&list, DER_SEQUENCE, "extension", &extension, err) < 0 ||
            parse_extension(extension.content, &seen[count], certificate, err) < 0)
            return error_context(err, "extensions[%zu]", count);
        for (size_t i = 0; i < count; i++) {
            if (bytes_equal(seen[i], seen[count]))
                return error_set(err, ERROR_BAD_CERTIFICATE, "extensions[%zu] occurs twice", count);
        }
        count++;
    }
    return 0;
}

/* ---- the certificate ---- */

/* Time up to 2049 is UTCTime, GeneralizedTime without a fraction from 2050 on (RFC 5280 4.1.2.5).
 */
static int parse_time(struct bytes_view *view, const char *what, int64_t *instant_us,
                      struct error *err)
{
    const int64_t year_2050_us = INT64_C(2524608000) * INSTANT_SECOND_US;
    struct der_value value;
    bool general;

    if (der_get(view, &value, err) < 0 || der_time(&value, instant_us) < 0)
        return error_set(err, ERROR_BAD_CERTIFICATE, "%s: not a time", what);
    general = value.tag == DER_GENERALIZED_TIME;
    if (general != (*instant_us >= year_2050_us) || *instant_us % INSTANT_SECOND_US != 0)
        return error_set(err, ERROR_BAD_CERTIFICATE, "%s: not in the form of its year", what);
    return 0;
}

static int parse_validity(struct bytes_view content, struct certificate *certificate,
                          struct error *err)
{
    if (parse_time(&content, "notBefore", &certificate->not_before_us, err) < 0 ||
        parse_time(&content, "notAfter", &certificate->not_after_us, err) < 0 ||
        end(content, "notAfter", err) < 0)
        return -(int)err->code;
    if (certificate->not_after_us < certificate->not_before_us)
        return error_set(err, ERROR_BAD_CERTIFICATE, "validity ends before it begins");
    return 0;
}

static int parse_serial(struct bytes_view *view, struct certificate *certificate, struct error *err)
{
    struct der_value serial;

    if (take(view, DER_INTEGER, "serialNumber", &serial, err) < 0)
        return -(int)err->code;
    if (serial.content.size > LIMIT_SERIAL_BYTES)
        return error_set(err, ERROR_BAD_CERTIFICATE, "serialNumber of %zu bytes",
                         serial.content.size);
    if (serial.content.data[0] >= 0x80 || (serial.content.size == 1 && serial.content.data[0] == 0))
        return error_set(err, ERROR_BAD_CERTIFICATE, "serialNumber is not positive");
    certificate->serial = serial.content;
    return 0;
}

static int parse_version(struct bytes_view *view, struct error *err)
{
    struct der_value wrapper, version;
    int64_t number;

    if (!der_take_tag(view, DER_CONTEXT_OF(0), &wrapper))
        return error_set(err, ERROR_BAD_CERTIFICATE, "version 1 in place of 3");
    if (take(&wrapper.content, DER_INTEGER, "version", &version, err) < 0 ||
        end(wrapper.content, "version", err) < 0)
        return -(int)err->code;
    if (der_integer(version.content, &number) < 0 || number != 2)
        return error_set(err, ERROR_BAD_CERTIFICATE, "not version 3");
    return 0;
}

static int parse_names(struct bytes_view *view, struct certificate *certificate, struct error *err)
{
    struct der_value issuer, validity, subject, key;

    if (take(view, DER_SEQUENCE, "issuer", &issuer, err) < 0 ||
        take(view, DER_SEQUENCE, "validity", &validity, err) < 0 ||
        parse_validity(validity.content, certificate, err) < 0 ||
        take(view, DER_SEQUENCE, "subject", &subject, err) < 0 ||
        take(view, DER_SEQUENCE, "subjectPublicKeyInfo", &key, err) < 0)
        return -(int)err->code;
    if (issuer.content.size == 0 || subject.content.size == 0)
        return error_set(err, ERROR_BAD_CERTIFICATE, "a name is empty");
    certificate->issuer = issuer.whole;
    certificate->subject = subject.whole;
    certificate->spki = key.whole;
    return signature_check_key(key.whole, err);
}

static int parse_tbs(struct bytes_view tbs, struct certificate *certificate, struct error *err)
{
    struct der_value algorithm, wrapper, list;

    if (parse_version(&tbs, err) < 0 || parse_serial(&tbs, certificate, err) < 0 ||
        take(&tbs, DER_SEQUENCE, "signature", &algorithm, err) < 0)
        return -(int)err->code;
    if (!signature_is_ecdsa_sha384(algorithm.whole))
        return error_set(err, ERROR_WEAK_ALGORITHM, "signed with another algorithm");
    if (parse_names(&tbs, certificate, err) < 0)
        return -(int)err->code;
    if (take(&tbs, DER_CONTEXT_OF(3), "extensions", &wrapper, err) < 0 ||
        end(tbs, "extensions", err) < 0 ||
        take(&wrapper.content, DER_SEQUENCE, "extensions", &list, err) < 0 ||
        end(wrapper.content, "extensions", err) < 0)
        return -(int)err->code;
    return parse_extensions(list.content, certificate, err);
}

static int parse_certificate(struct bytes_view der, struct certificate *certificate,
                             struct error *err)
{
    struct der_value whole, tbs, algorithm, signature;

    if (take(&der, DER_SEQUENCE, "certificate", &whole, err) < 0 ||
        take(&whole.content, DER_SEQUENCE, "tbsCertificate", &tbs, err) < 0 ||
        take(&whole.content, DER_SEQUENCE, "signatureAlgorithm", &algorithm, err) < 0 ||
        take(&whole.content, DER_BIT_STRING, "signatureValue", &signature, err) < 0 ||
        end(whole.content, "signatureValue", err) < 0)
        return -(int)err->code;
    if (!signature_is_ecdsa_sha384(algorithm.whole))
        return error_set(err, ERROR_WEAK_ALGORITHM, "signed with another algorithm");
    if (signature.content.data[0] != 0)
        return error_set(err, ERROR_BAD_CERTIFICATE, "signatureValue is not whole bytes");
    certificate->tbs = tbs.whole;
    certificate->signature = bytes_view_of(signature.content.data + 1, signature.content.size - 1);
    return parse_tbs(tbs.content, certificate, err);
}

int certificate_parse(struct bytes_view der, struct certificate *certificate, struct error *err)
{
    *certificate = (struct certificate){.der = der, .path_length = -1};
    if (der.size > LIMIT_CERTIFICATE_BYTES)
        return error_set(err, ERROR_LIMIT, "certificate of %zu bytes: more than CERTIFICATE_BYTES",
                         der.size);
    if (der_walk(der, LIMIT_DER_DEPTH, err) < 0 || parse_certificate(der, certificate, err) < 0)
        return error_context(err, "certificate");
    return 0;
}

bool certificate_names_issuer(const struct certificate *subject, const struct certificate *issuer)
{
    if (!bytes_equal(subject->issuer, issuer->subject))
        return false;
    return subject->authority_key_identifier.size == 0 ||
           issuer->subject_key_identifier.size == 0 ||
           bytes_equal(subject->authority_key_identifier, issuer->subject_key_identifier);
}

bool certificate_is_self_issued(const struct certificate *certificate)
{
    return bytes_equal(certificate->issuer, certificate->subject);
}

int certificate_verify(const struct certificate *subject, const struct certificate *issuer,
                       struct error *err)
{
    uint8_t digest[DIGEST_BYTES];

    digest_of(subject->tbs.data, subject->tbs.size, digest);
    if (signature_verify(issuer->spki, digest, subject->signature, err) < 0)
        return error_context(err, "certificate");
    return 0;
}

void certificate_key_id(const struct certificate *certificate, uint8_t id[static DIGEST_BYTES])
{
    digest_of(certificate->spki.data, certificate->spki.size, id);
}

void certificate_digest(const struct certificate *certificate, uint8_t digest[static DIGEST_BYTES])
{
    digest_of(certificate->der.data, certificate->der.size, digest);
}

const char *certificate_name(const struct certificate *certificate,
                             char out[static CERTIFICATE_NAME_BYTES])
{
    gnutls_datum_t der = {(unsigned char *)(uintptr_t)certificate->der.data,
                          (unsigned)certificate->der.size};
    gnutls_datum_t text = {0};
    gnutls_x509_crt_t handle = NULL;
    size_t size = 1;

    memcpy(out, "?", 2);
    if (gnutls_x509_crt_init(&handle) >= 0 &&
        gnutls_x509_crt_import(handle, &der, GNUTLS_X509_FMT_DER) >= 0 &&
        gnutls_x509_crt_get_dn3(handle, &text, 0) >= 0) {
        size = text.size < CERTIFICATE_NAME_BYTES ? text.size : CERTIFICATE_NAME_BYTES - 1;
        memcpy(out, text.data, size);
        out[size] = '\0';
    }
    gnutls_free(text.data);
    gnutls_x509_crt_deinit(handle);
    return out;
}
