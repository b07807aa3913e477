/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/table.h"

static const char *const examples[] = {"media", "media --json", NULL};

static const char *const media_headers[] = {"MEDIUM", "EXPORTER", "WRITTEN", "IMPORTED",
                                            "TIMES",  "CODE",     "WORDS",   NULL};
static const char *const source_headers[] = {"SOURCE",   "LOCATION", "LOOKED", "SUCCEEDED",
                                             "FAILURES", "RESULT",   "WORDS",  NULL};

static void print_media(const json_t *media, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    table_init(&table, media_headers);
    for (size_t i = 0; i < json_array_size(media); i++) {
        const json_t *row = json_array_get(media, i);

        table_text(&table, field_text(row, "medium", text));
        table_text(&table, field_text(row, "exporter", text));
        table_text(&table, field_time(row, "created", text));
        table_text(&table, field_time(row, "imported", text));
        table_text(&table, field_count(row, "times", text));
        table_text(&table, field_text(row, "code", text));
        table_text(&table, field_text(row, "words", text));
    }
    if (table.count == 0)
        fprintf(output->stream,
                "No medium has been read here yet. Insert one that "
                "sallyport-mirror export wrote, then:\n  sallyport import FOLDER\n");
    table_print(&table, output);
    table_clear(&table);
}

static void print_sources(const json_t *sources, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    fputc('\n', output->stream);
    table_init(&table, source_headers);
    for (size_t i = 0; i < json_array_size(sources); i++) {
        const json_t *row = json_array_get(sources, i);

        table_text(&table, field_text(row, "name", text));
        table_text(&table, field_text(row, "location", text));
        table_text(&table, field_time(row, "looked", text));
        table_text(&table, field_time(row, "succeeded", text));
        table_text(&table, field_count(row, "failures", text));
        table_text(&table, field_text(row, "result", text));
        table_text(&table, field_text(row, "words", text));
    }
    if (table.count == 0)
        fprintf(output->stream, "No source is configured: media are imported by hand only. See "
                                "sallyport-agent.conf(5).\n");
    table_print(&table, output);
    table_clear(&table);
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct output output;
    json_t *reply = NULL;
    int result = 0;

    if (output_open(invocation, &output, err) < 0 ||
        ask_agent(invocation, "Media", NULL, NULL, NULL, &reply, err) < 0)
        return -(int)err->code;
    if (command_flag(invocation, "json")) {
        result = output_json(reply, err);
    } else {
        print_media(json_object_get(reply, "media"), &output);
        print_sources(json_object_get(reply, "sources"), &output);
    }
    json_decref(reply);
    return result;
}

const struct command command_media = {
    .name = "media",
    .arguments = "",
    .summary = "Show media that were read here, and how the looks at the sources went",
    .description = "A medium is told by its export document. Sources are those of the agent's "
                   "configuration, in the order in which it looks at them.",
    .examples = examples,
    .run = run,
};
