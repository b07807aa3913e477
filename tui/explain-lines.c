/* SPDX-License-Identifier: ISC */
#include "tui/explain-lines.h"

#include <string.h>

#include "media/base/text.h"
#include "tui/field.h"

static const json_t *find_row(const json_t *rows, const char *key, const char *name)
{
    for (size_t i = 0; name != NULL && i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *found = field_raw(row, key);

        if (found != NULL && strcmp(found, name) == 0)
            return row;
    }
    return NULL;
}

/* The floors are what most refusals are measured against. */
static void add_floors(const struct model *model, const char *type, struct lines *lines)
{
    const char *ring = field_raw(model->status, "ring");
    const json_t *floor = find_row(json_object_get(model->floors, "rings"), "ring", ring);
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    if (floor != NULL)
        lines_add_wrapped(lines, 1, "Floor", "ring %s: set %s of %s; nothing older is taken",
                          field_text(floor, "ring", first), field_count(floor, "sequence", second),
                          field_time(floor, "time", third));
    floor = find_row(json_object_get(model->floors, "types"), "type", type);
    if (floor != NULL)
        lines_add_wrapped(lines, 1, "", "%s: issue %s of %s", field_text(floor, "type", first),
                          field_count(floor, "issue", second), field_time(floor, "time", third));
}

void explain_lines(const struct model *model, const char *code, const char *words, const char *type,
                   struct lines *lines)
{
    const struct error_row *row;
    enum error_code known;
    char shown[FIELD_BYTES];

    lines_add(lines, 1, "Code", "%s", text_escape_string(code, shown, sizeof(shown)));
    if (words[0] != '\0')
        lines_add_wrapped(lines, 1, "Here", "%s", words);
    add_floors(model, type, lines);
    if (error_from_name(code, &known) < 0) {
        lines_add_wrapped(lines, 1, "Cause",
                          "This console does not know the code: the agent is of "
                          "another version.");
        return;
    }
    row = error_row(known);
    lines_add_wrapped(lines, 1, "Cause", "%s", row->cause);
    lines_add_wrapped(lines, 1, "Next step", "%s", row->next_step);
}
