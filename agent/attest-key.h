/* SPDX-License-Identifier: ISC
 *
 * The endpoint's own key: P-384, with a certificate that it signs itself. It speaks for the endpoint
 * (attestations) and for nothing that an endpoint accepts: no medium is ever judged by it. Used in
 * sallyport-attest alone.
 */
#ifndef AGENT_ATTEST_KEY_H
#define AGENT_ATTEST_KEY_H

#include "media/base/bytes.h"
#include "media/base/error.h"

/* A new key (PKCS #8) and its certificate, "CN=endpoint", both PEM, as one file. Without an end: a
 * report is checked years later. */
int attest_key_create(const char *endpoint, struct bytes *file, struct error *err) ERROR_MUST_CHECK;

/* Signs the statement (CMS SignedData, SHA-384, the statement and the certificate in it), and appends
 * to out: u32 size of the certificate, the certificate (PEM), the DER. ERROR_STATE_CORRUPT where the
 * file is not what attest_key_create made. */
int attest_key_sign(struct bytes_view file, struct bytes_view statement, struct bytes *out,
                    struct error *err) ERROR_MUST_CHECK;

#endif
