/* SPDX-License-Identifier: ISC */
#include "tui/report-view.h"

#include <stdio.h>

#include "tui/field.h"
#include "tui/floors-table.h"
#include "tui/table.h"

static const char *const headers[] = {"WHAT", "RESULT", "COUNT", NULL};

static void print_events(const json_t *events, const struct output *output)
{
    char text[FIELD_BYTES];
    struct table table;

    table_init(&table, headers);
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *row = json_array_get(events, i);

        table_text(&table, field_text(row, "what", text));
        table_text(&table, field_text(row, "result", text));
        table_text(&table, field_count(row, "count", text));
    }
    table_print(&table, output);
    table_clear(&table);
}

void report_view_print(const json_t *report, const struct output *output)
{
    const json_t *refusals = field_object(report, "refusals"),
                 *chain = field_object(report, "chain");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    fprintf(output->stream, "Endpoint %s, site %s, ring %s\n",
            field_text(report, "endpoint", first), field_text(report, "site", second),
            field_text(report, "ring", third));
    fprintf(output->stream, "From %s to %s, made %s\n\n", field_time(report, "from", first),
            field_time(report, "to", second), field_time(report, "generated", third));
    output_label(output, "Chain");
    output_mark(output, field_true(chain, "ok") ? OUTPUT_OK : OUTPUT_FAIL);
    fprintf(output->stream, " %s: %s\n", field_counted(chain, "records", "record", first),
            field_text(chain, "words", second));
    output_label(output, "Records");
    fprintf(output->stream, "%s in this time, numbers %s to %s\n",
            field_count(report, "records", first), field_count(report, "first", second),
            field_count(report, "last", third));
    output_label(output, "Head");
    fprintf(output->stream, "%s\n", field_text(report, "head", first));
    output_label(output, "Refused");
    fprintf(output->stream, "%s, %s not acknowledged\n\n", field_count(refusals, "refused", first),
            field_count(refusals, "open", second));
    print_events(json_object_get(report, "events"), output);
    fprintf(output->stream, "\nFloors as they are now:\n");
    floors_table_print(json_object_get(report, "rings"), json_object_get(report, "floors"), output);
}
