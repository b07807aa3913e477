/* SPDX-License-Identifier: ISC
 *
 * One ECDSA signature on P-384 over a SHA-384 digest, verified. GnuTLS does the arithmetic; it is
 * lenient about the encoding (Wycheproof), so key and signature are judged here before it sees
 * them.
 */
#ifndef MEDIA_SIGNATURE_H
#define MEDIA_SIGNATURE_H

#include <stdbool.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/digest.h"

/* Whether a DER AlgorithmIdentifier is SHA-384 (parameters absent or NULL: RFC 5754 2 has readers
 * take both), or ecdsa-with-SHA384 (parameters absent: RFC 5758 3.2). */
bool signature_is_sha384(struct bytes_view algorithm);
bool signature_is_ecdsa_sha384(struct bytes_view algorithm);

/* ECDSA-Sig-Value: SEQUENCE of two minimal INTEGERs, each 1..n-1, nothing after them.
 * ERROR_NOT_DER for the encoding, ERROR_BAD_SIGNATURE for the range. */
int signature_check_form(struct bytes_view signature, struct error *err) ERROR_MUST_CHECK;

/* A DER SubjectPublicKeyInfo must be id-ecPublicKey, secp384r1, an uncompressed point; else
 * ERROR_WEAK_ALGORITHM. That the point is on the curve is checked by signature_verify. */
int signature_check_key(struct bytes_view spki, struct error *err) ERROR_MUST_CHECK;

/* Both checks, then the arithmetic. ERROR_BAD_SIGNATURE when it doesn't verify, or the key is no
 * point of the curve; ERROR_INTERNAL when GnuTLS could not judge (memory). */
int signature_verify(struct bytes_view spki, const uint8_t digest[static DIGEST_BYTES],
                     struct bytes_view signature, struct error *err) ERROR_MUST_CHECK;

#endif
