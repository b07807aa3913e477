/* SPDX-License-Identifier: ISC
 *
 * Timestamps over signature values (libmediawrite), from the built-in authority or from a server:
 * what sign.c puts into signature-time-stamp. The built-in one makes RFC 3161 tokens with genTime
 * to the microsecond and a random serial, under the policy arc.3.1.
 */
#ifndef MEDIA_SIGN_TIMESTAMP_H
#define MEDIA_SIGN_TIMESTAMP_H

#include "media/base/bytes.h"
#include "media/sign.h"

/* How far a genTime may lie from its signingTime before sign_document gives up on it: the default
 * window of root documents. */
#define SIGN_WINDOW_BEFORE_US (5 * INSTANT_MINUTE_US)
#define SIGN_WINDOW_AFTER_US  (15 * INSTANT_MINUTE_US)

/* Appends a token over SHA-384 of the signature value, checked against cms.h and timestamp.h; its
 * genTime is later than timestamper->not_before_us, for which this waits at most 2 s, else
 * ERROR_TIMESTAMP_WINDOW. */
int sign_timestamp(const struct sign_timestamper *timestamper, struct bytes_view signature,
                   struct bytes *token, struct error *err) ERROR_MUST_CHECK;

#endif
