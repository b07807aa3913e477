/* SPDX-License-Identifier: ISC
 *
 * Rows in columns as wide as what stands in them, by display width, not bytes.
 */
#ifndef TUI_TABLE_H
#define TUI_TABLE_H

#include <stddef.h>

#include "tui/output.h"

struct table {
    const char *const *headers; /* borrowed, NULL-terminated */
    size_t columns;
    struct table_cell *cells; /* in reading order */
    size_t count, capacity;
};

void table_init(struct table *table, const char *const *headers);
/* The next cell: text that is escaped already, or a state. Copied. */
void table_text(struct table *table, const char *text);
void table_mark(struct table *table, enum output_mark mark);
/* Headers and rows; no spaces at the ends of lines. Nothing where there are no rows. */
void table_print(const struct table *table, const struct output *output);
void table_clear(struct table *table);

#endif
