/* SPDX-License-Identifier: ISC
 *
 * Text sources line by line: lines end with LF or CR LF, the last one may have no end.
 */
#ifndef DRIVERS_COMPILE_SOURCE_LINES_H
#define DRIVERS_COMPILE_SOURCE_LINES_H

#include "drivers/compile/source-key.h"

/* Reads one line, without its end; the line's number is in reading->line. */
typedef int (*source_line)(void *context, struct source_reading *reading, struct bytes_view line,
                           struct error *err);

/* Gives every line. ERROR_BAD_CONTENT for a byte order mark, for an empty line and for one of more
 * than LIMIT_SOURCE_LINE bytes. */
int source_lines(struct bytes_view text, struct source_reading *reading, source_line each,
                 void *context, struct error *err) ERROR_MUST_CHECK;

#endif
