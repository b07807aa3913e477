/* SPDX-License-Identifier: ISC */
#include "tui/report-format.h"

#include <string.h>

#include "tui/table.h"

#define LABEL 14 /* columns of a fact's label, the blanks behind it among them */

static void print_heading(const char *title, FILE *stream)
{
    fprintf(stream, "\n%s\n", title);
    for (size_t i = 0; i < strlen(title); i++)
        fputc('-', stream);
    fputc('\n', stream);
}

static void print_facts(const struct report_section *section, const struct output *output)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct report_row *row = &section->rows[i];
        const char *mark = row->mark == OUTPUT_UNMARKED ? "" : output_mark_text(row->mark);

        fprintf(output->stream, "%-*s%s%s", LABEL, row->cells[0], mark, mark[0] != '\0' ? " " : "");
        output_wrapped(output, row->cells[1], LABEL + strlen(mark) + (mark[0] != '\0'), LABEL);
    }
}

static void put_row(struct table *table, const struct report_section *section,
                    const struct report_row *row, bool marks)
{
    if (marks && row->mark == OUTPUT_UNMARKED)
        table_text(table, "");
    else if (marks)
        table_mark(table, row->mark);
    for (size_t cell = 0; cell < section->column_count; cell++)
        table_text(table, row->cells[cell]);
}

static void print_table(const struct report_section *section, const struct output *output)
{
    const char *headers[REPORT_COLUMNS + 2] = {"State"};
    bool marks = report_section_marked(section);
    struct table table;

    memcpy(headers + 1, section->columns, section->column_count * sizeof(headers[0]));
    table_init(&table, marks ? headers : headers + 1);
    for (size_t i = 0; i < section->count; i++)
        put_row(&table, section, &section->rows[i], marks);
    table_print(&table, output);
    table_clear(&table);
}

static void print_section(const struct report_section *section, const struct output *output)
{
    print_heading(section->title, output->stream);
    if (section->note != NULL)
        fprintf(output->stream, "%s\n", section->note);
    if (section->count == 0)
        fputs("None.\n", output->stream);
    else if (section->columns == NULL)
        print_facts(section, output);
    else
        print_table(section, output);
}

static void print_evidence(const struct report *report, const struct output *output)
{
    print_heading("Controls (NIST SP 800-53 Rev. 5)", output->stream);
    for (size_t i = 0; i < REPORT_CONTROLS; i++) {
        const struct report_evidence *evidence = &report->evidence[i];
        const struct report_control_row *row = report_control_row((enum report_control_id)i);

        if (!evidence->present)
            continue;
        fprintf(output->stream, "%s %s (%s%s%s)%s%s\n%*s", row->name, row->title,
                evidence->examined ? "EXAMINE" : "",
                evidence->examined && evidence->tested ? ", " : "", evidence->tested ? "TEST" : "",
                evidence->concluded ? " " : "",
                evidence->concluded ? output_mark_text(evidence->mark) : "", 7, "");
        output_wrapped(output, evidence->text, 7, 7);
    }
}

void report_text(const struct report *report, FILE *stream)
{
    struct output output = {.stream = stream};

    if (report->marking != NULL)
        fprintf(stream, "%s\n\n", report->marking);
    fprintf(stream, "%s\n", report->title);
    for (size_t i = 0; i < report->count; i++)
        print_section(&report->sections[i], &output);
    print_evidence(report, &output);
    if (report->marking != NULL)
        fprintf(stream, "\n%s\n", report->marking);
}
