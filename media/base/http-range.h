/* SPDX-License-Identifier: ISC
 *
 * Byte ranges of HTTP (RFC 9110, 14): what a client asks (Range) and what a server says that it
 * sends (Content-Range). Only single ranges of bytes.
 */
#ifndef MEDIA_BASE_HTTP_RANGE_H
#define MEDIA_BASE_HTTP_RANGE_H

#include <stdint.h>

#include "media/base/error.h"

enum http_range {
    HTTP_RANGE_NONE, /* not one range of bytes: a server answers as if nothing had been asked */
    HTTP_RANGE_PART, /* first to last */
    HTTP_RANGE_UNSATISFIABLE
};

/* "bytes=A-B", "bytes=A-" or "bytes=-N" of a file of `size` bytes. *first and *last (both are sent)
 * are set for HTTP_RANGE_PART. */
enum http_range http_range_read(const char *text, uint64_t size, uint64_t *first, uint64_t *last);

/* "bytes A-B/SIZE" in just this form, A <= B < SIZE. 0, or -1. */
int http_range_content(const char *text, uint64_t *first, uint64_t *last,
                       uint64_t *size) ERROR_MUST_CHECK;

/* A decimal number without sign or blanks, up to the first other byte; -1 when there is none or it
 * does not fit. */
int http_range_number(const char **text, uint64_t *number) ERROR_MUST_CHECK;

#endif
