/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/text.h"
#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output-file.h"
#include "tui/output.h"
#include "tui/period.h"
#include "tui/report-view.h"

#define DAYS 30 /* without --from */

static const char *const examples[] = {"report", "report --from 2026-10-01 --to 2026-11-01",
                                       "report --from 7d --format json -o week.json", NULL};

static const struct command_option options[] = {
    {"from", 0, COMMAND_TEXT, "TIME", "a time, a day, or how long ago: 7d, 12h (30d)"},
    {"to", 0, COMMAND_TEXT, "TIME", "the same; records before this moment (now)"},
    {"format", 0, COMMAND_TEXT, "FORMAT", "text or json (text)"},
    {"output", 'o', COMMAND_TEXT, "FILE", "write it there; replaces FILE"},
};

static int make_parameters(const struct command_invocation *invocation, json_t **parameters,
                           struct error *err)
{
    const char *from = command_text(invocation, "from"), *to = command_text(invocation, "to");
    int64_t now_us = instant_clock(), to_us = now_us, from_us = now_us - DAYS * INSTANT_DAY_US;
    char first[INSTANT_TEXT_BYTES], second[INSTANT_TEXT_BYTES];

    *parameters = NULL;
    if ((to != NULL && period_parse("to", to, now_us, &to_us, err) < 0) ||
        (from != NULL && period_parse("from", from, now_us, &from_us, err) < 0))
        return -(int)err->code;
    if (from_us < 0 || from_us > to_us)
        return error_set(err, ERROR_USAGE, "--from lies behind --to, or before 1970");
    *parameters = json_pack("{s:s, s:s}", "from", instant_format(from_us, first), "to",
                            instant_format(to_us, second));
    return 0;
}

/* Whose report it is, and whether what it is made from can be believed. */
static int add_context(const struct command_invocation *invocation, json_t *report,
                       struct error *err)
{
    static const char *const keys[] = {"endpoint", "site", "ring"};
    json_t *status = NULL, *chain = NULL;
    int result = ask_agent(invocation, "Status", NULL, NULL, NULL, &status, err);

    if (result == 0)
        result = ask_agent(invocation, "AuditVerify", NULL, NULL, NULL, &chain, err);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && result == 0; i++) {
        json_t *value = json_object_get(status, keys[i]);

        json_object_set(report, keys[i], value != NULL ? value : json_null());
    }
    if (result == 0)
        json_object_set(report, "chain", chain);
    json_decref(chain);
    json_decref(status);
    return result;
}

static int write_text(const char *path, const json_t *report, struct error *err)
{
    struct output output = {.color = false};
    char *text = NULL;
    size_t size = 0;
    int result;

    output.stream = open_memstream(&text, &size);
    if (output.stream == NULL)
        return error_set(err, ERROR_INTERNAL, "no memory for a report");
    report_view_print(report, &output);
    if (fclose(output.stream) != 0)
        result = error_set(err, ERROR_INTERNAL, "no memory for a report");
    else
        result = output_file(path, text, size, true, err);
    free(text);
    return result;
}

static int tell_written(const struct command_invocation *invocation, const char *path,
                        const struct output *output, struct error *err)
{
    char shown[FIELD_BYTES];
    json_t *document;
    int result;

    if (!command_flag(invocation, "json")) {
        fprintf(output->stream, "%s: report written\n",
                text_escape_string(path, shown, sizeof(shown)));
        return 0;
    }
    document = json_pack("{s:s, s:s}", "schema", "sallyport.report-written/1", "file", path);
    result = output_json(document, err);
    json_decref(document);
    return result;
}

static int tell(const struct command_invocation *invocation, const json_t *report, bool json,
                const struct output *output, struct error *err)
{
    const char *path = command_text(invocation, "output");
    int result = 0;

    if (path == NULL && json)
        return output_json(report, err);
    if (path == NULL)
        report_view_print(report, output);
    else if (json)
        result = output_file_json(path, report, true, err);
    else
        result = write_text(path, report, err);
    if (path != NULL && result == 0)
        result = tell_written(invocation, path, output, err);
    return result;
}

/* --json alone is about standard output; a file is in the format that was asked for. */
static int find_format(const struct command_invocation *invocation, bool *json, struct error *err)
{
    const char *format = command_text(invocation, "format");

    *json = format != NULL ? strcmp(format, "json") == 0 : command_flag(invocation, "json");
    if (format != NULL && !*json && strcmp(format, "text") != 0)
        return error_set(err, ERROR_USAGE, "--format %s: reports are written as text or json",
                         format);
    return 0;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    json_t *parameters = NULL, *report = NULL;
    struct output output;
    bool json;
    int result;

    if (output_open(invocation, &output, err) < 0 || find_format(invocation, &json, err) < 0 ||
        make_parameters(invocation, &parameters, err) < 0)
        return -(int)err->code;
    result = ask_agent(invocation, "Report", parameters, NULL, NULL, &report, err);
    if (result == 0)
        result = add_context(invocation, report, err);
    if (result == 0)
        result = tell(invocation, report, json, &output, err);
    json_decref(parameters);
    json_decref(report);
    return result;
}

const struct command command_report = {
    .name = "report",
    .arguments = "",
    .summary = "Sum up the audit chain over a period",
    .description = "What was done, refused and failed, how often, whether the chain verifies and "
                   "where it stood, and the floors of now. For whoever signs off a month; the "
                   "records themselves: sallyport audit list.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
