/* SPDX-License-Identifier: ISC
 *
 * Making the private chain (libmediawrite): root CA, issuing CA (pathLen 0), leaves of one role
 * each, CRLs. P-384 and SHA-384 only; serials are 16 random bytes, positive; key identifiers are
 * the first 20 bytes of SHA-384 over the SubjectPublicKeyInfo (RFC 7093's method with our digest).
 */
#ifndef MEDIA_CERTIFY_H
#define MEDIA_CERTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/document.h"
#include "media/key.h"

#define CERTIFY_SUBJECT_BYTES  64  /* of O and of CN (RFC 5280, ub-common-name) */
#define CERTIFY_TIMESTAMP_DAYS 460 /* a TSA certificate lives 15 months at most */

/* ERROR_USAGE when empty, too long or not UTF-8, or when the times do not rise. */
struct certify_request {
    const char *organisation;            /* subject O */
    const char *name;                    /* subject CN */
    int64_t not_before_us, not_after_us; /* fractions of a second are dropped */
};

/* Self-signed root: CA, pathLen 1, keyCertSign and cRLSign. PEM appended to pem. The key gets it as
 * its path, and so can issue. */
int certify_root(struct key *key, const struct certify_request *request, struct bytes *pem,
                 struct error *err) ERROR_MUST_CHECK;
/* Issuing CA under a root: pathLen 0. `issuer` must hold its own certificate (key_set_path with the
 * root's PEM). Nothing outlives its issuer: ERROR_NOT_VALID_THEN. */
int certify_issuer(const struct key *issuer, const struct key *subject,
                   const struct certify_request *request, struct bytes *pem,
                   struct error *err) ERROR_MUST_CHECK;
/* Leaf for a role: critical digitalSignature, critical single EKU, CA false. */
int certify_leaf(const struct key *issuer, const struct key *subject, enum document_role role,
                 const struct certify_request *request, struct bytes *pem,
                 struct error *err) ERROR_MUST_CHECK;

/* An endpoint's own certificate for receipts: self-signed, no CA, role ROLE_ENDPOINT. Trusted by
 * its pinned key only. The key gets it as its path. */
int certify_endpoint(struct key *key, const struct certify_request *request, struct bytes *pem,
                     struct error *err) ERROR_MUST_CHECK;

struct certify_revocation {
    struct bytes_view serial; /* INTEGER content bytes */
    int64_t revoked_us;
    int64_t invalid_since_us; /* invalidityDate; 0: none */
    bool key_compromise;      /* else the reason is left open */
};

/* DER CRL v2 with cRLNumber and authorityKeyIdentifier, signed by issuer; appended to der. Entries
 * stand in the order given. ERROR_BAD_CRL for a serial twice, ERROR_LIMIT for more than LIMIT_CRL_ENTRIES or number > INT64_MAX. */
int certify_crl(const struct key *issuer, uint64_t number, int64_t this_update_us,
                int64_t next_update_us, const struct certify_revocation *revocations, size_t count,
                struct bytes *der, struct error *err) ERROR_MUST_CHECK;

#endif
