/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <string.h>

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/registered-table.h"
#include "tui/table.h"

static const char *const examples[] = {"media", "media --json", NULL};

static const char *const device_headers[] = {"PORT",  "ID", "SERIAL", "NAME", "SIZE",
                                             "NODES", "IS", "STATE",  "CODE", NULL};
static const char *const media_headers[] = {"MEDIUM", "EXPORTER", "WRITTEN", "IMPORTED",
                                            "TIMES",  "CODE",     "WORDS",   NULL};
static const char *const source_headers[] = {"SOURCE",   "LOCATION", "LOOKED", "SUCCEEDED",
                                             "FAILURES", "RESULT",   "WORDS",  NULL};

static const char *size_text(const json_t *row, char out[static 32])
{
    return json_is_integer(json_object_get(row, "size"))
               ? output_bytes((uint64_t)field_number(row, "size"), out)
               : "-";
}

/* Why, and by which rule: of each that is refused, in full. */
static void print_reasons(const json_t *devices, const struct output *output)
{
    char port[FIELD_BYTES], words[FIELD_BYTES], rule[FIELD_BYTES];

    for (size_t i = 0; i < json_array_size(devices); i++) {
        const json_t *row = json_array_get(devices, i);

        if (field_raw(row, "code") == NULL || strcmp(field_raw(row, "code"), "ok") == 0)
            continue;
        fprintf(output->stream, "%s: %s; rule: %s\n", field_text(row, "port", port),
                field_text(row, "words", words), field_text(row, "rule", rule));
    }
}

static void print_devices(const json_t *devices, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES], size[32];

    table_init(&table, device_headers);
    for (size_t i = 0; i < json_array_size(devices); i++) {
        const json_t *row = json_array_get(devices, i);

        table_text(&table, field_text(row, "port", text));
        table_text(&table, field_text(row, "id", text));
        table_text(&table, field_text(row, "serial", text));
        table_text(&table, field_text(row, "name", text));
        table_text(&table, size_text(row, size));
        table_text(&table, field_list(row, "nodes", text));
        table_text(&table, json_is_integer(json_object_get(row, "registered")) ? "registered"
                                                                               : "unregistered");
        table_mark(&table, output_mark_of(field_raw(row, "verdict")));
        table_text(&table, field_text(row, "code", text));
    }
    table_print(&table, output);
    table_clear(&table);
    print_reasons(devices, output);
}

/* An agent that is older tells of no devices; one that can't watch them says why. */
static void print_watch(const json_t *reply, const struct output *output)
{
    const json_t *watch = field_object(reply, "watch"), *devices;
    char words[FIELD_BYTES];

    if (watch == NULL)
        return;
    devices = json_object_get(reply, "devices");
    if (!field_true(watch, "running")) {
        output_mark(output, OUTPUT_WARN);
        fprintf(output->stream, " USB devices are not told: %s\n",
                field_text(watch, "words", words));
    } else if (json_array_size(devices) == 0) {
        fprintf(output->stream, "No USB medium is plugged in.\n");
    }
    print_devices(devices, output);
    registered_table_print(json_object_get(reply, "registered"), output);
    fputc('\n', output->stream);
}

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
        print_watch(reply, &output);
        print_media(json_object_get(reply, "media"), &output);
        print_sources(json_object_get(reply, "sources"), &output);
    }
    json_decref(reply);
    return result;
}

const struct command command_media = {
    .name = "media",
    .arguments = "",
    .summary = "Show USB media and their verdicts, media that were read, looks at the sources",
    .description =
        "First what is plugged in: each USB device with storage, what it says of itself, "
        "whether an import may read it and which rule says so. Then the registered ones, "
        "and media that were read here, told by their export documents. Sources are "
        "those of the agent's configuration, in the order in which it looks at them.",
    .examples = examples,
    .run = run,
};
