/* SPDX-License-Identifier: ISC
 *
 * Writing CMS SignedData (libmediawrite): one SignerInfo after the other, then the whole. For
 * sign.c (documents) and sign-timestamp.c (tokens) only; media/sign.h says what the result is.
 */
#ifndef MEDIA_SIGN_CMS_H
#define MEDIA_SIGN_CMS_H

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/digest.h"
#include "media/key.h"

#define SIGN_SIGNATURE_BYTES 128 /* a P-384 ECDSA-Sig-Value is at most 104 */
#define SIGN_INFO_BYTES      (LIMIT_TOKEN_BYTES + 4 * KIB)

/* What one key says about one content. */
struct sign_statement {
    const struct key *key;
    const char *content_type; /* dotted eContentType */
    uint8_t content_digest[DIGEST_BYTES];
    int64_t signing_time_us; /* fractions of a second are dropped */
};

/* Appends the signature value over the DER of the statement's signed attributes. */
int sign_cms_statement(const struct sign_statement *statement, struct bytes *signature,
                       struct error *err) ERROR_MUST_CHECK;

/* Appends the SignerInfo. An empty token: no unsigned attributes. */
int sign_cms_info(const struct sign_statement *statement, struct bytes_view signature,
                  struct bytes_view token, struct bytes *info, struct error *err) ERROR_MUST_CHECK;

/* One signer of a whole: its SignerInfo and the path of its certificate, leaf first. Borrowed. */
struct sign_signer {
    struct bytes_view info;
    size_t path_count;
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
};

/* Appends ContentInfo with SignedData. Sorts the signers as DER sorts a SET OF; certificates follow
 * in that order, path by path, each one once. */
int sign_cms_whole(const char *content_type, struct bytes_view content, struct sign_signer *signers,
                   size_t count, struct bytes *whole, struct error *err) ERROR_MUST_CHECK;

#endif
