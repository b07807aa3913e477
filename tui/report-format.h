/* SPDX-License-Identifier: ISC
 *
 * The formats that reports are written in, one row each.
 */
#ifndef TUI_REPORT_FORMAT_H
#define TUI_REPORT_FORMAT_H

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "tui/report.h"

#define REPORT_FORMATS "text, json, html, csv or oscal"

/* ERROR_USAGE where no report has that format. */
int report_format_check(const char *format, struct error *err) ERROR_MUST_CHECK;

/* The whole report in a format that was checked. out (empty, LIMIT_MESSAGE_BYTES or what the caller
 * allows) is filled. */
int report_format_write(const struct report *report, const char *format, struct bytes *out,
                        struct error *err) ERROR_MUST_CHECK;

/* The writers. Streams are checked by whoever opened them. The same document gives the same bytes. */
void report_text(const struct report *report, FILE *stream);
void report_html(const struct report *report, FILE *stream);
void report_csv(const struct report *report, FILE *stream);
/* OSCAL assessment results; the caller's. NULL where some text is no UTF-8. */
json_t *report_oscal(const struct report *report);

#endif
