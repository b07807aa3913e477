/* SPDX-License-Identifier: ISC
 *
 * The list in the middle of a screen: rows in columns, one of them selected, filtered, sorted,
 * searched, scrolled. Where the window is narrow, columns are left out, the one of greatest weight
 * first.
 */
#ifndef TUI_LISTING_H
#define TUI_LISTING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "tui/grid.h"
#include "tui/output.h"

#define LISTING_COLUMNS    10
#define LISTING_KEY_BYTES  160
#define LISTING_TEXT_BYTES 128 /* of a filter or a search */

struct listing_column {
    const char *title;
    int weight; /* 1 is never left out */
    /* Columns at most; 0: what is needed. The last column takes what is left: of it, so many for
     * which others are left out. */
    int most;
    bool right; /* numbers */
};

struct listing_cell {
    char *text; /* escaped */
    enum grid_style style;
};

struct listing_row {
    const json_t *item;          /* what it was made from; borrowed from the model */
    char key[LISTING_KEY_BYTES]; /* the same row in the next answer has the same */
    struct listing_cell cells[LISTING_COLUMNS];
};

struct listing {
    const struct listing_column *columns;
    size_t column_count;
    struct listing_row *rows;
    size_t count, capacity;
    size_t *shown; /* after listing_arrange(): indices of the rows that pass the filter, in order */
    size_t shown_count;
    size_t selected; /* index into shown */
};

/* What the admin has made of a list; lives on while answers come and go. */
struct listing_view {
    char filter
        [LISTING_TEXT_BYTES]; /* words that a row must hold, all of them, case aside; "" all */
    char search[LISTING_TEXT_BYTES];
    char key[LISTING_KEY_BYTES]; /* of the selected row; "": the first */
    size_t index;                /* where it was: what takes its place when it is gone */
    size_t top;                  /* first row that is drawn */
    int first_row, rows;         /* where it was drawn last: row of the grid, and how many */
    int sort;                    /* column, -1: as the model has them */
    bool descending;
};

void listing_open(struct listing *listing, const struct listing_column *columns, size_t count);
void listing_close(struct listing *listing);

/* A new row, then its cells from left to right. */
void listing_row(struct listing *listing, const json_t *item, const char *key);
void listing_text(struct listing *listing, const char *text); /* escaped already */
void listing_mark(struct listing *listing, enum output_mark mark);
void listing_styled(struct listing *listing, enum grid_style style, const char *text);

/* Filters and sorts the rows and finds the selected one again. Sorting is stable; numbers in right
 * columns are compared as such. */
void listing_arrange(struct listing *listing, struct listing_view *view);
const struct listing_row *listing_selected(const struct listing *listing); /* NULL: no row */

/* Selects another row: `by` rows further, kept within; LISTING_FIRST and LISTING_LAST for the ends. */
#define LISTING_FIRST (-1000000)
#define LISTING_LAST  1000000
void listing_move(struct listing *listing, struct listing_view *view, int by);
/* Selects the next (or previous) row that holds view->search; false: none does. */
bool listing_search(struct listing *listing, struct listing_view *view, bool backwards);

/* Titles and rows into rows top <= r < bottom, scrolled so that the selected one is seen. */
void listing_draw(const struct listing *listing, struct listing_view *view, struct grid *grid,
                  int top, int bottom);

#endif
