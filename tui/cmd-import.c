/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/progress.h"
#include "tui/table.h"

static const char *const examples[] = {"import /media/stick --dry-run", "import /media/stick --yes",
                                       "import . --only flags-supplement --json --yes", NULL};

static const struct command_option options[] = {
    {"dry-run", 0, COMMAND_FLAG, NULL, "verify and plan, change nothing"},
    {"only", 0, COMMAND_REPEAT, "TYPE", "import just this content type"},
    {"yes", 0, COMMAND_FLAG, NULL, "import without asking"},
    {"fail-unchanged", 0, COMMAND_FLAG, NULL, "exit status 4 when nothing was new"},
};

static const char *const headers[] = {"TYPE", "VERSION", "ISSUE",  "GENTIME",
                                      "READ", "RESULT",  "REASON", NULL};

/* Results of a package and of a whole import, and what they mean to people. */
static const struct {
    const char *name, *sentence;
    enum output_mark mark;
} results[] = {
    {"active", "Imported and active.", OUTPUT_OK},
    {"staged", "Accepted, not active yet: a wave has to open first.", OUTPUT_OK},
    {"current", "already current: nothing changed", OUTPUT_OK},
    {"planned", "This is the plan; nothing was changed.", OUTPUT_OK},
    {"partial", "Some packages were left out; the others are done.", OUTPUT_WARN},
    {"refused", "Refused; what was there before stays in service.", OUTPUT_BLOCKED},
};

#define RESULTS (sizeof(results) / sizeof(results[0]))

static size_t find_result(const char *name)
{
    size_t i = 0;

    while (i < RESULTS && (name == NULL || strcmp(results[i].name, name) != 0))
        i++;
    return i;
}

static bool is_result(const json_t *import, const char *name)
{
    const char *result = field_raw(import, "result");

    return result != NULL && strcmp(result, name) == 0;
}

/* What it comes to, for people. A newer set of the same packages is news of its own. */
static const char *sentence_of(const json_t *import, size_t result, char out[static FIELD_BYTES])
{
    if (is_result(import, "current") && json_is_true(json_object_get(import, "changed")))
        return "Content as it was; the newer set says that it is still current.";
    return result < RESULTS ? results[result].sentence : field_text(import, "result", out);
}

static void put_package(struct table *table, const json_t *row)
{
    const char *code = field_raw(row, "code");
    char first[FIELD_BYTES], second[FIELD_BYTES], reason[FIELD_BYTES] = "", bytes[32];

    table_text(table, field_text(row, "type", first));
    table_text(table, field_text(row, "version", first));
    table_text(table, field_count(row, "issue", first));
    table_text(table, field_time(row, "time", first));
    table_text(table, output_bytes((uint64_t)field_number(row, "bytes"), bytes));
    table_text(table, field_text(row, "result", first));
    if (code != NULL && strcmp(code, "ok") != 0)
        snprintf(reason, sizeof(reason), "%.100s: %.1500s", field_text(row, "code", first),
                 field_text(row, "words", second));
    table_text(table, reason);
}

static void print_import(const json_t *import, const struct output *output)
{
    const json_t *packages = json_object_get(import, "packages");
    size_t result = find_result(field_raw(import, "result"));
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], fourth[FIELD_BYTES];
    char read_text[32], needed_text[32];
    struct table table;

    fprintf(output->stream, "%s: ring %s, set %s of %s\n", field_text(import, "source", first),
            field_text(import, "ring", second), field_count(import, "sequence", third),
            field_time(import, "time", fourth));
    table_init(&table, headers);
    for (size_t i = 0; i < json_array_size(packages); i++)
        put_package(&table, json_array_get(packages, i));
    table_print(&table, output);
    table_clear(&table);
    if (is_result(import, "planned"))
        fprintf(output->stream, "Reads %s, needs %s of free space.\n",
                output_bytes((uint64_t)field_number(import, "read_bytes"), read_text),
                output_bytes((uint64_t)field_number(import, "needed_bytes"), needed_text));
    output_mark(output, result < RESULTS ? results[result].mark : OUTPUT_NONE);
    fprintf(output->stream, " %s", sentence_of(import, result, first));
    if (field_raw(import, "words") != NULL && field_raw(import, "words")[0] != '\0')
        fprintf(output->stream, " %s", field_text(import, "words", first));
    fputc('\n', output->stream);
}

