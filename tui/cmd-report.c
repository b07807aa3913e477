/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tui/commands.h"

#include <string.h>

#include "media/base/instant.h"
#include "media/base/limits.h"
#include "media/base/text.h"
#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/period.h"
#include "tui/report-file.h"
#include "tui/report-format.h"
#include "tui/report-period.h"
#include "tui/report-sign.h"
#include "tui/report-view.h"

#define DAYS 30 /* without --from */

static const char *const examples[] = {
    "report", "report --from 2026-10-01 --to 2026-11-01",
    "report --from 7d --format html -o week.html --sign --certificate endpoint.pem", NULL};

static const struct command_option options[] = {
    {"from", 0, COMMAND_TEXT, "TIME", "a time, a day, or how long ago: 7d, 12h (30d)"},
    {"to", 0, COMMAND_TEXT, "TIME", "the same; records before this moment (now)"},
    {"format", 0, COMMAND_TEXT, "FORMAT", REPORT_FORMATS " (text)"},
    {"marking", 0, COMMAND_TEXT, "TEXT", "classification line of the report"},
    {"output", 'o', COMMAND_TEXT, "FILE", "write it there; replaces FILE"},
    REPORT_SIGN_OPTIONS,
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
    const char *marking = command_text(invocation, "marking");
    json_t *status = NULL, *chain = NULL;
    int result = ask_agent(invocation, "Status", NULL, NULL, NULL, &status, err);

    if (result == 0)
        result = ask_agent(invocation, "AuditVerify", NULL, NULL, NULL, &chain, err);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && result == 0; i++) {
        json_t *value = json_object_get(status, keys[i]);

        json_object_set(report, keys[i], value != NULL ? value : json_null());
    }
    if (result == 0) {
        json_object_set(report, "chain", chain);
        json_object_set_new(report, "by", report_file_maker(status));
        json_object_set_new(report, "tool", json_string("sallyport " PACKAGE_VERSION));
        json_object_set_new(report, "marking",
                            marking != NULL ? json_string(marking) : json_null());
    }
    json_decref(chain);
    json_decref(status);
    return result;
}

static int tell_written(const struct command_invocation *invocation, const struct report_file *file,
                        const struct output *output, struct error *err)
{
    char shown[FIELD_BYTES];
    json_t *document;
    int result;

    if (!command_flag(invocation, "json")) {
        fprintf(output->stream, "%s: report written, SHA-384 %s\n",
                text_escape_string(file->path, shown, sizeof(shown)), file->digest);
        return 0;
    }
    document = json_pack("{s:s, s:s, s:s, s:I}", "schema", "sallyport.report-written/1", "file",
                         file->path, "sha384", file->digest, "size", (json_int_t)file->size);
    result = output_json(document, err);
    json_decref(document);
    return result;
}

static int print(const struct report *report, const char *format, const struct output *output,
                 struct error *err)
{
    struct bytes text;
    int result;

    bytes_init(&text, LIMIT_REPORT_BYTES);
    result = report_format_write(report, format, &text, err);
    if (result == 0 && fwrite(text.data, 1, text.size, output->stream) != text.size)
        result = error_set(err, ERROR_IO, "standard output can't be written");
    bytes_clear(&text);
    return result;
}

static int tell(const struct command_invocation *invocation, const json_t *period,
                const char *format, const struct output *output, struct error *err)
{
    struct report_file file = {.path = command_text(invocation, "output"), .format = format};
    struct report report;
    int result;

    if (file.path == NULL && strcmp(format, "json") == 0)
        return output_json(period, err);
    if (file.path == NULL && strcmp(format, "text") == 0) {
        report_view_print(period, output);
        return 0;
    }
    report_period(&report, period);
    result = file.path == NULL ? print(&report, format, output, err)
                               : report_file_write(&report, &file, err);
    if (result == 0 && file.path != NULL)
        result = report_sign(invocation, &file, err);
    if (result == 0 && file.path != NULL)
        result = tell_written(invocation, &file, output, err);
    report_clear(&report);
    return result;
}

/* --json alone is about standard output; a file is in the format that was asked for. */
static const char *find_format(const struct command_invocation *invocation)
{
    const char *format = command_text(invocation, "format");

    if (format != NULL)
        return format;
    return command_flag(invocation, "json") ? "json" : "text";
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    json_t *parameters = NULL, *report = NULL;
    const char *format = find_format(invocation);
    struct output output;
    int result;

    if (output_open(invocation, &output, err) < 0 || report_format_check(format, err) < 0 ||
        report_sign_check(invocation, command_text(invocation, "output") != NULL, err) < 0 ||
        make_parameters(invocation, &parameters, err) < 0)
        return -(int)err->code;
    result = ask_agent(invocation, "Report", parameters, NULL, NULL, &report, err);
    if (result == 0)
        result = add_context(invocation, report, err);
    if (result == 0)
        result = tell(invocation, report, format, &output, err);
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
