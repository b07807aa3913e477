/* SPDX-License-Identifier: ISC
 *
 * Configuration files, on top of inih: [section] and key = value, comments with # or ;. What a file
 * may hold is a visible table. An unknown section or key is an error with file, line and the
 * nearest known name; so is a line that inih would cut, and a key that is given twice in one
 * section of one file.
 */
#ifndef MEDIA_BASE_INI_H
#define MEDIA_BASE_INI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

#define INI_LINE_BYTES 198 /* inih's line buffer, as Debian builds it */
#define INI_FILE_BYTES (64UL * 1024)

/* Takes a value. `name` is what stands behind the section's word in "[source NAME]", "" where the
 * section has no name. Words of its error say what was expected. */
typedef int (*ini_take)(void *context, const char *name, const char *value, struct error *err);

struct ini_row {
    const char *section; /* "agent", or "source" for "[source NAME]" where named */
    bool named;
    const char *key;
    ini_take take;
};

/* Reads a file's text; `file` is for messages. ERROR_CONFIG: "file:line: [section] key: words". */
int ini_read(const char *file, struct bytes_view text, const struct ini_row *rows, size_t count,
             void *context, struct error *err) ERROR_MUST_CHECK;

/* Told of each value that was taken, and the line that it stands on: where a value comes from. */
typedef void (*ini_note)(void *context, const char *section, const char *key, const char *value,
                         unsigned line);
int ini_read_noting(const char *file, struct bytes_view text, const struct ini_row *rows,
                    size_t count, ini_note note, void *context, struct error *err) ERROR_MUST_CHECK;

/* Decimal number within bounds, all of the value. */
int ini_number(const char *value, uint64_t min, uint64_t max, uint64_t *number,
               struct error *err) ERROR_MUST_CHECK;
/* Decimal number with an optional K, M or G (1024). */
int ini_size(const char *value, uint64_t min, uint64_t max, uint64_t *size,
             struct error *err) ERROR_MUST_CHECK;

#endif
