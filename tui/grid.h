/* SPDX-License-Identifier: ISC
 *
 * A screen as cells: what a panel draws on, what the terminal is given, what --dump prints. Knows
 * no terminal, so that a layout is a pure function that tests can read.
 */
#ifndef TUI_GRID_H
#define TUI_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What a text means; a theme says how that looks. No meaning rests on it alone: the words say it. */
enum grid_style {
    GRID_PLAIN,
    GRID_DIM,   /* what is not known or does not matter now */
    GRID_BOLD,  /* headings, the screen that is shown */
    GRID_OK,    /* "[ OK ]" */
    GRID_WARN,  /* "[WARN]" */
    GRID_FAIL,  /* "[FAIL]" */
    GRID_BLOCK, /* "[BLOCK]" */
    GRID_RUN,   /* what is under way */
    GRID_KEY,   /* labels of the key bar */
    GRID_STYLES,
};

#define GRID_CELL_BYTES 20 /* a character and what combines with it; more of these is left out */
#define GRID_WIDTH_MAX  512
#define GRID_HEIGHT_MAX 256

struct grid_cell {
    char text[GRID_CELL_BYTES]; /* UTF-8; "": right half of the wide one before */
    unsigned char style;        /* enum grid_style */
    bool selected;              /* of the row that the cursor is on */
};

struct grid {
    int width, height;
    bool utf8; /* false: ASCII only, other characters are put as "?" */
    struct grid_cell *cells;
    int cursor_row, cursor_column; /* where the terminal's own cursor stands; -1: nowhere */
};

/* Blank cells. width and height are kept within 1 and the maxima above. grid_close() in every case. */
void grid_open(struct grid *grid, int width, int height, bool utf8);
void grid_close(struct grid *grid);

struct grid_cell *grid_at(const struct grid *grid, int row, int column); /* NULL: outside */

/* Columns that a text takes. */
int grid_width_of(const char *text);

/* Puts a text into columns column <= c < end of a row, cut with "~" where it is longer. Text is
 * escaped already (tui/field.h); what would act on a terminal all the same is put as "?". Returns
 * the column behind it. Rows outside are left alone. */
int grid_put(struct grid *grid, int row, int column, int end, enum grid_style style,
             const char *text);
int grid_format(struct grid *grid, int row, int column, int end, enum grid_style style,
                const char *format, ...) __attribute__((format(printf, 6, 7)));
/* So that it ends before `end`; no further left than column. */
void grid_put_right(struct grid *grid, int row, int column, int end, enum grid_style style,
                    const char *text);

/* A line from left to before right; a frame with a title around what lies inside it, which is
 * blanked. */
void grid_rule(struct grid *grid, int row, int left, int right);
void grid_frame(struct grid *grid, int top, int left, int bottom, int right, const char *title);
void grid_blank(struct grid *grid, int row, int left, int right);

/* Marks a row as the one that is selected, with ">" in column `left`, and sets the cursor there. */
void grid_select(struct grid *grid, int row, int left, int right);

/* The cells as lines without spaces at their ends. Returns 0, or -1 where the stream failed. */
int grid_print(const struct grid *grid, FILE *stream);

#endif
