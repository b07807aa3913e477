/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <stdlib.h>

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/table.h"
#include "tui/telemetry-view.h"

#define PAGE 100 /* items in one answer */

static const char *const examples[] = {"outgoing", "outgoing --show", "outgoing --show --json",
                                       NULL};

static const struct command_option options[] = {
    {"show", 0, COMMAND_FLAG, NULL, "every field of every item"},
};

static const char *const headers[] = {"CATEGORY", "LEAVES", "WAITING", "SIZE", NULL};

/* All pages as one answer. */
static int ask_all(const struct command_invocation *invocation, json_t **outgoing,
                   struct error *err)
{
    json_t *items = json_array();
    json_int_t after = 0;
    size_t count;
    int result;

    do {
        json_t *parameters = json_pack("{s:I, s:i}", "after", after, "limit", PAGE);
        json_t *page;

        json_decref(*outgoing);
        result = ask_agent(invocation, "Outgoing", parameters, NULL, NULL, outgoing, err);
        page = json_object_get(*outgoing, "items");
        count = json_array_size(page);
        json_array_extend(items, page);
        if (count > 0)
            after = (json_int_t)field_number(json_array_get(page, count - 1), "number");
        json_decref(parameters);
    } while (result == 0 && count == PAGE);
    if (result == 0)
        json_object_set(*outgoing, "items", items);
    json_decref(items);
    return result;
}

static void print_categories(const json_t *outgoing, const struct output *output)
{
    const json_t *categories = json_object_get(outgoing, "categories");
    char text[FIELD_BYTES], bytes[32];
    struct table table;

    table_init(&table, headers);
    for (size_t i = 0; i < json_array_size(categories); i++) {
        const json_t *row = json_array_get(categories, i);

        table_text(&table, field_text(row, "category", text));
        table_text(&table, field_true(row, "leaves") ? "yes" : "no");
        table_text(&table, field_count(row, "items", text));
        table_text(&table, output_bytes((uint64_t)field_number(row, "bytes"), bytes));
    }
    table_print(&table, output);
    table_clear(&table);
    if (field_number(outgoing, "dropped") > 0)
        fprintf(output->stream, "%s dropped for room, the oldest first; it takes %s at most.\n",
                field_counted(outgoing, "dropped", "item", text),
                output_bytes((uint64_t)field_number(outgoing, "most_bytes"), bytes));
    fprintf(output->stream, "What leaves is set by [export] in agent.conf; nothing else does.\n");
    telemetry_view_print(outgoing, output);
}

/* As JSON in ASCII, in which nothing acts on a terminal and nothing is left out. */
static int print_item(const json_t *item, const struct output *output, struct error *err)
{
    const json_t *fields = field_object(item, "fields");
    char number[FIELD_BYTES], category[FIELD_BYTES], time[FIELD_BYTES], bytes[32];

    fprintf(output->stream, "\n%s  %s  %s  %s\n", field_count(item, "number", number),
            field_text(item, "category", category), field_time(item, "time", time),
            output_bytes((uint64_t)field_number(item, "bytes"), bytes));
    if (fields == NULL) {
        output_mark(output, OUTPUT_FAIL);
        fprintf(output->stream, " its file is not what was written; it will not leave\n");
        return 0;
    }
    if (json_dumpf(fields, output->stream, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENSURE_ASCII) < 0)
        return error_set(err, ERROR_IO, "writing the output");
    fputc('\n', output->stream);
    return 0;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    bool show = command_flag(invocation, "show");
    struct output output;
    json_t *outgoing = NULL;
    const json_t *items;
    int result;

    if (output_open(invocation, &output, err) < 0)
        return -(int)err->code;
    result = ask_all(invocation, &outgoing, err);
    if (result == 0 && !show)
        json_object_del(outgoing, "items");
    items = json_object_get(outgoing, "items");
    if (result == 0 && command_flag(invocation, "json"))
        result = output_json(outgoing, err);
    else if (result == 0)
        print_categories(outgoing, &output);
    for (size_t i = 0;
         i < json_array_size(items) && result == 0 && !command_flag(invocation, "json"); i++)
        result = print_item(json_array_get(items, i), &output, err);
    json_decref(outgoing);
    return result;
}

const struct command command_outgoing = {
    .name = "outgoing",
    .arguments = "",
    .summary = "Show what would leave this site on the next medium",
    .description = "Categories and sizes, and where the telemsup in service wants telemetry to go; "
                   "with --show every field of every item, as it would leave. Nothing is sent by "
                   "this.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
