/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <errno.h>
#include <string.h>

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"

#define SHOWN 20   /* without --after: the newest so many */
#define PAGE  1000 /* records in one answer of Audit */

static const char *const examples[] = {"events", "events --follow", "events --after 100 --json",
                                       NULL};

static const struct command_option options[] = {
    {"follow", 'f', COMMAND_FLAG, NULL, "go on with each event as it happens, until Ctrl-C"},
    {"after", 0, COMMAND_COUNT, "N", "begin with the record behind N (the newest 20)"},
};

struct showing {
    struct output output;
    bool json;
    uint64_t last; /* number of the newest record that was shown */
};

/* A reader who is gone or a full disk ends the stream. */
static int flush(struct error *err)
{
    if (fflush(stdout) == 0)
        return 0;
    return error_set_errno(err, ERROR_IO, errno, "writing the output");
}

static int show(struct showing *showing, const json_t *record, struct error *err)
{
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], fourth[FIELD_BYTES];
    FILE *stream = showing->output.stream;

    showing->last = (uint64_t)field_number(record, "number");
    if (showing->json)
        return output_json(record, err) < 0 ? -(int)err->code : flush(err);
    fprintf(stream, "%s  %s  %s  %s  ", field_time(record, "time", first),
            field_count(record, "number", second), field_text(record, "who", third),
            field_text(record, "what", fourth));
    output_mark(&showing->output, output_mark_of(field_raw(record, "result")));
    fprintf(stream, " %s  %s  %s\n", field_text(record, "code", first),
            field_text(record, "subject", second), field_text(record, "words", third));
    return flush(err);
}

static int show_reply(void *context, const json_t *parameters, struct error *err)
{
    const json_t *record = field_object(parameters, "record");

    return record != NULL ? show(context, record, err) : 0;
}

/* Everything that is written already. */
static int show_written(const struct command_invocation *invocation, struct showing *showing,
                        struct error *err)
{
    size_t count = 0;
    int result;

    do {
        json_t *parameters =
            json_pack("{s:I, s:i}", "after", (json_int_t)showing->last, "limit", PAGE);
        json_t *audit = NULL;
        const json_t *records;

        result = ask_agent(invocation, "Audit", parameters, NULL, NULL, &audit, err);
        records = json_object_get(audit, "records");
        count = json_array_size(records);
        for (size_t i = 0; i < count && result == 0; i++)
            result = show(showing, json_array_get(records, i), err);
        json_decref(parameters);
        json_decref(audit);
    } while (result == 0 && count == PAGE);
    return result;
}

static int follow(const struct command_invocation *invocation, struct showing *showing,
                  struct error *err)
{
    json_t *parameters = json_pack("{s:I}", "after", (json_int_t)showing->last);
    json_t *ignored = NULL;
    int result = ask_agent(invocation, "Events", parameters, show_reply, showing, &ignored, err);

    json_decref(parameters);
    json_decref(ignored);
    return result;
}

/* Where to begin. */
static int find_start(const struct command_invocation *invocation, uint64_t *after,
                      struct error *err)
{
    json_t *status = NULL;
    int64_t records;

    if (command_number(invocation, "after", after))
        return *after > INT64_MAX ? error_set(err, ERROR_USAGE, "--after: too large") : 0;
    if (ask_agent(invocation, "Status", NULL, NULL, NULL, &status, err) < 0)
        return -(int)err->code;
    records = field_number(field_object(status, "audit"), "records");
    *after = records > SHOWN ? (uint64_t)records - SHOWN : 0;
    json_decref(status);
    return 0;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct showing showing = {.json = command_flag(invocation, "json")};
    int result;

    if (output_open(invocation, &showing.output, err) < 0 ||
        find_start(invocation, &showing.last, err) < 0)
        return -(int)err->code;
    result = show_written(invocation, &showing, err);
    if (result == 0 && command_flag(invocation, "follow"))
        result = follow(invocation, &showing, err);
    return result;
}

const struct command command_events = {
    .name = "events",
    .arguments = "",
    .summary = "Show what happens here, one line an event",
    .description = "Events are the records of the audit chain. With --json each is one JSON "
                   "object on a line of its own.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
