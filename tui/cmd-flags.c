/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/select.h"
#include "tui/table.h"

static const char *const examples[] = {"flags", "flags source-schedule", "flags --json", NULL};
static const char *const headers[] = {"FLAG", "VALUE", "SUPPLEMENT", "SERVICE", "WHY", NULL};
static const struct select by_name = {"flags", "name", "flag", "flags"};

static const char *value_of(const json_t *row)
{
    return field_true(row, "value") ? "on" : "off";
}

static void print_flags(const json_t *flags, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    table_init(&table, headers);
    for (size_t i = 0; i < json_array_size(flags); i++) {
        const json_t *row = json_array_get(flags, i);

        table_text(&table, field_text(row, "name", text));
        table_text(&table, value_of(row));
        table_text(&table, field_text(row, "supplement", text));
        table_text(&table, field_text(row, "service", text));
        table_text(&table, field_text(row, "why", text));
    }
    if (table.count == 0)
        fprintf(output->stream, "No flag is named by the software, its supplement or the set.\n");
    table_print(&table, output);
    table_clear(&table);
    fprintf(output->stream, "\nA flag is on where the supplement offers it and the set of the ring "
                            "says on.\n");
}

/* Labels here are longer than elsewhere. */
static void put(const struct output *output, const char *label, const char *text)
{
    fprintf(output->stream, "%-12s", label);
    output_wrapped(output, text, 12, 12);
}

static void print_flag(const json_t *row, const struct output *output)
{
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], text[3 * FIELD_BYTES];

    put(output, "Flag", field_text(row, "name", first));
    put(output, "Value", value_of(row));
    snprintf(text, sizeof(text), "%s (release %s, %s)", field_text(row, "supplement", first),
             field_text(row, "release", second), field_text(row, "origin", third));
    put(output, "Supplement", text);
    put(output, "Service", field_text(row, "service", first));
    put(output, "Why", field_text(row, "why", first));
    put(output, "Switches",
        field_true(row, "known") ? field_text(row, "what", first)
                                 : "nothing in this release of the software");
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    const char *name = invocation->argument_count > 0 ? invocation->arguments[0] : NULL;
    struct output output;
    json_t *reply = NULL;
    int result;

    if (output_open(invocation, &output, err) < 0 ||
        ask_agent(invocation, "Flags", NULL, NULL, NULL, &reply, err) < 0)
        return -(int)err->code;
    result = name != NULL ? select_row(reply, &by_name, name, err) : 0;
    if (result == 0 && command_flag(invocation, "json"))
        result = output_json(reply, err);
    else if (result == 0 && name != NULL)
        print_flag(json_array_get(json_object_get(reply, "flags"), 0), &output);
    else if (result == 0)
        print_flags(json_object_get(reply, "flags"), &output);
    json_decref(reply);
    return result;
}

const struct command command_flags = {
    .name = "flags",
    .arguments = "[NAME]",
    .summary = "Show feature flags: supplement, service value, what they come to and why",
    .description = "The supplement (content of type flags-supplement, or what is compiled in "
                   "before the first import) says whether this release of the software offers a "
                   "feature; the service value comes with the ring's signed set. Both are made on "
                   "the mirror: sallyport-mirror flags set. Where both say on, a key of the "
                   "configuration store may still say off: sallyport config list.",
    .examples = examples,
    .run = run,
};
