/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <string.h>

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/select.h"
#include "tui/table.h"

static const char *const list_examples[] = {"config list", "config list --origin", NULL};
static const char *const get_examples[] = {"config get agent.interval",
                                           "config get reputation/enabled --origin", NULL};

static const struct command_option options[] = {
    {"origin", 0, COMMAND_FLAG, NULL, "also where each value comes from"},
};

static const char *const plain[] = {"KEY", "VALUE", NULL};
static const char *const with_origin[] = {"KEY", "VALUE", "ORIGIN", NULL};
static const char *const store[] = {"SETTING", "VALUE", "READ BY", NULL};
static const char *const store_origin[] = {"SETTING", "VALUE", "READ BY", "ORIGIN", NULL};
static const char *const left_out[] = {"LEFT OUT", "WHY", NULL};
static const struct select by_key = {"values", "key", "key", "config list"};
static const struct select by_setting = {"settings", "key", "key", "config list"};

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

/* What a key switches; a key that nothing reads is told from one that does. */
static const char *reads_of(const json_t *row, char text[static FIELD_BYTES])
{
    return field_raw(row, "reads") != NULL ? field_text(row, "reads", text) : "nothing here";
}

static void print_settings(const json_t *settings, bool origin, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    table_init(&table, origin ? store_origin : store);
    for (size_t i = 0; i < json_array_size(settings); i++) {
        const json_t *row = json_array_get(settings, i);

        table_text(&table, field_text(row, "key", text));
        table_text(&table, field_text(row, "value", text));
        table_text(&table, reads_of(row, text));
        if (origin)
            table_text(&table, field_text(row, "origin", text));
    }
    fprintf(output->stream, "\n");
    table_print(&table, output);
    table_clear(&table);
}

static void print_left(const json_t *left, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    if (json_array_size(left) == 0)
        return;
    table_init(&table, left_out);
    for (size_t i = 0; i < json_array_size(left); i++) {
        const json_t *row = json_array_get(left, i);
        bool all = strcmp(field_raw(row, "kind"), "all") == 0;

        table_text(&table, all ? "all rules" : field_text(row, "name", text));
        table_text(&table, field_text(row, "words", text));
    }
    fprintf(output->stream, "\n");
    table_print(&table, output);
    table_clear(&table);
}

static void print_all(const json_t *reply, bool origin, const struct output *output)
{
    print_list(json_object_get(reply, "values"), origin, output);
    print_settings(json_object_get(reply, "settings"), origin, output);
    print_left(json_object_get(reply, "left"), output);
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
        print_all(reply, command_flag(invocation, "origin"), &output);
    json_decref(reply);
    return result;
}

/* A setting has a slash in its name, a key of agent.conf a dot. Only the one group is answered. */
static int find_key(json_t *reply, const char *key, const json_t **row, struct error *err)
{
    bool setting = strchr(key, '/') != NULL;
    const struct select *select = setting ? &by_setting : &by_key;
    int result = select_row(reply, select, key, err);

    json_object_del(reply, setting ? by_key.list : by_setting.list);
    json_object_del(reply, "left");
    *row = json_array_get(json_object_get(reply, select->list), 0);
    return result;
}

static int run_get(const struct command_invocation *invocation, struct error *err)
{
    char value[FIELD_BYTES], origin[FIELD_BYTES];
    struct output output;
    json_t *reply = NULL;
    const json_t *row = NULL;
    int result;

    if (output_open(invocation, &output, err) < 0 ||
        ask_agent(invocation, "Config", NULL, NULL, NULL, &reply, err) < 0)
        return -(int)err->code;
    result = find_key(reply, invocation->arguments[0], &row, err);
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
    .description =
        "First what agent.conf says, changed in the files by whoever owns them: "
        "sallyport-agent.conf(5). Then the configuration store: what remapper-rules made "
        "of the policy, signed or the site's own, and what each key switches; then what "
        "of it was left out, and why.",
    .examples = list_examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run_list,
};

const struct command command_config_get = {
    .name = "config get",
    .arguments = "KEY",
    .summary = "Show one value of the agent's configuration",
    .description =
        "KEY is SECTION.KEY of agent.conf, or a key of the configuration store, which has "
        "a slash. With --origin: which line of which policy document the value comes "
        "from, whether that was signed, and which line of which rule file made it.",
    .examples = get_examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run_get,
};
