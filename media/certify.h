/* SPDX-License-Identifier: ISC
 *
 * Making the private chain (libmediawrite): root CA, issuing CA (pathLen 0), leaves of one role
 * each, CRLs.
 */
#ifndef MEDIA_CERTIFY_H
#define MEDIA_CERTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/document.h"
#include "media/key.h"

struct certify_request {
    const char *organisation; /* subject O */
    const char *name;         /* subject CN */
    int64_t not_before_us, not_after_us;
};

/* Self-signed root: CA, keyCertSign and cRLSign. PEM appended to pem. The key gets it as its path's
 * issuer. */
int certify_root(struct key *key, const struct certify_request *request, struct bytes *pem,
                 struct error *err) ERROR_MUST_CHECK;
/* Issuing CA under a root: pathLen 0. `issuer` must hold its own certificate (key_set_path with the
 * root's PEM). */
int certify_issuer(const struct key *issuer, const struct key *subject,
                   const struct certify_request *request, struct bytes *pem,
                   struct error *err) ERROR_MUST_CHECK;
/* Leaf for a role: critical digitalSignature, critical single EKU, CA false. */
int certify_leaf(const struct key *issuer, const struct key *subject, enum document_role role,
                 const struct certify_request *request, struct bytes *pem,
                 struct error *err) ERROR_MUST_CHECK;

struct certify_revocation {
    struct bytes_view serial; /* INTEGER content bytes */
    int64_t revoked_us;
    int64_t invalid_since_us; /* invalidityDate; 0: none */
    bool key_compromise;
};

/* DER CRL v2 with cRLNumber, signed by issuer. */
int certify_crl(const struct key *issuer, uint64_t number, int64_t this_update_us,
                int64_t next_update_us, const struct certify_revocation *revocations, size_t count,
                struct bytes *der, struct error *err) ERROR_MUST_CHECK;

#endif
