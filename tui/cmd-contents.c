/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include "tui/ask.h"
#include "tui/contents-table.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/select.h"

static const char *const examples[] = {"contents", "contents flags-supplement --json", NULL};

static const struct select by_type = {"contents", "type", "content type", "contents"};

static void print_details(const json_t *row, const struct output *output)
{
    const json_t *staged = field_object(row, "staged");
    char text[FIELD_BYTES];

    fprintf(output->stream, "\n");
    output_label(output, "Package");
    fprintf(output->stream, "%s\n", field_text(row, "package", text));
    if (staged != NULL) {
        output_label(output, "Staged");
        fprintf(output->stream, "%s\n", field_text(staged, "package", text));
    }
    if (field_raw(row, "words") != NULL && field_raw(row, "words")[0] != '\0') {
        output_label(output, "Reason");
        output_wrapped(output, field_text(row, "words", text), 10, 10);
    }
    if (field_raw(row, "next") != NULL && field_raw(row, "next")[0] != '\0') {
        output_label(output, "Next step");
        output_wrapped(output, field_text(row, "next", text), 10, 10);
    }
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    const char *type = invocation->argument_count > 0 ? invocation->arguments[0] : NULL;
    struct output output;
    json_t *reply = NULL;
    int result;

    if (output_open(invocation, &output, err) < 0 ||
        ask_agent(invocation, "Contents", NULL, NULL, NULL, &reply, err) < 0)
        return -(int)err->code;
    result = type != NULL ? select_row(reply, &by_type, type, err) : 0;
    if (result == 0 && command_flag(invocation, "json")) {
        result = output_json(reply, err);
    } else if (result == 0) {
        contents_table_print(json_object_get(reply, "contents"), true, &output);
        if (type != NULL)
            print_details(json_array_get(json_object_get(reply, "contents"), 0), &output);
    }
    json_decref(reply);
    return result;
}

const struct command command_contents = {
    .name = "contents",
    .arguments = "[TYPE]",
    .summary = "Show each content type: version, issue, age, limits, state and reason",
    .description = "With a type also its whole package-id, what is staged, the reason and the "
                   "next step.",
    .examples = examples,
    .run = run,
};
