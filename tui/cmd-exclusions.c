/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/table.h"

static const char *const examples[] = {"exclusions", "exclusions --json", NULL};
static const char *const taken_headers[] = {"APP", "VERSION", "USER", "PATH", "REASON", NULL};
static const char *const refused_headers[] = {"APP", "USER", "PATH", "REFUSED", "WHY", NULL};
static const char *const run_headers[] = {"FEED", "VERSION", "LAST RUN", "RESULT", "WORDS", NULL};

/* What a table shows of each row, column by column. */
struct columns {
    const char *const *headers;
    const char *const keys[6];
};

static const struct columns taken = {taken_headers,
                                     {"app", "version", "user", "path", "reason", NULL}};
static const struct columns refused = {refused_headers,
                                       {"app", "user", "path", "verdict", "words", NULL}};

static size_t print_rows(const json_t *rows, const struct columns *columns,
                         const struct output *output)
{
    char text[FIELD_BYTES];
    struct table table;

    table_init(&table, columns->headers);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        for (size_t k = 0; columns->keys[k] != NULL; k++)
            table_text(&table, field_text(json_array_get(rows, i), columns->keys[k], text));
    }
    table_print(&table, output);
    table_clear(&table);
    return json_array_size(rows);
}

static void print_runs(const json_t *runs, const struct output *output)
{
    char text[FIELD_BYTES];
    struct table table;

    table_init(&table, run_headers);
    for (size_t i = 0; i < json_array_size(runs); i++) {
        const json_t *run = json_array_get(runs, i);

        table_text(&table, field_text(run, "type", text));
        table_text(&table, field_text(run, "version", text));
        table_text(&table, field_time(run, "time", text));
        table_text(&table, field_text(run, "code", text));
        table_text(&table, field_text(run, "words", text));
    }
    table_print(&table, output);
    table_clear(&table);
}

static void print_all(const json_t *reply, const struct output *output)
{
    const json_t *runs = json_object_get(reply, "runs");

    if (json_array_size(runs) == 0) {
        fprintf(output->stream, "No exclusions: neither appfeed nor userappfeed has run here.\n");
        return;
    }
    if (print_rows(json_object_get(reply, "exclusions"), &taken, output) == 0)
        fprintf(output->stream, "Nothing is left out of scans.\n");
    if (json_array_size(json_object_get(reply, "refused")) > 0) {
        fprintf(output->stream, "\nRefused:\n");
        print_rows(json_object_get(reply, "refused"), &refused, output);
    }
    fprintf(output->stream, "\n");
    print_runs(runs, output);
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct output output;
    json_t *reply = NULL;
    int result;

    if (output_open(invocation, &output, err) < 0 ||
        ask_agent(invocation, "Exclusions", NULL, NULL, NULL, &reply, err) < 0)
        return -(int)err->code;
    result = command_flag(invocation, "json") ? output_json(reply, err) : 0;
    if (!command_flag(invocation, "json"))
        print_all(reply, &output);
    json_decref(reply);
    return result;
}

const struct command command_exclusions = {
    .name = "exclusions",
    .arguments = "",
    .summary = "Show what scans leave out for software that was found here, and what was refused",
    .description =
        "Rules of appfeed and userappfeed look for software and ask that scans leave its files "
        "out. "
        "An exclusion is refused where its path is the root, a folder of the system or a pattern, "
        "leads through a symbolic link, or can be written to by anybody but root and an account of "
        "software whose files they are (for a user's: but the user); also in a home, where "
        "programs are started from.",
    .examples = examples,
    .run = run,
};
