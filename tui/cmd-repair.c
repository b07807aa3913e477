/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <string.h>

#include "media/base/source.h"
#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/progress.h"
#include "tui/table.h"

static const char *const examples[] = {"repair --dry-run", "repair --from /media/stick",
                                       "repair --show", NULL};

static const struct command_option options[] = {
    {"from", 0, COMMAND_TEXT, "SOURCE", "fetch from here (the configured sources, in order)"},
    {"dry-run", 0, COMMAND_FLAG, NULL, "look at everything, change and fetch nothing"},
    {"show", 0, COMMAND_FLAG, NULL, "show what was repaired, and do nothing"},
};

static const char *const content_headers[] = {"TYPE", "STATE", "WORDS", NULL};
static const char *const own_headers[] = {"OBJECT", "STATE", "WORDS", NULL};
static const char *const rule_headers[] = {"RULE", "STATE", "WORDS", NULL};
static const char *const show_headers[] = {"TIME", "VERB", "OBJECT", "TIMES",
                                           "WHO",  "CODE", "WORDS",  NULL};
static const char *const source_headers[] = {"SOURCE", "RESULT", "CODE", "WORDS", NULL};

static int make_parameters(const struct command_invocation *invocation, json_t **parameters,
                           struct error *err)
{
    const char *from = command_text(invocation, "from");
    char source[LIMIT_PATH_BYTES + 1];

    *parameters = NULL;
    if (from != NULL && source_resolve(from, source, err) < 0)
        return -(int)err->code;
    *parameters = json_pack("{s:b, s:s*}", "dry_run", command_flag(invocation, "dry-run"), "source",
                            from != NULL ? source : NULL);
    return 0;
}

static int show_step(void *context, const json_t *parameters, struct error *err)
{
    progress_step(context, json_object_get(parameters, "step"));
    return 0;
}

static int call(const struct command_invocation *invocation, const json_t *parameters,
                json_t **repair, struct error *err)
{
    struct progress progress;
    int result;

    progress_init(invocation, &progress);
    result = ask_agent(invocation, "Repair", parameters, show_step, &progress, repair, err);
    progress_end(&progress);
    return result;
}

static bool is_damaged(const json_t *repair)
{
    const char *result = field_raw(repair, "result");

    return result == NULL || (strcmp(result, "sound") != 0 && strcmp(result, "repaired") != 0);
}

/* What a medium mends. */
static bool is_content_damaged(const json_t *repair)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(repair, "contents"), i, row)
    {
        if (!field_true(row, "repaired"))
            return true;
    }
    return false;
}

static void print_contents(const json_t *contents, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    table_init(&table, content_headers);
    for (size_t i = 0; i < json_array_size(contents); i++) {
        const json_t *row = json_array_get(contents, i);

        table_text(&table, field_text(row, "type", text));
        table_text(&table, field_true(row, "repaired") ? "repaired" : "damaged");
        table_text(&table, field_text(row, "words", text));
    }
    table_print(&table, output);
    table_clear(&table);
}

/* What has no object is named by its verb. */
static void print_own(const json_t *own, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    table_init(&table, own_headers);
    for (size_t i = 0; i < json_array_size(own); i++) {
        const json_t *row = json_array_get(own, i);
        const char *object = field_raw(row, "object");
        bool named = object != NULL && object[0] != '\0';

        table_text(&table, field_text(row, named ? "object" : "verb", text));
        table_text(&table, field_true(row, "done") ? "repaired" : "damaged");
        table_text(&table, field_text(row, "words", text));
    }
    table_print(&table, output);
    table_clear(&table);
}

/* Of a repair-kit, those that found something: what each is for, or why it is left. */
static void print_rules(const json_t *rules, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    table_init(&table, rule_headers);
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *row = json_array_get(rules, i);
        const char *outcome = field_raw(row, "outcome"), *words = field_raw(row, "words");

        if (outcome == NULL || strcmp(outcome, "healthy") == 0)
            continue;
        table_text(&table, field_text(row, "rule", text));
        table_text(&table, field_text(row, "outcome", text));
        table_text(&table,
                   field_text(row, words != NULL && words[0] != '\0' ? "words" : "title", text));
    }
    table_print(&table, output);
    table_clear(&table);
}

