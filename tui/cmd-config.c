/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/select.h"
#include "tui/table.h"

static const char *const list_examples[] = {"config list", "config list --origin", NULL};
static const char *const get_examples[] = {"config get agent.interval",
                                           "config get agent.interval --origin", NULL};

static const struct command_option options[] = {
    {"origin", 0, COMMAND_FLAG, NULL, "also where each value comes from"},
};

static const char *const plain[] = {"KEY", "VALUE", NULL};
static const char *const with_origin[] = {"KEY", "VALUE", "ORIGIN", NULL};
static const struct select by_key = {"values", "key", "key", "config list"};

static void print_list(const json_t *values, bool origin, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    table_init(&table, origin ? with_origin : plain);
    for (size_t i = 0; i < json_array_size(values); i++) {
        const json_t *row = json_array_get(values, i);

        table_text(&table, field_text(row, "key", text));
        table_text(&table, field_text(row, "value", text));
        if (origin)
            table_text(&table, field_text(row, "origin", text));
    }
    table_print(&table, output);
    table_clear(&table);
}

static int run_list(const struct command_invocation *invocation, struct error *err)
{
    struct output output;
    json_t *reply = NULL;
    int result = 0;

    if (output_open(invocation, &output, err) < 0 ||
        ask_agent(invocation, "Config", NULL, NULL, NULL, &reply, err) < 0)
        return -(int)err->code;
    if (command_flag(invocation, "json"))
        result = output_json(reply, err);
    else
        print_list(json_object_get(reply, "values"), command_flag(invocation, "origin"), &output);
    json_decref(reply);
    return result;
}

static int run_get(const struct command_invocation *invocation, struct error *err)
{
    char value[FIELD_BYTES], origin[FIELD_BYTES];
    struct output output;
    json_t *reply = NULL;
    const json_t *row;
    int result;

    if (output_open(invocation, &output, err) < 0 ||
        ask_agent(invocation, "Config", NULL, NULL, NULL, &reply, err) < 0)
        return -(int)err->code;
    result = select_row(reply, &by_key, invocation->arguments[0], err);
    row = json_array_get(json_object_get(reply, "values"), 0);
    if (result == 0 && command_flag(invocation, "json"))
        result = output_json(reply, err);
    else if (result == 0 && command_flag(invocation, "origin"))
        fprintf(output.stream, "%s  (%s)\n", field_text(row, "value", value),
                field_text(row, "origin", origin));
    else if (result == 0)
        fprintf(output.stream, "%s\n", field_text(row, "value", value));
    json_decref(reply);
    return result;
}

const struct command command_config_list = {
    .name = "config list",
    .arguments = "",
    .summary = "Show every value of the agent's configuration that is in force",
    .description = "Values are changed in the files, by whoever owns them, and count from the "
                   "agent's next start: sallyport-agent.conf(5).",
    .examples = list_examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run_list,
};

const struct command command_config_get = {
    .name = "config get",
    .arguments = "KEY",
    .summary = "Show one value of the agent's configuration",
    .examples = get_examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run_get,
};
