/* SPDX-License-Identifier: ISC
 *
 * What a verb says: lines for people or one JSON document for programs, on standard output;
 * warnings on standard error, or in the document. Everything is escaped here.
 */
#ifndef MIRROR_REPORT_H
#define MIRROR_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "media/base/command.h"
#include "media/digest.h"

struct repository;

struct report {
    const char *program;
    bool json, quiet;
    bool aside;       /* standard output carries data: lines go to standard error */
    json_t *warnings; /* with json: collected for the document */
};

/* From --json and --quiet. report_end() it. */
void report_begin(struct report *report, const struct command_invocation *invocation);
void report_end(struct report *report);

/* One line, unless --json or --quiet. */
void report_line(const struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One line of what was asked for, or of a failure: --quiet does not silence it. */
void report_data(const struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "program: warning: ...", unless --quiet. */
void report_warn(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The rows of a feature flag as a set carries them (media/flags.h), a line each. */
void report_flag(const struct report *report, const char *name, const json_t *rows);

/* The standing warnings: unprotected keys, the root key beside the repository. */
void report_standing(struct report *report, const struct repository *repository);

/* With --json: prints the document, with "schema", and "warnings" where there are any. Takes the
 * reference in every case. */
void report_document(const struct report *report, const char *schema, json_t *document);

/* New references for documents. */
json_t *report_digest(const uint8_t digest[static DIGEST_BYTES]);
json_t *report_instant(int64_t instant_us);
/* Text that may hold anything: escaped. */
json_t *report_text(const char *text);

#endif
