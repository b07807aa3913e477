/* SPDX-License-Identifier: ISC */
#include "tui/floors-table.h"

#include "tui/field.h"
#include "tui/table.h"

static const char *const headers[] = {"FLOOR OF", "NUMBER", "GENTIME", "AGE", "DIGEST", NULL};

static void put_rows(struct table *table, const json_t *list, const char *what, const char *name,
                     const char *number)
{
    char text[FIELD_BYTES], subject[FIELD_BYTES];

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);

        snprintf(subject, sizeof(subject), "%s %.500s", what, field_text(row, name, text));
        table_text(table, subject);
        table_text(table, field_count(row, number, text));
        table_text(table, field_time(row, "time", text));
        table_text(table, field_age(row, "age", NULL, text));
        table_text(table, field_short(row, "digest", text));
    }
}

void floors_table_print(const json_t *rings, const json_t *types, const struct output *output)
{
    struct table table;

    table_init(&table, headers);
    put_rows(&table, rings, "ring", "ring", "sequence");
    put_rows(&table, types, "type", "type", "issue");
    if (table.count == 0)
        fprintf(output->stream, "No floors yet: nothing has been accepted on this endpoint.\n");
    table_print(&table, output);
    table_clear(&table);
}
