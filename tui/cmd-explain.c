/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <string.h>

#include "media/base/journal.h"
#include "media/base/text.h"

#include "tui/output.h"
#include "tui/table.h"

static const char *const examples[] = {"explain rollback", "explain --json", NULL};
static const struct command_option options[] = {
    {"catalog", 0, COMMAND_FLAG, NULL, "all codes, as a message catalog of the journal"},
};
static const char *const headers[] = {"NAME", "EXIT", "CAUSE", NULL};

static json_t *describe(const struct error_row *row)
{
    return json_pack("{s:s, s:i, s:s, s:s}", "name", row->name, "exit_status", row->exit_status,
                     "cause", row->cause, "next", row->next_step);
}

static int explain_all(bool json, const struct output *output, struct error *err)
{
    json_t *list = json_array(), *document;
    struct table table;
    char status[16];
    int result = 0;

    table_init(&table, headers);
    for (int code = 0; code < ERROR_COUNT; code++) {
        const struct error_row *row = error_row((enum error_code)code);

        json_array_append_new(list, describe(row));
        snprintf(status, sizeof(status), "%d", row->exit_status);
        table_text(&table, row->name);
        table_text(&table, status);
        table_text(&table, row->cause);
    }
    document = json_pack("{s:s, s:o}", "schema", "sallyport.explain/1", "codes", list);
    if (json)
        result = output_json(document, err);
    else
        table_print(&table, output);
    table_clear(&table);
    json_decref(document);
    return result;
}

/* The code that was meant; one slip in three letters at most. */
static int refuse_name(const char *name, struct error *err)
{
    unsigned best = (unsigned)strlen(name) / 3 + 1;
    const char *nearest = NULL;

    for (enum error_code code = 0; code < ERROR_COUNT; code++) {
        unsigned distance = text_distance(name, error_row(code)->name);

        if (distance < best) {
            best = distance;
            nearest = error_row(code)->name;
        }
    }
    if (nearest != NULL)
        return error_set(err, ERROR_NOT_FOUND, "no code is called %s; did you mean %s?", name,
                         nearest);
    return error_set(err, ERROR_NOT_FOUND, "no code is called %s; see sallyport explain", name);
}

static int explain_one(const char *name, bool json, const struct output *output, struct error *err)
{
    const struct error_row *row;
    enum error_code code;
    json_t *document;
    int result = 0;

    if (error_from_name(name, &code) < 0)
        return refuse_name(name, err);
    row = error_row(code);
    if (json) {
        document = describe(row);
        json_object_set_new(document, "schema", json_string("sallyport.explain/1"));
        result = output_json(document, err);
        json_decref(document);
        return result;
    }
    fprintf(output->stream, "%s (exit status %d)\n", row->name, row->exit_status);
    output_label(output, "Cause");
    output_wrapped(output, row->cause, 10, 10);
    output_label(output, "Next step");
    output_wrapped(output, row->next_step, 10, 10);
    return 0;
}

/* What journalctl -x shows beside an entry with the code's MESSAGE_ID. */
static void print_catalog(const struct output *output)
{
    char id[JOURNAL_ID_BYTES];

    for (int code = 0; code < ERROR_COUNT; code++) {
        const struct error_row *row = error_row((enum error_code)code);

        fprintf(output->stream,
                "-- %s\nSubject: Sallyport: @SALLYPORT_WHAT@ @SALLYPORT_SUBJECT@: %s\n"
                "Defined-By: Sallyport\nDocumentation: man:sallyport(1)\n\n"
                "%s\nNext: %s\nRecord @SALLYPORT_RECORD@ of the audit chain, by "
                "@SALLYPORT_WHO@.\n\n",
                journal_id(row->code, id), row->name, row->cause, row->next_step);
    }
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    bool json = command_flag(invocation, "json");
    struct output output;

    if (output_open(invocation, &output, err) < 0)
        return -(int)err->code;
    if (command_flag(invocation, "catalog")) {
        print_catalog(&output);
        return 0;
    }
    if (invocation->argument_count == 0)
        return explain_all(json, &output, err);
    return explain_one(invocation->arguments[0], json, &output, err);
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "[CODE]",
    .summary = "Explain a reason code: cause and next step; without one, list them all",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
