/* SPDX-License-Identifier: ISC */
#include "tui/registered-table.h"

#include "tui/field.h"
#include "tui/table.h"

static const char *const headers[] = {"NUMBER", "ID",         "SERIAL", "NAME", "PURPOSE",
                                      "OWNER",  "REGISTERED", "BY",     "SEEN", NULL};

void registered_table_print(const json_t *rows, const struct output *output)
{
    struct table table;
    char text[FIELD_BYTES];

    table_init(&table, headers);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);

        table_text(&table, field_count(row, "number", text));
        table_text(&table, field_text(row, "id", text));
        table_text(&table, field_text(row, "serial", text));
        table_text(&table, field_text(row, "name", text));
        table_text(&table, field_text(row, "purpose", text));
        table_text(&table, field_text(row, "owner", text));
        table_text(&table, field_time(row, "time", text));
        table_text(&table, field_text(row, "who", text));
        table_text(&table, field_time(row, "seen", text));
    }
    if (table.count > 0)
        fputc('\n', output->stream);
    table_print(&table, output);
    table_clear(&table);
}
