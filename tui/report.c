/* SPDX-License-Identifier: ISC */
#include "tui/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"

#define TEXT_BYTES 8192

static const struct report_control_row controls[REPORT_CONTROLS] = {
    [REPORT_MP_7] = {"mp-7", "MP-7", "Media Use", NULL},
    [REPORT_SI_3] = {"si-3", "SI-3", "Malicious Code Protection", NULL},
    [REPORT_SI_7] = {"si-7", "SI-7", "Software, Firmware, and Information Integrity", "si-7_obj.a"},
    [REPORT_CM_14] = {"cm-14", "CM-14", "Signed Components", NULL},
    [REPORT_AU_10] = {"au-10", "AU-10", "Non-repudiation", NULL},
};

const struct report_control_row *report_control_row(enum report_control_id id)
{
    return &controls[id];
}

const char *report_mark_word(enum output_mark mark)
{
    static const char *const words[] = {
        [OUTPUT_OK] = "OK",         [OUTPUT_WARN] = "WARN", [OUTPUT_FAIL] = "FAIL",
        [OUTPUT_BLOCKED] = "BLOCK", [OUTPUT_NONE] = "none", [OUTPUT_UNMARKED] = ""};

    return words[mark];
}

void report_init(struct report *report, const json_t *source)
{
    *report = (struct report){.source = source, .verdict = OUTPUT_UNMARKED};
}

static void clear_section(struct report_section *section)
{
    for (size_t i = 0; i < section->count; i++)
        for (size_t cell = 0; cell < REPORT_COLUMNS; cell++)
            free(section->rows[i].cells[cell]);
    free(section->rows);
}

void report_clear(struct report *report)
{
    for (size_t i = 0; i < report->count; i++)
        clear_section(&report->sections[i]);
    for (size_t i = 0; i < REPORT_CONTROLS; i++)
        free(report->evidence[i].text);
    free(report->sections);
    free(report->title);
    free(report->marking);
    free(report->generated);
    free(report->start);
    free(report->end);
    free(report->subject);
    free(report->verdict_text);
    report_init(report, NULL);
}

void report_set(char **place, const char *text)
{
    free(*place);
    *place = text != NULL && strcmp(text, "-") != 0 ? bytes_copy_string(text) : NULL;
}

/* Room for one more of `count` things. */
static void *grow(void *things, size_t count, size_t *capacity, size_t size)
{
    void *larger;

    if (count < *capacity)
        return things;
    *capacity = *capacity > 0 ? *capacity * 2 : 8;
    larger = bytes_allocate(*capacity, size);
    if (count > 0)
        memcpy(larger, things, count * size);
    free(things);
    return larger;
}

void report_section(struct report *report, const char *title, const char *const *columns,
                    const char *note)
{
    struct report_section section = {.title = title, .columns = columns, .note = note};

    while (columns != NULL && columns[section.column_count] != NULL)
        section.column_count++;
    if (columns == NULL)
        section.column_count = 2;
    report->sections = grow(report->sections, report->count, &report->capacity, sizeof(section));
    report->sections[report->count++] = section;
}

bool report_section_marked(const struct report_section *section)
{
    for (size_t i = 0; i < section->count; i++)
        if (section->rows[i].mark != OUTPUT_UNMARKED)
            return true;
    return false;
}

void report_row(struct report *report, enum output_mark mark, const char *const *cells)
{
    struct report_section *section = &report->sections[report->count - 1];
    struct report_row row = {.mark = mark};

    for (size_t i = 0; i < section->column_count; i++)
        row.cells[i] = bytes_copy_string(cells[i]);
    section->rows = grow(section->rows, section->count, &section->capacity, sizeof(row));
    section->rows[section->count++] = row;
}

void report_fact(struct report *report, enum output_mark mark, const char *label,
                 const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    report_row(report, mark, (const char *const[]){label, text});
}

void report_evidence(struct report *report, enum report_control_id id,
                     const struct report_evidence *evidence, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    free(report->evidence[id].text);
    report->evidence[id] = *evidence;
    report->evidence[id].present = true;
    report->evidence[id].text = bytes_copy_string(text);
}
