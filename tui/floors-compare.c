/* SPDX-License-Identifier: ISC */
#include "tui/floors-compare.h"

#include <stdio.h>
#include <string.h>

#include "tui/field.h"
#include "tui/table.h"

/* Where a kind's floors stand in sallyport.floors/1. */
static const struct {
    const char *kind, *list, *number;
} kinds[] = {{"ring", "rings", "sequence"}, {"type", "types", "issue"}};

static json_t *find_row(const json_t *rows, const char *key, const char *name, const char *number)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *other = field_raw(row, key);

        if (other != NULL && strcmp(other, name) == 0)
            return json_pack("{s:O?, s:O?}", "number", json_object_get(row, number), "time",
                             json_object_get(row, "time"));
    }
    return json_null();
}

static json_t *find_floor(const json_t *floors, const char *kind, const char *name)
{
    size_t i = 0;

    while (i + 1 < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[i].kind, kind) != 0)
        i++;
    return find_row(json_object_get(floors, kinds[i].list), kinds[i].kind, name, kinds[i].number);
}

void floors_compare(json_t *rows, const json_t *floors, const char *kind, const char *name,
                    const json_t *what, const char *number, bool raised)
{
    json_t *before = find_floor(floors, kind, name);
    char subject[FIELD_BYTES];
    json_t *after;

    /* The same again raises nothing. */
    raised = raised && (!json_is_object(before) ||
                        field_number(what, number) > field_number(before, "number"));
    after = raised ? json_pack("{s:O?, s:O?}", "number", json_object_get(what, number), "time",
                               json_object_get(what, "time"))
                   : json_incref(before);
    snprintf(subject, sizeof(subject), "%s:%.200s", kind, name);
    json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:b}", "subject", subject, "before",
                                          before, "after", after, "raised", raised));
}

static void put_floor(struct table *table, const json_t *floor)
{
    char number[FIELD_BYTES], time[FIELD_BYTES], text[FIELD_BYTES];

    if (!json_is_object(floor)) {
        table_text(table, "none yet");
        return;
    }
    snprintf(text, sizeof(text), "%.20s of %.60s", field_count(floor, "number", number),
             field_time(floor, "time", time));
    table_text(table, text);
}

void floors_compare_print(const json_t *rows, const struct output *output)
{
    static const char *const headers[] = {"FLOOR OF", "NOW", "AFTER AN IMPORT", NULL};
    struct table table;
    char text[FIELD_BYTES];

    table_init(&table, headers);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);

        table_text(&table, field_text(row, "subject", text));
        put_floor(&table, json_object_get(row, "before"));
        if (field_true(row, "raised"))
            put_floor(&table, json_object_get(row, "after"));
        else
            table_text(&table, "unchanged");
    }
    table_print(&table, output);
    table_clear(&table);
}
