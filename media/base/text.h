/* SPDX-License-Identifier: ISC
 *
 * Text: UTF-8 check, hex, and THE escaping function. No string from outside reaches a terminal,
 * log, journal, CSV, HTML or JSON but through text_escape().
 */
#ifndef MEDIA_BASE_TEXT_H
#define MEDIA_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

/* Strict UTF-8: no overlong forms, surrogates or code points above U+10FFFF. NUL is allowed. */
int text_is_utf8(const void *data, size_t size);

/* Writes `size` bytes of `data` into `out` so that they can't act on a terminal or forge a line:
 * C0, DEL, C1, bidi controls, zero-width, line and paragraph separators, private-use and
 * noncharacters become \u{HEX}; bytes that are not UTF-8 become \xHH; a backslash becomes \\.
 * Always NUL-terminates; what does not fit is cut at a whole escape. Returns out. out_size >= 1. */
const char *text_escape(const void *data, size_t size, char *out, size_t out_size);

/* text_escape of a C string. */
const char *text_escape_string(const char *string, char *out, size_t out_size);

/* Lower-case hex, NUL-terminated. out holds 2 * size + 1 bytes. */
void text_hex(const uint8_t *data, size_t size, char *out);

/* Exactly 2 * size lower-case hex digits and nothing more. Returns 0 or -1. */
int text_unhex(const char *hex, uint8_t *out, size_t size) ERROR_MUST_CHECK;

/* Edit distance of two short strings, for "did you mean"; names over 64 bytes count as far. */
unsigned text_distance(const char *a, const char *b);

#endif
