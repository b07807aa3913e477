/* SPDX-License-Identifier: ISC */
#include "tui/listing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "media/base/bytes.h"
#include "tui/lines.h"

#define LAST_WANTED 10 /* columns of the last one for which others are left out */

void listing_open(struct listing *listing, const struct listing_column *columns, size_t count)
{
    *listing = (struct listing){.columns = columns,
                                .column_count = count < LISTING_COLUMNS ? count : LISTING_COLUMNS};
}

void listing_close(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        for (size_t column = 0; column < LISTING_COLUMNS; column++)
            free(listing->rows[i].cells[column].text);
    free(listing->rows);
    free(listing->shown);
    listing_open(listing, listing->columns, listing->column_count);
}

void listing_row(struct listing *listing, const json_t *item, const char *key)
{
    struct listing_row *row;

    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity ? listing->capacity * 2 : 32;
        struct listing_row *rows = bytes_allocate(capacity, sizeof(rows[0]));

        if (listing->count > 0)
            memcpy(rows, listing->rows, listing->count * sizeof(rows[0]));
        free(listing->rows);
        listing->rows = rows;
        listing->capacity = capacity;
    }
    row = &listing->rows[listing->count++];
    *row = (struct listing_row){.item = item};
    snprintf(row->key, sizeof(row->key), "%s", key);
}

void listing_styled(struct listing *listing, enum grid_style style, const char *text)
{
    struct listing_row *row = &listing->rows[listing->count - 1];
    size_t column = 0;

    while (column < listing->column_count && row->cells[column].text != NULL)
        column++;
    if (column < listing->column_count)
        row->cells[column] = (struct listing_cell){bytes_copy_string(text), style};
}

void listing_text(struct listing *listing, const char *text)
{
    listing_styled(listing, GRID_PLAIN, text);
}

void listing_mark(struct listing *listing, enum output_mark mark)
{
    listing_styled(listing, lines_mark_style(mark), output_mark_text(mark));
}

static const char *cell_text(const struct listing_row *row, size_t column)
{
    const char *text = row->cells[column].text;

    return text != NULL ? text : "";
}

static bool row_holds(const struct listing *listing, const struct listing_row *row,
                      const char *word, size_t length)
{
    char needle[LISTING_TEXT_BYTES];

    snprintf(needle, sizeof(needle), "%.*s", (int)length, word);
    for (size_t column = 0; column < listing->column_count; column++)
        if (strcasestr(cell_text(row, column), needle) != NULL)
            return true;
    return false;
}

static bool passes(const struct listing *listing, const struct listing_row *row, const char *filter)
{
    while (*filter != '\0') {
        size_t length = strcspn(filter, " ");

        if (length > 0 && !row_holds(listing, row, filter, length))
            return false;
        filter += length + (filter[length] == ' ');
    }
    return true;
}

static int compare(const struct listing *listing, const struct listing_view *view, size_t a,
                   size_t b)
{
    size_t column = (size_t)view->sort;
    const char *left = cell_text(&listing->rows[a], column);
    const char *right = cell_text(&listing->rows[b], column);
    int order = listing->columns[column].right ? strverscmp(left, right) : strcasecmp(left, right);

    return view->descending ? -order : order;
}

/* Two runs that are in order become one; equal rows stay in theirs. */
static void merge(const struct listing *listing, const struct listing_view *view, size_t *from,
                  size_t left, size_t right, size_t *to)
{
    for (size_t i = 0, j = left, k = 0; k < left + right; k++)
        if (j == left + right || (i < left && compare(listing, view, from[i], from[j]) <= 0))
            to[k] = from[i++];
        else
            to[k] = from[j++];
}

/* Merge sort: stable, and an agent may send very many rows. */
static void sort(struct listing *listing, const struct listing_view *view)
{
    size_t count = listing->shown_count, *to;

    if (view->sort < 0 || (size_t)view->sort >= listing->column_count)
        return;
    for (size_t run = 1; run < count; run *= 2) {
        to = bytes_allocate(count, sizeof(to[0]));
        for (size_t i = 0; i < count; i += 2 * run) {
            size_t left = count - i < run ? count - i : run, rest = count - i - left;

            merge(listing, view, listing->shown + i, left, rest < run ? rest : run, to + i);
        }
        free(listing->shown);
        listing->shown = to;
    }
}

static void select_index(struct listing *listing, struct listing_view *view, size_t index)
{
    if (listing->shown_count == 0) {
        listing->selected = 0;
        return;
    }
    listing->selected = index < listing->shown_count ? index : listing->shown_count - 1;
    view->index = listing->selected;
    snprintf(view->key, sizeof(view->key), "%s",
             listing->rows[listing->shown[listing->selected]].key);
}

