/* SPDX-License-Identifier: ISC
 *
 * The console's screens as lines that follow each other, for screen readers, serial lines and
 * printers: every cell with its column's name, nothing cut, no column that must be counted and no
 * line that is drawn.
 */
#ifndef TUI_PLAIN_PRINT_H
#define TUI_PLAIN_PRINT_H

#include <stdio.h>

#include "tui/panel.h"

struct plain_output {
    FILE *stream;
    bool ascii; /* other characters are written as "?" */
};

#define PLAIN_ROWS 20 /* that are printed at once */

/* One line; the text is escaped already. */
void plain_say(const struct plain_output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "Label, STATE: text", a line each. */
void plain_lines(const struct plain_output *output, const struct lines *lines);

/* The name of the screen and what is said above its list; then rows from `first` on. Returns the
 * first row that was not printed; 0: all were. */
size_t plain_panel(const struct plain_output *output, const struct model *model, size_t panel,
                   size_t first);

/* Everything about row `number` as it was printed, from 1 on. False: there is no such row. */
bool plain_details(const struct plain_output *output, const struct model *model, size_t panel,
                   size_t number);

#endif
