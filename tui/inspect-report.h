/* SPDX-License-Identifier: ISC
 *
 * An inspection as a whole: what the verifier said, beside what only the client knows (when, by
 * what, which floors of this endpoint an import would raise), and the file that --report writes.
 */
#ifndef TUI_INSPECT_REPORT_H
#define TUI_INSPECT_REPORT_H

#include <jansson.h>

#include "media/base/error.h"
#include "tui/report-file.h"

/* What only the client knows of an inspection. */
struct inspect_context {
    json_t *documents;    /* without tokens and contents */
    const json_t *floors; /* sallyport.floors/1 of the agent that judged, or NULL */
    const json_t *status; /* sallyport.status/1 of it, or NULL */
    const json_t *media;  /* sallyport.media/1 of it, or NULL */
    const char *marking;  /* classification line, or NULL */
};

/* Adds to sallyport.inspect/1: "generated", "tool", "by" (host, uid, agent), "marking", "device" (the
 * row of Media that the source lies on, or null), "next", "exit_status", "documents", "volume" (of
 * the export document, or null), "floors" (null where no agent's are known), "age" and "expired"
 * where a document or set has a time, and "warn" and "fail" beside the age of a package whose type
 * the agent knows. */
void inspect_report_complete(json_t *result, const struct inspect_context *context);

/* Writes a completed result (report-file.h); "json" is sallyport.inspect-report/1. */
int inspect_report_write(const json_t *result, struct report_file *file,
                         struct error *err) ERROR_MUST_CHECK;

#endif
