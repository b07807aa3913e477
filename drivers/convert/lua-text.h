/* SPDX-License-Identifier: ISC
 *
 * Lua source that is written by a program: any bytes as one string, any words as one comment. What
 * comes from outside reaches Lua source through these two and in no other way.
 */
#ifndef DRIVERS_CONVERT_LUA_TEXT_H
#define DRIVERS_CONVERT_LUA_TEXT_H

#include "media/base/bytes.h"

/* Appends `"..."`: printable ASCII as it is, but for the quote and the backslash; every other byte as
 * three digits of decimal (Lua 5.1, 2.1), so that what is read back is byte for byte the same.
 * ERROR_LIMIT at the ceiling. */
int lua_text_quote(struct bytes *out, struct bytes_view text, struct error *err) ERROR_MUST_CHECK;

/* Appends "-- LABEL: words" and LF, the words through text_escape() and cut where they are longer than
 * a line: nothing in them ends the comment or begins a long one. */
int lua_text_comment(struct bytes *out, const char *label, struct bytes_view words,
                     struct error *err) ERROR_MUST_CHECK;

/* Appends what is ours. */
int lua_text_put(struct bytes *out, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4))) ERROR_MUST_CHECK;

#endif
