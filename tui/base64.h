/* SPDX-License-Identifier: ISC
 *
 * Base64 with padding (RFC 4648, 4), strict: nothing but the alphabet, no bits left over.
 */
#ifndef TUI_BASE64_H
#define TUI_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

/* out has room for size bytes. Returns 0, or -1 when text is no base64. */
int base64_decode(const char *text, size_t size, uint8_t *out, size_t *out_size) ERROR_MUST_CHECK;

#endif
