/* SPDX-License-Identifier: ISC
 *
 * A block of lines above or below a list, in a pop-up, or in a file: each with a label, a text and
 * perhaps a state. Where there are more lines than room, those of least weight go first.
 */
#ifndef TUI_LINES_H
#define TUI_LINES_H

#include <stddef.h>

#include "tui/grid.h"
#include "tui/output.h"

#define LINES_LABEL 12 /* columns of a label, the blank before it among them */

struct line {
    char *label; /* "": the text begins in the label's place */
    char *text;
    enum output_mark mark; /* OUTPUT_UNMARKED: none is shown */
    enum grid_style style; /* of the text */
    int weight;            /* 1 to 9; 1 goes last */
    bool wrap;             /* breaks at spaces onto further lines; else it is cut */
};

struct lines {
    struct line *rows;
    size_t count, capacity;
};

void lines_init(struct lines *lines);
void lines_clear(struct lines *lines);

/* The text is escaped already. label may be "". */
void lines_add(struct lines *lines, int weight, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void lines_add_mark(struct lines *lines, int weight, const char *label, enum output_mark mark,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));
void lines_add_wrapped(struct lines *lines, int weight, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The style of the line added last. */
void lines_style(struct lines *lines, enum grid_style style);

/* How a state looks. */
enum grid_style lines_mark_style(enum output_mark mark);

/* Rows that they take in columns left <= c < right. */
int lines_height(const struct lines *lines, int left, int right);
/* Draws from row top on, into at most `height` rows: lines of the greatest weight are left out, or
 * cut, until the rest fits. Returns the rows that were used, which lines_rows() tells before. */
int lines_draw(const struct lines *lines, struct grid *grid, int top, int height, int left,
               int right);
int lines_rows(const struct lines *lines, int height, int left, int right);
/* Rows of those that weigh at most so much. */
int lines_height_to(const struct lines *lines, int weight, int left, int right);
/* Draws rows first..first+height-1 of all of them (a pop-up that scrolls). */
void lines_draw_from(const struct lines *lines, struct grid *grid, int first, int top, int height,
                     int left, int right);

#endif
