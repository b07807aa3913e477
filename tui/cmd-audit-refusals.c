/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include "tui/field.h"
#include "tui/output.h"
#include "tui/refusals-list.h"

static const char *const examples[] = {"audit refusals", "audit refusals --all --json", NULL};

static const struct command_option options[] = {
    {"all", 0, COMMAND_FLAG, NULL, "also those that were acknowledged"},
};

static int run(const struct command_invocation *invocation, struct error *err)
{
    bool all = command_flag(invocation, "all");
    struct output output;
    json_t *refusals = NULL;
    int result = 0;

    if (output_open(invocation, &output, err) < 0 ||
        refusals_list(invocation, all, INT64_MAX, &refusals, err) < 0)
        return -(int)err->code;
    if (command_flag(invocation, "json"))
        result = output_json(refusals, err);
    else
        refusals_print(refusals, all, &output);
    if (!command_flag(invocation, "json") && field_number(refusals, "open") > 0)
        fprintf(output.stream, "\nNext step: look into each; then sallyport audit acknowledge N\n");
    json_decref(refusals);
    return result;
}

const struct command command_audit_refusals = {
    .name = "audit refusals",
    .arguments = "",
    .summary = "Show what was refused here and nobody has acknowledged yet",
    .description = "Each stays a warning in status and check until somebody who may act has "
                   "acknowledged it. sallyport explain CODE says what a code means.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
