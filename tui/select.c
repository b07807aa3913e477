/* SPDX-License-Identifier: ISC */
#include "tui/select.h"

#include <string.h>

#include "media/base/text.h"
#include "tui/field.h"

/* The name that was meant; one slip in three letters at most. */
static const char *nearest(const json_t *rows, const struct select *select, const char *name)
{
    unsigned best = (unsigned)strlen(name) / 3 + 1;
    const char *found = NULL;

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *other = field_raw(json_array_get(rows, i), select->name);
        unsigned distance = other != NULL ? text_distance(name, other) : best;

        if (distance < best) {
            best = distance;
            found = other;
        }
    }
    return found;
}

int select_row(json_t *reply, const struct select *select, const char *name, struct error *err)
{
    json_t *rows = json_object_get(reply, select->list);
    json_t *chosen = json_array();
    const char *other;
    int result = 0;

    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);

        other = field_raw(row, select->name);
        if (other != NULL && strcmp(other, name) == 0)
            json_array_append(chosen, row);
    }
    if (json_array_size(chosen) > 0) {
        json_object_set(reply, select->list, chosen);
    } else {
        other = nearest(rows, select, name);
        result = error_set(err, ERROR_NOT_FOUND, "no %s is called %s%s%s; see sallyport %s",
                           select->what, name, other != NULL ? "; did you mean " : "",
                           other != NULL ? other : "", select->see);
    }
    json_decref(chosen);
    return result;
}
