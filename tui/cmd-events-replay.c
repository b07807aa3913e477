/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <stdlib.h>

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"

static const char *const examples[] = {"events replay recording.jsonl",
                                       "events replay recording.jsonl --json", NULL};

static void print(const struct output *output, const json_t *reply)
{
    const json_t *rows = json_object_get(reply, "detections"),
                 *rules = json_object_get(reply, "rules");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);

        fprintf(output->stream, "%s  %s: %s\n", field_text(row, "severity", first),
                field_text(row, "rule", second), field_text(row, "title", third));
    }
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *row = json_array_get(rules, i);

        if (!field_true(row, "off"))
            continue;
        output_mark(output, OUTPUT_FAIL);
        fprintf(output->stream, " %s passed a budget and was switched off\n",
                field_text(row, "rule", first));
    }
    fprintf(output->stream, "%s, %s of them wanted by a rule, %s.\n",
            field_counted(reply, "events", "event", first), field_count(reply, "matched", second),
            field_counted(reply, "raised", "detection", third));
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    char *path = realpath(invocation->arguments[0], NULL);
    json_t *parameters, *reply = NULL;
    struct output output;
    int result = output_open(invocation, &output, err);

    if (path == NULL)
        return error_set(err, ERROR_NOT_FOUND, "%s: no such file", invocation->arguments[0]);
    parameters = json_pack("{s:s}", "source", path);
    free(path);
    if (parameters == NULL)
        return error_set(err, ERROR_USAGE, "%s: its path is no text", invocation->arguments[0]);
    if (result == 0)
        result = ask_agent(invocation, "Replay", parameters, NULL, NULL, &reply, err);
    if (result == 0 && command_flag(invocation, "json"))
        result = output_json(reply, err);
    else if (result == 0)
        print(&output, reply);
    json_decref(parameters);
    json_decref(reply);
    return result;
}

const struct command command_events_replay = {
    .name = "events replay",
    .arguments = "FILE",
    .summary = "Show what the behaviour rules in service make of a recording of events",
    .description =
        "FILE has one event a line, as sallyport-rules(5) has them. The rules run in a "
        "process of their own, on the recording's clock: nothing is detected here by it, "
        "and what rules remember is not touched.",
    .examples = examples,
    .run = run,
};
