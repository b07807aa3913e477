/* SPDX-License-Identifier: ISC
 *
 * An inspection as a whole: what the verifier said, beside what only the client knows (when, by
 * what, which floors of this endpoint an import would raise), and the file that --report writes.
 */
#ifndef TUI_INSPECT_REPORT_H
#define TUI_INSPECT_REPORT_H

#include <jansson.h>

#include "media/base/error.h"

/* Adds to sallyport.inspect/1: "generated", "tool", "next", "exit_status", "documents", "volume"
 * (of the export document, or null), "floors" (null where no agent's are known), and "age" and
 * "expired" where a document or set has a time. floors: sallyport.floors/1 or NULL. */
void inspect_report_complete(json_t *result, json_t *documents, const json_t *floors);

/* ERROR_USAGE where no report has that format. */
int inspect_report_check_format(const char *format, struct error *err) ERROR_MUST_CHECK;

/* Writes a completed result to a file that is whole or not there: format "text" or "json"
 * (sallyport.inspect-report/1). */
int inspect_report_write(const char *path, const char *format, const json_t *result,
                         struct error *err) ERROR_MUST_CHECK;

#endif