void listing_arrange(struct listing *listing, struct listing_view *view)
{
    size_t found = view->index;

    free(listing->shown);
    listing->shown = bytes_allocate(listing->count + 1, sizeof(listing->shown[0]));
    listing->shown_count = 0;
    for (size_t i = 0; i < listing->count; i++)
        if (passes(listing, &listing->rows[i], view->filter))
            listing->shown[listing->shown_count++] = i;
    sort(listing, view);
    for (size_t i = 0; view->key[0] != '\0' && i < listing->shown_count; i++)
        if (strcmp(listing->rows[listing->shown[i]].key, view->key) == 0)
            found = i;
    select_index(listing, view, found);
}

const struct listing_row *listing_selected(const struct listing *listing)
{
    if (listing->shown_count == 0)
        return NULL;
    return &listing->rows[listing->shown[listing->selected]];
}

void listing_move(struct listing *listing, struct listing_view *view, int by)
{
    long target = (long)listing->selected + by;

    select_index(listing, view, target > 0 ? (size_t)target : 0);
}

bool listing_search(struct listing *listing, struct listing_view *view, bool backwards)
{
    size_t count = listing->shown_count;

    for (size_t step = 1; view->search[0] != '\0' && step <= count; step++) {
        size_t index = (listing->selected + (backwards ? count - step : step)) % count;

        if (row_holds(listing, &listing->rows[listing->shown[index]], view->search,
                      strlen(view->search))) {
            select_index(listing, view, index);
            return true;
        }
    }
    return false;
}

/* How wide each column is drawn; 0: it is left out. */
static void measure(const struct listing *listing, int room, int widths[LISTING_COLUMNS])
{
    int total = 0, weight = 1, most;

    for (size_t column = 0; column < listing->column_count; column++) {
        const struct listing_column *about = &listing->columns[column];

        widths[column] = grid_width_of(about->title);
        for (size_t i = 0; i < listing->shown_count; i++) {
            int own = grid_width_of(cell_text(&listing->rows[listing->shown[i]], column));

            if (own > widths[column])
                widths[column] = own;
        }
        most = column + 1 < listing->column_count ? about->most
               : about->most > 0                  ? about->most
                                                  : LAST_WANTED;
        if (most > 0 && widths[column] > most)
            widths[column] = most;
        total += widths[column] + 2;
        weight = about->weight > weight ? about->weight : weight;
    }
    for (; weight > 1 && total - 2 > room; weight--)
        for (size_t column = listing->column_count; column-- > 0 && total - 2 > room;)
            if (widths[column] > 0 && listing->columns[column].weight == weight) {
                total -= widths[column] + 2;
                widths[column] = 0;
            }
}

static void draw_cell(const struct listing *listing, size_t column, struct grid *grid, int row,
                      int at, int width, enum grid_style style, const char *text)
{
    if (listing->columns[column].right)
        grid_put_right(grid, row, at, at + width, style, text);
    else
        grid_put(grid, row, at, at + width, style, text);
}

/* What is drawn of one row (NULL: the titles). The last column goes to the edge. */
static void draw_row(const struct listing *listing, const int widths[LISTING_COLUMNS],
                     const struct listing_row *row, struct grid *grid, int at_row)
{
    int at = 3, last = -1;

    for (size_t column = 0; column < listing->column_count; column++)
        if (widths[column] > 0)
            last = (int)column;
    for (size_t column = 0; column < listing->column_count; column++) {
        int width = (int)column == last && !listing->columns[column].right ? grid->width - at
                                                                           : widths[column];

        if (widths[column] == 0)
            continue;
        if (row == NULL)
            draw_cell(listing, column, grid, at_row, at, width, GRID_BOLD,
                      listing->columns[column].title);
        else
            draw_cell(listing, column, grid, at_row, at, width, row->cells[column].style,
                      cell_text(row, column));
        at += widths[column] + 2;
    }
}

void listing_draw(const struct listing *listing, struct listing_view *view, struct grid *grid,
                  int top, int bottom)
{
    size_t room = bottom - top > 1 ? (size_t)(bottom - top - 1) : 0;
    int widths[LISTING_COLUMNS];

    if (bottom <= top)
        return;
    measure(listing, grid->width - 3, widths);
    draw_row(listing, widths, NULL, grid, top);
    if (listing->selected < view->top)
        view->top = listing->selected;
    if (room > 0 && listing->selected >= view->top + room)
        view->top = listing->selected - room + 1;
    if (listing->shown_count <= room)
        view->top = 0;
    view->first_row = top + 1;
    view->rows = (int)room;
    for (size_t i = 0; i < room && view->top + i < listing->shown_count; i++) {
        const struct listing_row *row = &listing->rows[listing->shown[view->top + i]];

        draw_row(listing, widths, row, grid, top + 1 + (int)i);
        if (view->top + i == listing->selected)
            grid_select(grid, top + 1 + (int)i, 1, grid->width);
    }
}
