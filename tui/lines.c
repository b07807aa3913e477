/* SPDX-License-Identifier: ISC */
#include "tui/lines.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"

#define TEXT_BYTES  8192
#define WEIGHT_MOST 9

void lines_init(struct lines *lines)
{
    *lines = (struct lines){0};
}

void lines_clear(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->rows[i].label);
        free(lines->rows[i].text);
    }
    free(lines->rows);
    lines_init(lines);
}

__attribute__((format(printf, 4, 0))) static void add(struct lines *lines, struct line line,
                                                      const char *label, const char *format,
                                                      va_list arguments)
{
    char text[TEXT_BYTES];

    vsnprintf(text, sizeof(text), format, arguments);
    if (lines->count == lines->capacity) {
        size_t capacity = lines->capacity ? lines->capacity * 2 : 16;
        struct line *rows = bytes_allocate(capacity, sizeof(rows[0]));

        if (lines->count > 0)
            memcpy(rows, lines->rows, lines->count * sizeof(rows[0]));
        free(lines->rows);
        lines->rows = rows;
        lines->capacity = capacity;
    }
    line.label = bytes_copy_string(label);
    line.text = bytes_copy_string(text);
    lines->rows[lines->count++] = line;
}

void lines_add(struct lines *lines, int weight, const char *label, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(lines, (struct line){.weight = weight, .mark = OUTPUT_UNMARKED}, label, format, arguments);
    va_end(arguments);
}

void lines_add_mark(struct lines *lines, int weight, const char *label, enum output_mark mark,
                    const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(lines, (struct line){.weight = weight, .mark = mark}, label, format, arguments);
    va_end(arguments);
}

void lines_add_wrapped(struct lines *lines, int weight, const char *label, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(lines, (struct line){.weight = weight, .mark = OUTPUT_UNMARKED, .wrap = true}, label,
        format, arguments);
    va_end(arguments);
}

void lines_style(struct lines *lines, enum grid_style style)
{
    if (lines->count > 0)
        lines->rows[lines->count - 1].style = style;
}

static int text_column(const struct line *line, int left)
{
    return line->label[0] != '\0' ? left + LINES_LABEL : left + 1;
}

/* How many bytes of text fit into `room` columns: to a space where there is one. */
static size_t fitting(const char *text, int room)
{
    size_t last_space = 0, i = 0;
    char one[8];
    int used = 0;

    while (text[i] != '\0') {
        size_t length = 1;

        while (((unsigned char)text[i + length] & 0xc0) == 0x80 && length < 4)
            length++;
        memcpy(one, text + i, length);
        one[length] = '\0';
        used += grid_width_of(one);
        if (text[i] == ' ')
            last_space = i;
        if (used > room)
            return last_space > 0 ? last_space : i > 0 ? i : length;
        i += length;
    }
    return i;
}

static int line_height(const struct line *line, int left, int right)
{
    int room = right - text_column(line, left), height = 1;
    const char *text = line->text;

    if (!line->wrap || room < 1)
        return 1;
    while (text += fitting(text, room), *text != '\0') {
        while (*text == ' ')
            text++;
        height++;
    }
    return height;
}

int lines_height_to(const struct lines *lines, int weight, int left, int right)
{
    int height = 0;

    for (size_t i = 0; i < lines->count; i++)
        if (lines->rows[i].weight <= weight)
            height += line_height(&lines->rows[i], left, right);
    return height;
}

int lines_height(const struct lines *lines, int left, int right)
{
    return lines_height_to(lines, WEIGHT_MOST, left, right);
}

static const enum grid_style mark_styles[] = {
    [OUTPUT_OK] = GRID_OK,         [OUTPUT_WARN] = GRID_WARN, [OUTPUT_FAIL] = GRID_FAIL,
    [OUTPUT_BLOCKED] = GRID_BLOCK, [OUTPUT_NONE] = GRID_DIM,
};

enum grid_style lines_mark_style(enum output_mark mark)
{
    return mark_styles[mark];
}

/* One row of a line: number `part` of its wrapped parts. `last`: no further one is drawn, so what is
 * left of the text is cut here. */
static void draw_part(const struct line *line, int part, bool last, struct grid *grid, int row,
                      int left, int right)
{
    int column = text_column(line, left), room = right - column, end = right;
    const char *text = line->text;
    char cut[TEXT_BYTES];

    if (part == 0 && line->label[0] != '\0')
        grid_put(grid, row, left + 1, left + LINES_LABEL - 1, GRID_PLAIN, line->label);
    if (line->mark != OUTPUT_UNMARKED) {
        const char *mark = output_mark_text(line->mark);

        end = right - grid_width_of(mark) - 1;
        grid_put(grid, row, end + 1, right, lines_mark_style(line->mark), mark);
    }
    for (int i = 0; i < part; i++) {
        text += fitting(text, room);
        while (*text == ' ')
            text++;
    }
    if (!line->wrap || last) {
        grid_put(grid, row, column, end, line->style, text);
        return;
    }
    snprintf(cut, sizeof(cut), "%.*s", (int)fitting(text, room), text);
    grid_put(grid, row, column, right, line->style, cut);
}

void lines_draw_from(const struct lines *lines, struct grid *grid, int first, int top, int height,
                     int left, int right)
{
    int at = 0;

    for (size_t i = 0; i < lines->count; i++)
        for (int part = 0; part < line_height(&lines->rows[i], left, right); part++, at++)
            if (at >= first && at < first + height)
                draw_part(&lines->rows[i], part, false, grid, top + at - first, left, right);
}

/* How many rows each line gets of `height`, those of small weight first; the sum. */
static int share(const struct lines *lines, int height, int left, int right, int *rows)
{
    int spare = height > 0 ? height : 0;

    for (int weight = 1; weight <= WEIGHT_MOST; weight++)
        for (size_t i = 0; i < lines->count; i++) {
            int own = line_height(&lines->rows[i], left, right);

            if (lines->rows[i].weight != weight)
                continue;
            rows[i] = own < spare ? own : spare;
            spare -= rows[i];
        }
    return height > 0 ? height - spare : 0;
}

int lines_rows(const struct lines *lines, int height, int left, int right)
{
    int *rows = bytes_allocate(lines->count + 1, sizeof(rows[0]));
    int used = share(lines, height, left, right, rows);

    free(rows);
    return used;
}

int lines_draw(const struct lines *lines, struct grid *grid, int top, int height, int left,
               int right)
{
    int *rows = bytes_allocate(lines->count + 1, sizeof(rows[0])), row = top;

    share(lines, height, left, right, rows);
    for (size_t i = 0; i < lines->count; i++)
        for (int part = 0; part < rows[i]; part++)
            draw_part(&lines->rows[i], part, part + 1 == rows[i], grid, row++, left, right);
    free(rows);
    return row - top;
}
