/* SPDX-License-Identifier: ISC */
#include "tui/ask.h"
#include "tui/commands.h"
#include "tui/field.h"
#include "tui/output.h"

static const char *const examples[] = {"activate behavior", NULL};

static int run(const struct command_invocation *invocation, struct error *err)
{
    json_t *parameters = json_pack("{s:s}", "type", invocation->arguments[0]);
    char first[FIELD_BYTES], second[FIELD_BYTES];
    json_t *reply = NULL;
    struct output output;
    int result = output_open(invocation, &output, err);

    if (result == 0)
        result = ask_agent(invocation, "Activate", parameters, NULL, NULL, &reply, err);
    if (result == 0 && command_flag(invocation, "json")) {
        result = output_json(reply, err);
    } else if (result == 0) {
        output_mark(&output, OUTPUT_OK);
        fprintf(output.stream, " %s %s is active.\n", field_text(reply, "type", first),
                field_text(reply, "version", second));
    }
    json_decref(reply);
    json_decref(parameters);
    return result;
}

const struct command command_activate = {
    .name = "activate",
    .arguments = "TYPE",
    .summary = "Put staged content into service before its wave opens",
    .description = "For an emergency: only where agent.conf says [wave] policy = emergency, only "
                   "for who may act, and the audit chain keeps who did it. Checked, loaded and "
                   "undone like any other activation; a wave is the only thing that is not waited "
                   "for.",
    .examples = examples,
    .run = run,
};
