/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <errno.h>
#include <stdlib.h>

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/refusals-list.h"

static const char *const examples[] = {"audit acknowledge 3", "audit acknowledge --all --dry-run",
                                       NULL};

static const struct command_option options[] = {
    {"all", 0, COMMAND_FLAG, NULL, "every refusal that is listed at this moment"},
    {"dry-run", 0, COMMAND_FLAG, NULL, "show which, change nothing"},
};

static int read_up_to(const struct command_invocation *invocation, uint64_t *up_to,
                      struct error *err)
{
    bool all = command_flag(invocation, "all"), named = invocation->argument_count > 0;
    const char *text = named ? invocation->arguments[0] : "";
    long long number;
    char *end;

    *up_to = INT64_MAX;
    if (all == named)
        return error_set(err, ERROR_USAGE,
                         "give the number of the last refusal that you have seen, or --all; see "
                         "sallyport audit refusals");
    if (all)
        return 0;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || number < 1)
        return error_set(err, ERROR_USAGE, "%s: expected the number of a refusal, from 1 on", text);
    *up_to = (uint64_t)number;
    return 0;
}

/* What is listed now and no more: one that comes in meanwhile has been seen by nobody. */
static int acknowledge(const struct command_invocation *invocation, const json_t *refusals,
                       json_t **answer, struct error *err)
{
    const json_t *rows = json_object_get(refusals, "refusals");
    size_t count = json_array_size(rows);
    json_t *parameters;
    int result;

    if (count == 0) {
        *answer =
            json_pack("{s:i, s:O}", "acknowledged", 0, "open", json_object_get(refusals, "open"));
        return 0;
    }
    parameters =
        json_pack("{s:O}", "up_to", json_object_get(json_array_get(rows, count - 1), "number"));
    result = ask_agent(invocation, "Acknowledge", parameters, NULL, NULL, answer, err);
    json_decref(parameters);
    return result;
}

static int tell(const struct command_invocation *invocation, const struct output *output,
                json_t *answer, struct error *err)
{
    char first[FIELD_BYTES], second[FIELD_BYTES];

    if (command_flag(invocation, "json")) {
        json_object_set_new(answer, "schema", json_string("sallyport.acknowledged/1"));
        return output_json(answer, err);
    }
    fprintf(output->stream, "%s acknowledged, %s still open.\n",
            field_counted(answer, "acknowledged", "refusal", first),
            field_count(answer, "open", second));
    return 0;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    bool dry_run = command_flag(invocation, "dry-run");
    json_t *refusals = NULL, *answer = NULL;
    struct output output;
    uint64_t up_to;
    int result;

    if (output_open(invocation, &output, err) < 0 || read_up_to(invocation, &up_to, err) < 0 ||
        refusals_list(invocation, false, up_to, &refusals, err) < 0)
        return -(int)err->code;
    if (dry_run && command_flag(invocation, "json")) {
        result = output_json(refusals, err);
    } else if (dry_run) {
        refusals_print(refusals, false, &output);
        result = 0;
    } else {
        result = acknowledge(invocation, refusals, &answer, err);
        if (result == 0)
            result = tell(invocation, &output, answer, err);
    }
    json_decref(answer);
    json_decref(refusals);
    return result;
}

const struct command command_audit_acknowledge = {
    .name = "audit acknowledge",
    .arguments = "[N]",
    .summary = "Say that the refusals up to number N were seen",
    .description = "They are no warning any more and stay listed; the audit record has your uid. "
                   "Nothing that was refused is let in by this.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