/* The agent has another working folder. What is no path (a URL, "-") is for the agent to judge. */
static int absolute_source(const char *source, char out[static PATH_MAX], struct error *err)
{
    if (realpath(source, out) != NULL)
        return 0;
    return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s", source);
}

static json_t *make_parameters(const struct command_invocation *invocation, const char *source,
                               bool dry_run)
{
    json_t *parameters = json_pack("{s:s, s:b}", "source", source, "dry_run", dry_run);
    json_t *only = json_array();
    const char *type;

    for (size_t i = 0; (type = command_repeat(invocation, "only", i)) != NULL; i++)
        json_array_append_new(only, json_string(type));
    if (json_array_size(only) > 0)
        json_object_set(parameters, "only", only);
    json_decref(only);
    return parameters;
}

static int show_step(void *context, const json_t *parameters, struct error *err)
{
    progress_step(context, json_object_get(parameters, "step"));
    return 0;
}

static int call_import(const struct command_invocation *invocation, const char *source,
                       bool dry_run, json_t **import, struct error *err)
{
    json_t *parameters = make_parameters(invocation, source, dry_run);
    struct progress progress;
    int result;

    progress_init(invocation, &progress);
    result = ask_agent(invocation, "Import", parameters, show_step, &progress, import, err);
    progress_end(&progress);
    json_decref(parameters);
    return result;
}

static int report(const struct command_invocation *invocation, const struct output *output,
                  const json_t *import, struct error *err)
{
    int status = ask_status_of(import);
    enum error_code code = ERROR_INTERNAL;
    const char *name = field_raw(import, "code");

    if (status == 0 && command_flag(invocation, "fail-unchanged") && is_result(import, "current"))
        status = error_row(ERROR_UNCHANGED)->exit_status;
    if (command_flag(invocation, "json"))
        return output_json(import, err) < 0 ? -(int)err->code : status;
    print_import(import, output);
    if (status != 0 && name != NULL && error_from_name(name, &code) == 0 && code != ERROR_OK)
        fprintf(stderr, "next: %s\n", error_row(code)->next_step);
    return status;
}

/* 1: yes. Only asked on a terminal; anything but y or yes means no. */
static int confirmed(void)
{
    char answer[16] = "";

    fprintf(stderr, "Import this now? [y/N] ");
    fflush(stderr);
    if (fgets(answer, sizeof(answer), stdin) == NULL)
        return 0;
    answer[strcspn(answer, "\n")] = '\0';
    return strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0;
}

/* Shows the plan and asks. 1: go on, 0: done with *status. */
static int preview(const struct command_invocation *invocation, const struct output *output,
                   const char *source, int *status, struct error *err)
{
    json_t *plan = NULL;
    bool nothing_to_do;

    if (call_import(invocation, source, true, &plan, err) < 0)
        return -(int)err->code;
    *status = report(invocation, output, plan, err);
    nothing_to_do = !is_result(plan, "planned");
    json_decref(plan);
    if (*status < 0 || nothing_to_do)
        return *status < 0 ? *status : 0;
    if (confirmed())
        return 1;
    fprintf(stderr, "Nothing was imported.\n");
    *status = 0;
    return 0;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    bool dry_run = command_flag(invocation, "dry-run");
    bool json = command_flag(invocation, "json");
    char source[PATH_MAX];
    struct output output;
    json_t *import = NULL;
    int status = 0, result;

    if (output_open(invocation, &output, err) < 0 ||
        absolute_source(invocation->arguments[0], source, err) < 0)
        return -(int)err->code;
    if (!dry_run && !command_flag(invocation, "yes")) {
        if (json || !isatty(STDIN_FILENO))
            return error_set(err, ERROR_USAGE,
                             "an import has to be confirmed: give --yes, or --dry-run to look");
        result = preview(invocation, &output, source, &status, err);
        if (result <= 0)
            return result < 0 ? result : status;
    }
    if (call_import(invocation, source, dry_run, &import, err) < 0)
        return -(int)err->code;
    status = report(invocation, &output, import, err);
    json_decref(import);
    return status;
}

const struct command command_import = {
    .name = "import",
    .arguments = "SOURCE",
    .summary = "Import from a folder that holds an export",
    .description = "Verifies everything first, shows the plan and asks. Without a terminal or with "
                   "--json nothing is asked, so --yes is needed. The same import again is success "
                   "and changes nothing. Pulling the medium before the end leaves what is in "
                   "service as it was.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
