/* SPDX-License-Identifier: ISC */
#include "tui/grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>
#include <uniwidth.h>

#include "media/base/bytes.h"

#define LINE_BYTES 4096

static int within(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

void grid_open(struct grid *grid, int width, int height, bool utf8)
{
    *grid = (struct grid){.width = within(width, 1, GRID_WIDTH_MAX),
                          .height = within(height, 1, GRID_HEIGHT_MAX),
                          .utf8 = utf8,
                          .cursor_row = -1,
                          .cursor_column = -1};
    grid->cells =
        bytes_allocate((size_t)grid->width * (size_t)grid->height, sizeof(grid->cells[0]));
    for (int row = 0; row < grid->height; row++)
        grid_blank(grid, row, 0, grid->width);
}

void grid_close(struct grid *grid)
{
    free(grid->cells);
    grid->cells = NULL;
}

struct grid_cell *grid_at(const struct grid *grid, int row, int column)
{
    if (row < 0 || column < 0 || row >= grid->height || column >= grid->width)
        return NULL;
    return &grid->cells[row * grid->width + column];
}

/* One character off a text: its bytes, and how many columns it takes. What is no character that may
 * be shown counts as "?". */
static size_t take(const char *text, bool utf8, const char **shown, size_t *bytes, int *width)
{
    ucs4_t character;
    int length = u8_strmbtouc(&character, (const uint8_t *)text);

    if (length > 0)
        *width = uc_width(character, "UTF-8");
    if (length <= 0 || *width < 0 || character < 0x20 || character == 0x7f ||
        (!utf8 && character > 0x7e)) {
        *shown = "?";
        *bytes = 1;
        *width = length > 0 && *width >= 0 && character > 0x7e ? *width : 1;
        if (*width > 1)
            *width = 1;
        return length > 0 ? (size_t)length : 1;
    }
    *shown = text;
    *bytes = (size_t)length;
    return (size_t)length;
}

int grid_width_of(const char *text)
{
    int total = 0;

    while (*text != '\0') {
        const char *shown;
        size_t bytes;
        int width;

        text += take(text, true, &shown, &bytes, &width);
        total += width;
    }
    return total;
}

/* Half of a wide character that is overwritten leaves a blank where its other half was. */
static void clear_halves(struct grid *grid, int row, int column)
{
    struct grid_cell *cell = grid_at(grid, row, column), *next = grid_at(grid, row, column + 1);
    struct grid_cell *before = grid_at(grid, row, column - 1);

    if (cell->text[0] == '\0' && before != NULL)
        memcpy(before->text, " ", 2);
    if (next != NULL && next->text[0] == '\0')
        memcpy(next->text, " ", 2);
}

static void set(struct grid *grid, int row, int column, enum grid_style style, const char *text,
                size_t bytes, int width)
{
    struct grid_cell *cell = grid_at(grid, row, column);

    if (cell == NULL || bytes >= sizeof(cell->text))
        return;
    clear_halves(grid, row, column);
    memcpy(cell->text, text, bytes);
    cell->text[bytes] = '\0';
    cell->style = (unsigned char)style;
    if (width == 2 && (cell = grid_at(grid, row, column + 1)) != NULL) {
        clear_halves(grid, row, column + 1);
        memcpy(grid_at(grid, row, column)->text, text, bytes);
        cell->text[0] = '\0';
        cell->style = (unsigned char)style;
    }
}

/* A character without a width of its own goes to the one before it. */
static void combine(struct grid *grid, int row, int column, const char *text, size_t bytes)
{
    struct grid_cell *cell = grid_at(grid, row, column);

    if (cell != NULL && cell->text[0] == '\0')
        cell = grid_at(grid, row, column - 1);
    if (cell == NULL || strlen(cell->text) + bytes >= sizeof(cell->text))
        return;
    memcpy(cell->text + strlen(cell->text), text, bytes + 1);
    cell->text[strlen(cell->text)] = '\0';
}

int grid_put(struct grid *grid, int row, int column, int end, enum grid_style style,
             const char *text)
{
    int first = column;

    if (end > grid->width)
        end = grid->width;
    if (row < 0 || row >= grid->height)
        return column;
    while (*text != '\0') {
        const char *shown;
        size_t bytes;
        int width;
        size_t length = take(text, grid->utf8, &shown, &bytes, &width);

        if (width == 0 && grid->utf8) {
            char one[8] = "";

            memcpy(one, shown, bytes < sizeof(one) ? bytes : sizeof(one) - 1);
            if (column > first)
                combine(grid, row, column - 1, one, strlen(one));
        } else if (column + width > end) {
            if (end > first)
                set(grid, row, column > first && column >= end ? end - 1 : column, style, "~", 1,
                    1);
            return end;
        } else {
            set(grid, row, column, style, shown, bytes, width);
            column += width;
        }
        text += length;
    }
    return column;
}

int grid_format(struct grid *grid, int row, int column, int end, enum grid_style style,
                const char *format, ...)
{
    char text[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return grid_put(grid, row, column, end, style, text);
}

void grid_put_right(struct grid *grid, int row, int column, int end, enum grid_style style,
                    const char *text)
{
    int start;

    if (end > grid->width)
        end = grid->width;
    start = end - grid_width_of(text);
    grid_put(grid, row, start > column ? start : column, end, style, text);
}

void grid_rule(struct grid *grid, int row, int left, int right)
{
    for (int column = left; column < right; column++)
        grid_put(grid, row, column, column + 1, GRID_PLAIN, grid->utf8 ? "\u2500" : "-");
}

void grid_blank(struct grid *grid, int row, int left, int right)
{
    /* No half of a wide character stays beside what is blanked. */
    if (grid_at(grid, row, left) != NULL)
        clear_halves(grid, row, left);
    if (grid_at(grid, row, right - 1) != NULL)
        clear_halves(grid, row, right - 1);
    for (int column = left; column < right; column++) {
        struct grid_cell *cell = grid_at(grid, row, column);

        if (cell != NULL)
            *cell = (struct grid_cell){.text = " "};
    }
}

static void put_edge(struct grid *grid, int row, int column, const char *line, const char *ascii)
{
    grid_put(grid, row, column, column + 1, GRID_PLAIN, grid->utf8 ? line : ascii);
}

void grid_frame(struct grid *grid, int top, int left, int bottom, int right, const char *title)
{
    for (int row = top; row < bottom; row++) {
        grid_blank(grid, row, left, right);
        put_edge(grid, row, left, "\u2502", "|");
        put_edge(grid, row, right - 1, "\u2502", "|");
    }
    grid_rule(grid, top, left, right);
    grid_rule(grid, bottom - 1, left, right);
    put_edge(grid, top, left, "\u250c", "+");
    put_edge(grid, top, right - 1, "\u2510", "+");
    put_edge(grid, bottom - 1, left, "\u2514", "+");
    put_edge(grid, bottom - 1, right - 1, "\u2518", "+");
    if (title[0] != '\0')
        grid_format(grid, top, left + 2, right - 2, GRID_BOLD, " %s ", title);
}

void grid_select(struct grid *grid, int row, int left, int right)
{
    grid_put(grid, row, left, left + 1, GRID_PLAIN, ">");
    for (int column = left; column < right; column++) {
        struct grid_cell *cell = grid_at(grid, row, column);

        if (cell != NULL)
            cell->selected = true;
    }
    grid->cursor_row = row;
    grid->cursor_column = left;
}

int grid_print(const struct grid *grid, FILE *stream)
{
    for (int row = 0; row < grid->height; row++) {
        int last = grid->width - 1;

        while (last >= 0 && strcmp(grid_at(grid, row, last)->text, " ") == 0)
            last--;
        for (int column = 0; column <= last; column++)
            fputs(grid_at(grid, row, column)->text, stream);
        fputc('\n', stream);
    }
    return ferror(stream) ? -1 : 0;
}