static void print_sources(const json_t *sources, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    table_init(&table, source_headers);
    for (size_t i = 0; i < json_array_size(sources); i++) {
        const json_t *row = json_array_get(sources, i);

        table_text(&table, field_text(row, "source", text));
        table_text(&table, field_text(row, "result", text));
        table_text(&table, field_text(row, "code", text));
        table_text(&table, field_text(row, "words", text));
    }
    table_print(&table, output);
    table_clear(&table);
}

static void print_repair(const json_t *repair, const struct output *output)
{
    char first[FIELD_BYTES], second[FIELD_BYTES];

    print_own(json_object_get(repair, "own"), output);
    print_rules(json_object_get(repair, "rules"), output);
    print_contents(json_object_get(repair, "contents"), output);
    print_sources(json_object_get(repair, "sources"), output);
    output_mark(output, is_damaged(repair) ? OUTPUT_FAIL : OUTPUT_OK);
    fprintf(output->stream, " %s looked at: %s\n",
            field_counted(repair, "checked", "package", first),
            field_text(repair, "result", second));
    if (field_raw(repair, "words") != NULL && field_raw(repair, "words")[0] != '\0')
        fprintf(output->stream, "Content could not be looked at: %s\n",
                field_text(repair, "words", first));
    if (is_content_damaged(repair))
        fprintf(output->stream, "Next step: insert a medium of this ring; then sallyport repair "
                                "--from SOURCE\n");
}

static void print_shown(const json_t *repairs, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    table_init(&table, show_headers);
    for (size_t i = 0; i < json_array_size(repairs); i++) {
        const json_t *row = json_array_get(repairs, i);

        table_text(&table, field_time(row, "time", text));
        table_text(&table, field_text(row, "verb", text));
        table_text(&table, field_text(row, "object", text));
        snprintf(text, sizeof(text), "%lld", (long long)field_number(row, "times"));
        table_text(&table, text);
        table_text(&table, field_text(row, "who", text));
        table_text(&table, field_text(row, "code", text));
        table_text(&table, field_text(row, "words", text));
    }
    table_print(&table, output);
    table_clear(&table);
    if (json_array_size(repairs) == 0)
        fputs("Nothing was repaired here.\n", output->stream);
}

/* --show: what the agent remembers. */
static int show(const struct command_invocation *invocation, const struct output *output,
                struct error *err)
{
    json_t *status = NULL, *document;
    int result = ask_agent(invocation, "Status", NULL, NULL, NULL, &status, err);

    document = json_pack("{s:s, s:O?}", "schema", "sallyport.repairs/1", "repairs",
                         json_object_get(status, "repairs"));
    if (result == 0 && command_flag(invocation, "json"))
        result = output_json(document, err);
    else if (result == 0)
        print_shown(json_object_get(document, "repairs"), output);
    json_decref(document);
    json_decref(status);
    return result;
}

/* What is left damaged is the one thing that this verb exists to say. */
static int run(const struct command_invocation *invocation, struct error *err)
{
    json_t *parameters = NULL, *repair = NULL;
    struct output output;
    int result;

    if (output_open(invocation, &output, err) < 0 ||
        make_parameters(invocation, &parameters, err) < 0)
        return -(int)err->code;
    if (command_flag(invocation, "show")) {
        json_decref(parameters);
        return show(invocation, &output, err);
    }
    result = call(invocation, parameters, &repair, err);
    if (result == 0 && command_flag(invocation, "json"))
        result = output_json(repair, err);
    else if (result == 0)
        print_repair(repair, &output);
    if (result == 0 && is_damaged(repair))
        result = error_row(ERROR_PARTIAL)->exit_status;
    json_decref(parameters);
    json_decref(repair);
    return result;
}

const struct command command_repair = {
    .name = "repair",
    .arguments = "",
    .summary = "Put right what is damaged here: the agent's own files, and content",
    .description = "The agent's own files first: programs against their pristine copies, the state "
                   "folder's modes, links and leftovers. Then content: each file is held against "
                   "its signed recipe. Both as the agent does by itself at its start and every "
                   "hour. Content that is damaged is fetched again, under the same checks as an "
                   "import, until nothing is; floors stay as they are. Exit status 3 when "
                   "something stays damaged.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
