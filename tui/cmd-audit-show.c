/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <errno.h>
#include <stdlib.h>

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"

static const char *const examples[] = {"audit show 12", "audit show 12 --json", NULL};

static int read_number(const char *text, int64_t *number, struct error *err)
{
    char *end;

    errno = 0;
    *number = strtoll(text, &end, 10);
    if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || *number < 1)
        return error_set(err, ERROR_USAGE, "%s: expected the number of a record, from 1 on", text);
    return 0;
}

/* The record and the one before it, on which its digest rests. */
static int ask_records(const struct command_invocation *invocation, int64_t number, json_t **audit,
                       struct error *err)
{
    int64_t after = number > 1 ? number - 2 : 0;
    json_t *parameters = json_pack("{s:I, s:I}", "after", (json_int_t)after, "limit",
                                   (json_int_t)(number > 1 ? 2 : 1));
    int result = ask_agent(invocation, "Audit", parameters, NULL, NULL, audit, err);

    json_decref(parameters);
    return result;
}

static const json_t *find(const json_t *audit, int64_t number)
{
    const json_t *records = json_object_get(audit, "records");

    for (size_t i = 0; i < json_array_size(records); i++)
        if (field_number(json_array_get(records, i), "number") == number)
            return json_array_get(records, i);
    return NULL;
}

static const struct {
    const char *label, *key;
} lines[] = {{"Time", "time"},       {"Who", "who"},     {"What", "what"},    {"Result", "result"},
             {"Subject", "subject"}, {"Words", "words"}, {"Digest", "digest"}};

static void print_record(const json_t *record, const json_t *before, const struct output *output)
{
    const char *name = field_raw(record, "code");
    char text[FIELD_BYTES];
    enum error_code code;

    output_label(output, "Record");
    fprintf(output->stream, "%s\n", field_count(record, "number", text));
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        output_label(output, lines[i].label);
        output_wrapped(output, field_text(record, lines[i].key, text), 10, 10);
    }
    output_label(output, "Before");
    fprintf(output->stream, "%s\n",
            before != NULL ? field_text(before, "digest", text) : "none: this is the first");
    output_label(output, "Code");
    fprintf(output->stream, "%s\n", field_text(record, "code", text));
    if (name == NULL || error_from_name(name, &code) < 0 || code == ERROR_OK)
        return;
    output_label(output, "Cause");
    output_wrapped(output, error_row(code)->cause, 10, 10);
    output_label(output, "Next step");
    output_wrapped(output, error_row(code)->next_step, 10, 10);
}

static int print_json(const json_t *record, const json_t *before, struct error *err)
{
    json_t *document = json_pack("{s:s, s:O, s:s?}", "schema", "sallyport.audit-record/1", "record",
                                 record, "before", field_raw(before, "digest"));
    int result = output_json(document, err);

    json_decref(document);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    const json_t *record, *before;
    struct output output;
    json_t *audit = NULL;
    int64_t number;
    int result;

    if (output_open(invocation, &output, err) < 0 ||
        read_number(invocation->arguments[0], &number, err) < 0 ||
        ask_records(invocation, number, &audit, err) < 0)
        return -(int)err->code;
    record = find(audit, number);
    before = find(audit, number - 1);
    if (record == NULL)
        result = error_set(err, ERROR_NOT_FOUND, "no audit record %lld; see sallyport audit list",
                           (long long)number);
    else if (command_flag(invocation, "json"))
        result = print_json(record, before, err);
    else {
        print_record(record, before, &output);
        result = 0;
    }
    json_decref(audit);
    return result;
}

const struct command command_audit_show = {
    .name = "audit show",
    .arguments = "N",
    .summary = "Show one record of the audit chain whole",
    .description = "With its digest and that of the record before, on which it rests, and what "
                   "its reason code means.",
    .examples = examples,
    .run = run,
};
