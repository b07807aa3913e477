/* SPDX-License-Identifier: ISC
 *
 * What every verb prints through: data on stdout, progress and questions on stderr, colour only
 * where it is wanted, and no string from outside unescaped.
 */
#ifndef TUI_OUTPUT_H
#define TUI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "media/base/command.h"
#include "media/base/error.h"

/* State in words; colour only repeats what the word says. */
enum output_mark {
    OUTPUT_OK,
    OUTPUT_WARN,
    OUTPUT_FAIL,
    OUTPUT_BLOCKED,
    OUTPUT_NONE,
    OUTPUT_UNMARKED, /* no state is shown at all; never printed */
};

struct output {
    FILE *stream;
    bool color;
};

/* stdout, with colour by --color, NO_COLOR, TERM and whether it is a terminal. */
int output_open(const struct command_invocation *invocation, struct output *output,
                struct error *err) ERROR_MUST_CHECK;

/* "[ OK ]", "[WARN]", "[FAIL]", "[BLOCK]" or "[--]". */
const char *output_mark_text(enum output_mark mark);
void output_mark(const struct output *output, enum output_mark mark);
/* By the names that health has in JSON ("ok", "warn", ...), or the result of an audit record
 * ("block"); others are OUTPUT_NONE. */
enum output_mark output_mark_of(const char *health);

/* Of a reason code: refused for what it is, or by policy, is OUTPUT_BLOCKED, what was done in part
 * OUTPUT_WARN. NULL and codes of other versions are OUTPUT_NONE. */
enum output_mark output_mark_of_code(const char *name);

/* "Label     " in a column of its own, then whatever the caller prints. */
void output_label(const struct output *output, const char *label);

/* Words of any length, broken at spaces to 80 columns; the first begins at column `at`, lines after
 * it are indented. The text is escaped already. */
void output_wrapped(const struct output *output, const char *text, size_t at, size_t indent);

/* One document, sorted and compact, and LF. ASCII only: what would act on a terminal is written as
 * JSON escapes, so that nothing is lost. */
int output_json(const json_t *document, struct error *err) ERROR_MUST_CHECK;

/* "1.5 MiB": IEC units, one digit after the point. Returns out. */
const char *output_bytes(uint64_t bytes, char out[static 32]);

#endif
