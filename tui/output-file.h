/* SPDX-License-Identifier: ISC
 *
 * Files that verbs write by the name that the caller gave: whole or not at all, durable when this
 * returns.
 */
#ifndef TUI_OUTPUT_FILE_H
#define TUI_OUTPUT_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "media/base/error.h"

/* Mode 0644. Where `replace` is false, a name that is there already is ERROR_USAGE, which names
 * --force. */
int output_file(const char *path, const void *data, size_t size, bool replace,
                struct error *err) ERROR_MUST_CHECK;

/* A document in its canonical form, and LF. */
int output_file_json(const char *path, const json_t *document, bool replace,
                     struct error *err) ERROR_MUST_CHECK;

#endif
