/* SPDX-License-Identifier: ISC */
#include "tui/telemetry-view.h"

#include <string.h>

#include "tui/field.h"

#define WORDS_COLUMN 10 /* where output_label() leaves off */

static enum output_mark mark_of(const json_t *telemetry)
{
    const char *reason = field_raw(telemetry, "reason");

    if (reason != NULL && strcmp(reason, "ok") != 0)
        return OUTPUT_FAIL;
    return field_true(telemetry, "gathers") ? OUTPUT_OK : OUTPUT_NONE;
}

static void print_destination(const json_t *telemetry, const struct output *output)
{
    const json_t *destination = field_object(telemetry, "destination");
    char server[FIELD_BYTES], port[FIELD_BYTES], path[FIELD_BYTES], interval[FIELD_BYTES];

    if (destination == NULL) {
        fprintf(output->stream, "destination not known ");
        return;
    }
    fprintf(output->stream, "%s:%s%s every %s   ", field_text(destination, "server", server),
            field_count(destination, "port", port), field_text(destination, "path", path),
            field_age(telemetry, "interval", NULL, interval));
}

static void print_words(const json_t *telemetry, const struct output *output)
{
    char words[FIELD_BYTES];

    if (field_raw(telemetry, "words") == NULL || field_raw(telemetry, "words")[0] == '\0')
        return;
    fprintf(output->stream, "%*s", WORDS_COLUMN, "");
    output_wrapped(output, field_text(telemetry, "words", words), WORDS_COLUMN, WORDS_COLUMN);
}

void telemetry_view_line(const json_t *answer, const struct output *output)
{
    const json_t *telemetry = field_object(answer, "telemetry");
    char next[FIELD_BYTES];

    if (telemetry == NULL)
        return;
    output_label(output, "Telemetry");
    print_destination(telemetry, output);
    if (field_true(telemetry, "gathers"))
        fprintf(output->stream, "next %s ", field_time(telemetry, "next", next));
    else
        fprintf(output->stream, "nothing is gathered ");
    output_mark(output, mark_of(telemetry));
    fputc('\n', output->stream);
    print_words(telemetry, output);
}

static void print_headers(const json_t *telemetry, const struct output *output)
{
    const json_t *headers = json_object_get(field_object(telemetry, "destination"), "headers");
    char name[FIELD_BYTES], value[FIELD_BYTES];

    for (size_t i = 0; i < json_array_size(headers); i++) {
        const json_t *row = json_array_get(headers, i);

        output_label(output, "Header");
        fprintf(output->stream, "%s: %s\n", field_text(row, "name", name),
                field_text(row, "value", value));
    }
}

void telemetry_view_print(const json_t *answer, const struct output *output)
{
    const json_t *telemetry = field_object(answer, "telemetry");
    char version[FIELD_BYTES], last[FIELD_BYTES], suffixes[FIELD_BYTES], verb[FIELD_BYTES];

    if (telemetry == NULL)
        return;
    fputc('\n', output->stream);
    telemetry_view_line(answer, output);
    output_label(output, "Content");
    fprintf(output->stream, "telemsup %s   verb %s   last item %s\n",
            field_text(telemetry, "version", version),
            field_text(field_object(telemetry, "destination"), "verb", verb),
            field_time(telemetry, "last", last));
    print_headers(telemetry, output);
    output_label(output, "Pinned");
    fprintf(output->stream, "%s\n", field_list(telemetry, "suffixes", suffixes));
}
