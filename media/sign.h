/* SPDX-License-Identifier: ISC
 *
 * Making signed documents (libmediawrite): CMS SignedData with one SignerInfo a key, each
 * timestamped where the kind asks for it, exactly in the form that media/cms.h accepts. Never
 * linked into an endpoint program.
 *
 * Choices within the profile: signers are named by issuer and serial (SignerInfo version 1); the
 * ESSCertIDv2 holds the SHA-384 of the certificate and no issuerSerial; algorithm identifiers have
 * no parameters. What is made is parsed and verified before it is handed out; only its root, CRLs
 * and thresholds are not judged here.
 */
#ifndef MEDIA_SIGN_H
#define MEDIA_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/document.h"
#include "media/key.h"

/* Where timestamps come from: the built-in TSA (key != NULL) or an RFC 3161 server (url != NULL).
 */
struct sign_timestamper {
    const struct key *key; /* ROLE_TIMESTAMP, with its path */
    const char *url;       /* http:// or https:// */
    const char *ca_file;   /* PEM for TLS; may be NULL */
    int64_t not_before_us; /* genTime must be later than this: the mirror never signs backwards. The
                              built-in TSA waits at most 2 s, then ERROR_TIMESTAMP_WINDOW */
};

/* Signs `json` as a document of `kind` with every key. The whole .p7m is appended to document.
 * *time_us (may be NULL) gets the earliest genTime, or signingTime for kinds without tokens.
 * timestamper may be NULL for those. ERROR_SAME_KEY_TWICE; ERROR_WRONG_ROLE when a key's
 * certificate is of another role; ERROR_NOT_VALID_THEN when a certificate is not valid now;
 * ERROR_TIMESTAMP_MISSING, ERROR_TIMESTAMP_WINDOW, tsa_client_ask's; ERROR_LIMIT. */
int sign_document(enum document_kind kind, struct bytes_view json, const struct key *const *keys,
                  size_t key_count, const struct sign_timestamper *timestamper,
                  struct bytes *document, int64_t *time_us, struct error *err) ERROR_MUST_CHECK;

/* Adds one more SignerInfo to a document, which must verify. ERROR_SAME_KEY_TWICE when that key has
 * signed. *time_us as above, over all signers. `before` and `document` are different memory. */
int sign_again(enum document_kind kind, struct bytes_view before, const struct key *key,
               const struct sign_timestamper *timestamper, struct bytes *document, int64_t *time_us,
               struct error *err) ERROR_MUST_CHECK;

#endif
