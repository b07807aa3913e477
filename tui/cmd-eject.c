/* SPDX-License-Identifier: ISC */
#include "tui/ask.h"
#include "tui/commands.h"
#include "tui/field.h"
#include "tui/medium-name.h"
#include "tui/output.h"

static const char *const examples[] = {"eject /dev/sdb", "eject 1-4.2", NULL};

static int run(const struct command_invocation *invocation, struct error *err)
{
    char name[LIMIT_NAME_BYTES + 1], first[FIELD_BYTES], second[FIELD_BYTES];
    json_t *parameters, *reply = NULL;
    struct output output;
    int result;

    if (output_open(invocation, &output, err) < 0 ||
        medium_name_read(invocation->arguments[0], name, err) < 0)
        return -(int)err->code;
    parameters = json_pack("{s:s}", "medium", name);
    result = ask_agent(invocation, "Eject", parameters, NULL, NULL, &reply, err);
    if (result == 0 && command_flag(invocation, "json")) {
        result = output_json(reply, err);
    } else if (result == 0) {
        output_mark(&output, OUTPUT_OK);
        fprintf(output.stream, " %s: %s.\n", field_text(reply, "port", first),
                field_text(reply, "words", second));
    }
    json_decref(reply);
    json_decref(parameters);
    return result;
}

const struct command command_eject = {
    .name = "eject",
    .arguments = "MEDIUM",
    .summary = "Say whether a USB medium may be pulled, and stop it",
    .description = "MEDIUM is its port as sallyport media shows it, its block device, or a folder "
                   "that is mounted from it. Refused while a job reads it (locked) and while it is "
                   "mounted (medium-mounted, with the place). Nothing is ever written to it here.",
    .examples = examples,
    .run = run,
};
