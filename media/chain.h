/* SPDX-License-Identifier: ISC
 *
 * Certificate chains of the private PKI: an ordered path, leaf first, up to a root of a
 * given list, judged for one role at a given instant. Never at "now": a certificate that has
 * expired since is fine. The system's certificates are never looked at.
 */
#ifndef MEDIA_CHAIN_H
#define MEDIA_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/base/limits.h"
#include "media/certificate.h"
#include "media/document.h"

/* Roots that may be believed. */
struct chain_roots {
    size_t count;
    struct certificate certificates[LIMIT_ROOT_CERTIFICATES]; /* borrow from their DER */
};

/* Adds a root: certificate_parse, then self-issued and self-signed, CA with critical
 * basicConstraints and keyUsage keyCertSign (ERROR_BAD_CERTIFICATE); the same one again is
 * ERROR_EXTRA_CERTIFICATE; over LIMIT_ROOT_CERTIFICATES ERROR_LIMIT. *roots starts zeroed. */
int chain_add_root(struct chain_roots *roots, struct bytes_view der,
                   struct error *err) ERROR_MUST_CHECK;

/* Judges path[0..count-1] (leaf to the last issuing CA, without the root):
 *   ERROR_LIMIT            longer than LIMIT_CHAIN_CERTIFICATES with its root
 *   ERROR_CHAIN_ORDER      names or key identifiers don't link
 *   ERROR_UNTRUSTED_ROOT   no root of the list issued the last one
 *   ERROR_BAD_CERTIFICATE  an issuer that is no CA, basicConstraints not critical, a leaf that is a
 *                          CA, an issuer with an extended key usage, or without the key
 *                          identifier that rotation and revocation lists go by
 *   ERROR_PATH_LENGTH      pathLenConstraint of the root or of an issuer; a root-sign leaf that a
 *                          root did not issue itself, another leaf that a root did issue itself
 *   ERROR_WRONG_USAGE      leaf: keyUsage not exactly digitalSignature or not critical; extended
 *                          key usage absent, not critical, not single; issuer: no keyCertSign
 *   ERROR_WRONG_ROLE       the single extended key usage is another role's
 *   ERROR_NOT_VALID_THEN   a certificate of the path, or the root, wasn't valid at at_us
 *   ERROR_BAD_SIGNATURE    a certificate isn't signed by its issuer
 * and last GnuTLS's own opinion of the whole ordered list with time checks off
 * (ERROR_BAD_CERTIFICATE). *root (may be NULL) gets the root's index in the list. */
int chain_verify(const struct chain_roots *roots, const struct certificate *const *path,
                 size_t count, enum document_role role, int64_t at_us, size_t *root,
                 struct error *err) ERROR_MUST_CHECK;

#endif
