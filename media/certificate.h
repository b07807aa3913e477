/* SPDX-License-Identifier: ISC
 *
 * One certificate: its fields, as far as they can be judged without knowing its place in a chain
 * (chain.h does the rest). Everything is a view into the DER that it was parsed from.
 */
#ifndef MEDIA_CERTIFICATE_H
#define MEDIA_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/digest.h"

#define CERTIFICATE_NAME_BYTES 256

/* Bits of key_usage (RFC 5280 4.2.1.3), the first bit of the BIT STRING highest. */
#define CERTIFICATE_DIGITAL_SIGNATURE 0x8000
#define CERTIFICATE_KEY_CERT_SIGN     0x0400
#define CERTIFICATE_CRL_SIGN          0x0200

struct certificate {
    struct bytes_view der;     /* the whole certificate */
    struct bytes_view tbs;     /* TBSCertificate with its tag: what the issuer signed */
    struct bytes_view serial;  /* INTEGER content */
    struct bytes_view issuer;  /* Name with its tag */
    struct bytes_view subject; /* Name with its tag */
    struct bytes_view spki;    /* SubjectPublicKeyInfo with its tag */
    struct bytes_view signature;
    int64_t not_before_us, not_after_us; /* both included */

    bool has_basic_constraints, basic_constraints_critical, is_ca;
    int path_length; /* -1: no bound */
    bool has_key_usage, key_usage_critical;
    uint16_t key_usage;
    bool has_extended_key_usage, extended_key_usage_critical;
    size_t extended_key_usage_count;
    struct bytes_view extended_key_usage;       /* OID content of the first */
    struct bytes_view subject_key_identifier;   /* empty: absent */
    struct bytes_view authority_key_identifier; /* its keyIdentifier; empty: absent */
};

/* Parses one certificate that must fill `der` exactly. Refuses what no certificate of a private
 * chain has:
 *   ERROR_LIMIT            over LIMIT_CERTIFICATE_BYTES or LIMIT_CERTIFICATE_EXTENSIONS
 *   ERROR_NOT_DER          not strict DER, encoded defaults included
 *   ERROR_WEAK_ALGORITHM   signature or key other than ecdsa-with-SHA384 and P-384
 *   ERROR_BAD_CERTIFICATE  not version 3; serial not positive or over 20 bytes; unique ids; an
 *                          extension twice, unknown and critical, malformed, or nameConstraints;
 *                          validity backwards
 * The signature isn't verified and time isn't looked at. */
int certificate_parse(struct bytes_view der, struct certificate *certificate,
                      struct error *err) ERROR_MUST_CHECK;

/* Whether `issuer` may have issued `subject`: names equal by bytes, key identifiers equal where
 * both are present. Proves nothing: certificate_verify does. */
bool certificate_names_issuer(const struct certificate *subject, const struct certificate *issuer);
/* Issuer and subject name are the same. */
bool certificate_is_self_issued(const struct certificate *certificate);
/* Verifies the signature on `subject` with the issuer's key. ERROR_BAD_SIGNATURE. */
int certificate_verify(const struct certificate *subject, const struct certificate *issuer,
                       struct error *err) ERROR_MUST_CHECK;

/* SHA-384 of the SubjectPublicKeyInfo: what pins, "same key" and CRL issuers go by. */
void certificate_key_id(const struct certificate *certificate, uint8_t id[static DIGEST_BYTES]);
/* SHA-384 of the whole certificate: what signing-certificate-v2 names. */
void certificate_digest(const struct certificate *certificate, uint8_t digest[static DIGEST_BYTES]);
/* Subject as RFC 4514 text, cut to fit; "?" where GnuTLS can't print it. Escape before showing. */
const char *certificate_name(const struct certificate *certificate,
                             char out[static CERTIFICATE_NAME_BYTES]);

#endif
