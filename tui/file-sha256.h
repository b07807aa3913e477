/* SPDX-License-Identifier: ISC
 *
 * The SHA-256 of a file, by which reputation lists know it. It identifies a file to a list; nothing
 * here trusts it. nettle does the arithmetic.
 */
#ifndef TUI_FILE_SHA256_H
#define TUI_FILE_SHA256_H

#include "media/base/error.h"

#define FILE_SHA256_TEXT (2 * 32 + 1)

/* Reads a regular file to its end. Lower-case hex. ERROR_NOT_FOUND, ERROR_IO; ERROR_USAGE for what is
 * no regular file. */
int file_sha256(const char *path, char hex[static FILE_SHA256_TEXT],
                struct error *err) ERROR_MUST_CHECK;

#endif
