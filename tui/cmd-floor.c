/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/floors-table.h"
#include "tui/output.h"

static const char *const examples[] = {"floor", "floor --json", NULL};

static void print_floors(const json_t *floors, const struct output *output)
{
    const json_t *crls = json_object_get(floors, "crls");
    char first[FIELD_BYTES], second[FIELD_BYTES];

    floors_table_print(json_object_get(floors, "rings"), json_object_get(floors, "types"), output);
    fprintf(output->stream, "\nRoot document %s; trusted time %s.\n",
            field_count(floors, "root_version", first), field_time(floors, "trusted_time", second));
    for (size_t i = 0; i < json_array_size(crls); i++)
        fprintf(output->stream, "Revocation list of issuer %s: number %s.\n",
                field_short(json_array_get(crls, i), "issuer", first),
                field_count(json_array_get(crls, i), "number", second));
    fprintf(output->stream, "Nothing older than a floor is accepted; the same again is \"already "
                            "current\".\n");
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct output output;
    json_t *floors = NULL;
    int result = 0;

    if (output_open(invocation, &output, err) < 0 ||
        ask_agent(invocation, "Floors", NULL, NULL, NULL, &floors, err) < 0)
        return -(int)err->code;
    if (command_flag(invocation, "json"))
        result = output_json(floors, err);
    else
        print_floors(floors, &output);
    json_decref(floors);
    return result;
}

const struct command command_floor = {
    .name = "floor",
    .arguments = "",
    .summary = "Show the floors: what is too old to be accepted",
    .description = "The newest timestamp and number accepted so far, for each ring and each "
                   "content type. Floors never go down; the only way is a reset that the mirror's "
                   "root keys signed.",
    .examples = examples,
    .run = run,
};
