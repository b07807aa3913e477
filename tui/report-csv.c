/* SPDX-License-Identifier: ISC */
#include "tui/report-format.h"

#include <stdio.h>
#include <string.h>

/* RFC 4180: every field quoted, CR LF. One value a line, so that all sections share one header and
 * every line has as many fields. */

/* Some spreadsheets take the wide signs of East Asian keyboards (U+FF1D and so on) for the narrow. */
static bool begins_formula(const char *text)
{
    static const char *const signs[] = {"=",
                                        "+",
                                        "-",
                                        "@",
                                        "\t",
                                        "\r",
                                        "\n",
                                        "'",
                                        "\xef\xbc\x9d",
                                        "\xef\xbc\x8b",
                                        "\xef\xbc\x8d",
                                        "\xef\xbc\xa0"};

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (strncmp(text, signs[i], strlen(signs[i])) == 0)
            return strcmp(text, "-") != 0;
    return false;
}

/* What a spreadsheet would take for a formula begins with an apostrophe, which it hides. */
static void print_field(const char *text, char end, FILE *stream)
{
    fputc('"', stream);
    if (begins_formula(text))
        fputc('\'', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputs(end == '\n' ? "\"\r\n" : "\",", stream);
}

static void print_value(const char *section, size_t row, enum output_mark mark, const char *name,
                        const char *value, FILE *stream)
{
    print_field(section, ',', stream);
    fprintf(stream, "\"%zu\",", row);
    print_field(report_mark_word(mark), ',', stream);
    print_field(name, ',', stream);
    print_field(value, '\n', stream);
}

static void print_section(const struct report_section *section, FILE *stream)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct report_row *row = &section->rows[i];

        if (section->columns == NULL)
            print_value(section->title, i + 1, row->mark, row->cells[0], row->cells[1], stream);
        for (size_t cell = 0; section->columns != NULL && cell < section->column_count; cell++)
            print_value(section->title, i + 1, row->mark, section->columns[cell], row->cells[cell],
                        stream);
    }
}

static void print_evidence(const struct report *report, FILE *stream)
{
    size_t row = 0;

    for (size_t i = 0; i < REPORT_CONTROLS; i++) {
        const struct report_evidence *evidence = &report->evidence[i];

        if (evidence->present)
            print_value("Controls", ++row, evidence->concluded ? evidence->mark : OUTPUT_UNMARKED,
                        report_control_row((enum report_control_id)i)->name, evidence->text,
                        stream);
    }
}

void report_csv(const struct report *report, FILE *stream)
{
    fputs("\"Section\",\"Row\",\"State\",\"Field\",\"Value\"\r\n", stream);
    if (report->marking != NULL)
        print_value("Marking", 1, OUTPUT_UNMARKED, "Marking", report->marking, stream);
    for (size_t i = 0; i < report->count; i++)
        print_section(&report->sections[i], stream);
    print_evidence(report, stream);
}
