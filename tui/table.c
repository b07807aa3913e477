/* SPDX-License-Identifier: ISC */
#include "tui/table.h"

#include <stdlib.h>
#include <string.h>
#include <uniwidth.h>

#include "media/base/bytes.h"

#define COLUMNS 12

struct table_cell {
    char *text;
    int mark; /* of enum output_mark; -1: text */
};

void table_init(struct table *table, const char *const *headers)
{
    *table = (struct table){.headers = headers};
    while (headers[table->columns] != NULL && table->columns < COLUMNS)
        table->columns++;
}

static void put(struct table *table, const char *text, int mark)
{
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? table->capacity * 2 : 32;
        struct table_cell *cells = bytes_allocate(capacity, sizeof(cells[0]));

        if (table->count > 0)
            memcpy(cells, table->cells, table->count * sizeof(cells[0]));
        free(table->cells);
        table->cells = cells;
        table->capacity = capacity;
    }
    table->cells[table->count++] = (struct table_cell){bytes_copy_string(text), mark};
}

void table_text(struct table *table, const char *text)
{
    put(table, text, -1);
}

void table_mark(struct table *table, enum output_mark mark)
{
    put(table, output_mark_text(mark), (int)mark);
}

static size_t width_of(const char *text)
{
    int width = u8_strwidth((const uint8_t *)text, "UTF-8");

    return width > 0 ? (size_t)width : 0;
}

static void print_cell(const struct table_cell *cell, size_t width, bool last,
                       const struct output *output)
{
    size_t own = width_of(cell->text);

    if (cell->mark >= 0)
        output_mark(output, (enum output_mark)cell->mark);
    else
        fputs(cell->text, output->stream);
    if (!last)
        fprintf(output->stream, "%*s", (int)(width - own + 2), "");
}

/* Whether the rest of a row is empty, so that no spaces are left at its end. */
static bool is_last(const struct table *table, size_t row, size_t column)
{
    while (++column < table->columns) {
        size_t i = row * table->columns + column;

        if (i < table->count && table->cells[i].text[0] != '\0')
            return false;
    }
    return true;
}

static void measure(const struct table *table, size_t widths[COLUMNS])
{
    for (size_t column = 0; column < table->columns; column++)
        widths[column] = width_of(table->headers[column]);
    for (size_t i = 0; i < table->count; i++) {
        size_t width = width_of(table->cells[i].text);

        if (width > widths[i % table->columns])
            widths[i % table->columns] = width;
    }
}

void table_print(const struct table *table, const struct output *output)
{
    size_t widths[COLUMNS];

    if (table->count == 0)
        return;
    measure(table, widths);
    for (size_t column = 0; column < table->columns; column++)
        fprintf(output->stream, "%-*s", column + 1 < table->columns ? (int)widths[column] + 2 : 0,
                table->headers[column]);
    for (size_t i = 0; i < table->count; i++) {
        size_t column = i % table->columns;

        if (column == 0)
            fputc('\n', output->stream);
        if (column == 0 || !is_last(table, i / table->columns, column - 1))
            print_cell(&table->cells[i], widths[column], is_last(table, i / table->columns, column),
                       output);
    }
    fputc('\n', output->stream);
}

void table_clear(struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i].text);
    free(table->cells);
    table_init(table, table->headers);
}
