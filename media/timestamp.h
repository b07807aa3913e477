/* SPDX-License-Identifier: ISC
 *
 * RFC 3161 timestamp tokens over signature values. The token is a CMS document of its own
 * (cms.h, profile `foreign`) around a TSTInfo. The chain of the authority is judged by the caller:
 * chain_verify(timestamp_path, ROLE_TIMESTAMP, time_us).
 */
#ifndef MEDIA_TIMESTAMP_H
#define MEDIA_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/certificate.h"
#include "media/cms.h"
#include "media/digest.h"

/* TSTInfo. Views borrow from the bytes that were parsed. */
struct timestamp_info {
    struct bytes_view policy;  /* OID content */
    struct bytes_view imprint; /* DIGEST_BYTES */
    struct bytes_view serial;  /* INTEGER content, positive, at most 20 bytes */
    int64_t time_us;           /* genTime */
    int64_t accuracy_us;       /* 0: not said */
    bool ordering;
    struct bytes_view nonce; /* INTEGER content; empty: absent */
    struct bytes_view tsa;   /* Name with its tag; empty: absent */
};

struct timestamp {
    struct timestamp_info info;
    struct cms cms; /* one signer: the authority */
};

/* Parses the DER of a TSTInfo alone. ERROR_NOT_DER; ERROR_WEAK_ALGORITHM for an imprint other than
 * SHA-384; ERROR_BAD_TIMESTAMP for the rest: version, serial, genTime finer than a microsecond,
 * accuracy over LIMIT_ACCURACY_SECONDS, nonce over LIMIT_NONCE_BYTES, a tsa that is no
 * directoryName, critical extensions. */
int timestamp_parse_info(struct bytes_view der, struct timestamp_info *info,
                         struct error *err) ERROR_MUST_CHECK;

/* Parses a token. As cms_parse, then as timestamp_parse_info; more than one signer is
 * ERROR_BAD_TIMESTAMP. */
int timestamp_parse(struct bytes_view token, struct timestamp *timestamp,
                    struct error *err) ERROR_MUST_CHECK;

/* Verifies that the token is over `signature` (ERROR_TIMESTAMP_IMPRINT), that tsa, where present,
 * is its signer's subject (ERROR_BAD_TIMESTAMP), and the token's own signature (cms_verify). */
int timestamp_verify(const struct timestamp *timestamp, struct bytes_view signature,
                     struct error *err) ERROR_MUST_CHECK;

/* The authority's path, leaf first. Returns how many. */
size_t timestamp_path(const struct timestamp *timestamp,
                      const struct certificate *path[static LIMIT_CHAIN_CERTIFICATES]);

/* Whether genTime lies within [signing time - before, signing time + after], both included.
 * ERROR_TIMESTAMP_WINDOW. */
int timestamp_check_window(int64_t time_us, int64_t signing_time_us, int64_t before_us,
                           int64_t after_us, struct error *err) ERROR_MUST_CHECK;

#endif
