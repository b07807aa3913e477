/* SPDX-License-Identifier: ISC
 *
 * What a report says, apart from any format: sections of rows with a state, and what they are
 * evidence of. Made once from a JSON document (report-inspection.h, report-period.h), written by a
 * row of report-format.h. Every text in it is escaped already (text_escape); a writer adds only what
 * its own format needs.
 */
#ifndef TUI_REPORT_H
#define TUI_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "tui/output.h"

#define REPORT_COLUMNS 9

struct report_row {
    enum output_mark mark; /* OUTPUT_UNMARKED: none is shown */
    char *cells[REPORT_COLUMNS];
};

/* A table, or facts where columns is NULL: two cells a row, label and text. */
struct report_section {
    const char *title;          /* borrowed, a literal */
    const char *const *columns; /* borrowed, NULL-terminated */
    size_t column_count;
    const char *note; /* borrowed, or NULL: shown under the title */
    struct report_row *rows;
    size_t count, capacity;
};

/* A control of NIST SP 800-53 Rev. 5 that a report holds evidence of. */
enum report_control_id {
    REPORT_MP_7,
    REPORT_SI_3,
    REPORT_SI_7,
    REPORT_CM_14,
    REPORT_AU_10,
    REPORT_CONTROLS
};

struct report_control_row {
    const char *id;        /* "mp-7", as in NIST's catalogue */
    const char *name;      /* "MP-7" */
    const char *title;     /* "Media Use" */
    const char *objective; /* of SP 800-53A, that a program can test; NULL: none */
};

struct report_evidence {
    bool present;
    bool examined, tested; /* methods */
    bool concluded;        /* the test came to an end: mark says for or against the objective */
    enum output_mark mark;
    char *text;
};

struct report {
    char *title;
    char *marking;            /* classification line, or NULL */
    char *generated;          /* RFC 3339 UTC */
    char *start, *end;        /* of what is reported; end may be NULL */
    char *subject;            /* what was looked at, in a word or a path */
    enum output_mark verdict; /* of the whole */
    char *verdict_text;
    const json_t *source; /* the document that it was made from; borrowed */
    struct report_section *sections;
    size_t count, capacity;
    struct report_evidence evidence[REPORT_CONTROLS];
};

const struct report_control_row *report_control_row(enum report_control_id id);
/* "OK", "WARN", "FAIL", "BLOCK", "none"; "" where no state is shown. */
const char *report_mark_word(enum output_mark mark);

/* Empty, of a document. Texts are copied, and set by report_set. */
void report_init(struct report *report, const json_t *source);
void report_clear(struct report *report);
/* Replaces one of the texts above by a copy; "-" and NULL become NULL. */
void report_set(char **place, const char *text);

/* A new last section, to which rows are then added. */
void report_section(struct report *report, const char *title, const char *const *columns,
                    const char *note);
/* As many cells as the section has columns. */
void report_row(struct report *report, enum output_mark mark, const char *const *cells);
void report_fact(struct report *report, enum output_mark mark, const char *label,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether any of its rows shows a state. */
bool report_section_marked(const struct report_section *section);

/* What the report shows of a control. mark: OUTPUT_OK or OUTPUT_FAIL only where `concluded`. */
void report_evidence(struct report *report, enum report_control_id id,
                     const struct report_evidence *evidence, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
