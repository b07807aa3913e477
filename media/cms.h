/* SPDX-License-Identifier: ISC
 *
 * CMS SignedData in the one profile that Sallyport reads (sallyport-set.5, Signed documents), for
 * documents and for timestamp tokens: parsed from strict DER into views, then verified signature by
 * signature. Whether the signers may be believed (chain.h), when they signed (timestamp.h) and what
 * that allows (trust.h) is decided elsewhere. GnuTLS's own PKCS #7 code is never asked.
 */
#ifndef MEDIA_CMS_H
#define MEDIA_CMS_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/base/limits.h"
#include "media/certificate.h"
#include "media/digest.h"
#include "media/document.h"

/* What a document must be. */
struct cms_profile {
    const char *content_type; /* dotted eContentType */
    size_t limit;             /* bytes of the whole */
    unsigned depth;           /* der_walk's */
    bool token_demanded;      /* exactly one signature-time-stamp a signer; else none at all */
    bool foreign;             /* made by other software (timestamp tokens): signingTime may be
                                 absent, ESSCertIDv2 may name issuer and serial, one signer only */
    bool self_signed;         /* the only certificate is the signer's own self-signed one (receipts,
                                 whose key is pinned) */
};

struct cms_signer {
    struct bytes_view issuer;         /* of the signer's certificate: Name with its tag */
    struct bytes_view serial;         /* INTEGER content */
    struct bytes_view attributes;     /* signedAttrs with its tag; hashed as a SET (RFC 5652 5.4) */
    bool has_signing_time;            /* always for documents */
    int64_t signing_time_us;          /* a claim */
    struct bytes_view message_digest; /* DIGEST_BYTES */
    struct bytes_view certificate_hash; /* DIGEST_BYTES; of signing-certificate-v2 */
    struct bytes_view ess_issuer;       /* IssuerSerial's directoryName; empty: absent */
    struct bytes_view ess_serial;
    struct bytes_view signature; /* ECDSA-Sig-Value; a token's imprint is over these bytes */
    struct bytes_view token;     /* signature-time-stamp's value; empty for kinds without one */
    size_t path_count;           /* certificates of the path, without the root */
    size_t path[LIMIT_CHAIN_CERTIFICATES]; /* indices into certificates, leaf first */
};

/* All views borrow from the bytes that were parsed. About 40 KiB: not for the stack of a deep call.
 */
struct cms {
    struct bytes_view content; /* eContent */
    size_t signer_count;
    struct cms_signer signers[LIMIT_SIGNERS]; /* in the document's order (DER SET OF) */
    size_t certificate_count;
    struct certificate certificates[LIMIT_CERTIFICATES];
};

/* The profile of a kind of document. */
struct cms_profile cms_profile_of(enum document_kind kind);

/* Parses; verifies nothing. In this order:
 *   ERROR_LIMIT               more bytes, signers or certificates than allowed
 *   ERROR_NOT_DER             anything that der_walk refuses, unsorted sets behind IMPLICIT tags
 *   ERROR_WRONG_KIND          eContentType isn't the profile's
 *   ERROR_WEAK_ALGORITHM      a digest or signature algorithm but SHA-384 and ecdsa-with-SHA384
 *   ERROR_ATTRIBUTE_MISSING, ERROR_ATTRIBUTE_DUPLICATE, ERROR_ATTRIBUTE_MISMATCH (contentType
 *                             attribute is not eContentType)
 *   ERROR_TIMESTAMP_MISSING   no signature-time-stamp where one is demanded
 *   ERROR_BAD_CMS             all else that leaves the profile: versions, absent content, absent
 *                             signers, other attributes, crls, subject key identifiers, ...
 *   certificate_parse's       of a certificate
 *   ERROR_SIGNER_UNKNOWN      no certificate has the signer's issuer and serial
 *   ERROR_EXTRA_CERTIFICATE   a certificate twice, on nobody's path, or a root
 *   ERROR_CHAIN_ORDER         certificates not in path order
 * Path order: the first signer's path leaf first without the root, then of the next signer's path
 * those that aren't there yet, and so on. `certificates` is exempt from the order of a SET OF: so
 * openssl writes it, and the order says what belongs to whom. */
int cms_parse(const struct cms_profile *profile, struct bytes_view document, struct cms *cms,
              struct error *err) ERROR_MUST_CHECK;

/* Verifies every signer, by its certificate:
 *   ERROR_SAME_KEY_TWICE      two signers with one public key
 *   ERROR_ATTRIBUTE_MISMATCH  messageDigest isn't SHA-384 of the content; signing-certificate-v2
 *                             isn't of the signer's certificate
 *   ERROR_BAD_SIGNATURE, ERROR_NOT_DER (of r and s)
 * Chains aren't judged. */
int cms_verify(const struct cms *cms, struct error *err) ERROR_MUST_CHECK;

/* The certificates of a signer's path, leaf first. Returns how many. */
size_t cms_path(const struct cms *cms, size_t signer,
                const struct certificate *path[static LIMIT_CHAIN_CERTIFICATES]);

#endif
