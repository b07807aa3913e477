/* SPDX-License-Identifier: ISC */
#include "tui/plain-print.h"

#include <stdarg.h>
#include <string.h>

#include "media/base/instant.h"
#include "tui/field.h"
#include "tui/screen.h"

#define LINE_BYTES 16384

/* Columns are held apart by blanks on a screen; who listens needs a pause there. */
static void put(const struct plain_output *output, const char *text)
{
    while (*text != '\0') {
        size_t blanks = strspn(text, " ");
        unsigned char byte = (unsigned char)text[blanks];

        if (blanks > 1 && byte != '\0')
            fputs(", ", output->stream);
        else if (blanks == 1 && byte != '\0')
            fputc(' ', output->stream);
        text += blanks;
        if (byte == '\0')
            break;
        if (byte < 0x20 || byte == 0x7f)
            fputc('?', output->stream);
        else if (!output->ascii || byte < 0x80)
            fputc(byte, output->stream);
        else if (byte >= 0xc0)
            fputc('?', output->stream);
        text++;
    }
}

void plain_say(const struct plain_output *output, const char *format, ...)
{
    char text[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put(output, text);
    fputc('\n', output->stream);
}

/* "OK" of "[ OK ]"; "" of what says nothing. */
static const char *spoken(const char *text, char out[static FIELD_BYTES])
{
    static const char *const marks[] = {"[ OK ]", "[WARN]", "[FAIL]", "[BLOCK]"};

    if (strcmp(text, "-") == 0 || strcmp(text, "--") == 0 || strcmp(text, "[--]") == 0)
        text = "";
    snprintf(out, FIELD_BYTES, "%s", text);
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (strcmp(text, marks[i]) == 0)
            snprintf(out, FIELD_BYTES, "%.*s", (int)strcspn(text + 1 + (text[1] == ' '), " ]"),
                     text + 1 + (text[1] == ' '));
    return out;
}

/* A bar is for eyes; its number stands behind it. */
static const char *behind_bar(const char *text)
{
    const char *at = text + strspn(text, " ");
    size_t length = at[0] == '[' ? strspn(at + 1, "#.") : 0;

    if (length > 0 && at[length + 1] == ']')
        at += length + 2;
    return at + strspn(at, " ");
}

void plain_lines(const struct plain_output *output, const struct lines *lines)
{
    char mark[FIELD_BYTES];

    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->rows[i];
        const char *state =
            line->mark != OUTPUT_UNMARKED ? spoken(output_mark_text(line->mark), mark) : "";

        if (line->label[0] == '\0' && state[0] == '\0')
            plain_say(output, "%s", behind_bar(line->text));
        else
            plain_say(output, "%s%s%s: %s", line->label, state[0] != '\0' ? ", " : "", state,
                      behind_bar(line->text));
    }
}

/* Titles in lower case: some readers spell words of capitals. */
static void say_title(const struct plain_output *output, const char *title)
{
    for (; *title != '\0'; title++)
        fputc(*title >= 'A' && *title <= 'Z' ? *title + 'a' - 'A' : *title, output->stream);
}

static void say_row(const struct plain_output *output, const struct listing *listing, size_t i)
{
    const struct listing_row *row = &listing->rows[listing->shown[i]];
    char text[FIELD_BYTES];
    bool any = false;

    fprintf(output->stream, "%zu. ", i + 1);
    for (size_t column = 0; column < listing->column_count; column++) {
        const char *cell = row->cells[column].text;

        if (cell == NULL || spoken(cell, text)[0] == '\0')
            continue;
        if (any)
            fputs(", ", output->stream);
        say_title(output, listing->columns[column].title);
        fputc(' ', output->stream);
        put(output, text);
        any = true;
    }
    fputc('\n', output->stream);
}

static void open_rows(const struct model *model, size_t panel, struct screen_view *view,
                      struct listing *listing)
{
    screen_open(view);
    view->panel = panel;
    screen_fill(model, view, listing);
}

static void close_rows(struct screen_view *view, struct listing *listing)
{
    listing_close(listing);
    screen_close(view);
}

static void say_head(const struct plain_output *output, const struct model *model, size_t panel)
{
    char now[INSTANT_TEXT_BYTES], agent[SCREEN_AGENT_BYTES];
    struct lines lines;

    instant_format(model->now_us / INSTANT_SECOND_US * INSTANT_SECOND_US, now);
    screen_agent_words(model, agent);
    plain_say(output, "%s. %s. %s.", panel_at(panel)->title, agent, now);
    lines_init(&lines);
    panel_at(panel)->head(model, &lines);
    if (!model->up)
        screen_down_lines(model, &lines);
    plain_lines(output, &lines);
    lines_clear(&lines);
}

/* What is said where there are no rows; or what to do next, which is about no row. */
static void say_end(const struct plain_output *output, const struct model *model, size_t panel,
                    bool empty)
{
    struct lines lines;

    lines_init(&lines);
    if (empty && panel_at(panel)->empty != NULL)
        panel_at(panel)->empty(model, &lines);
    else if (model->up)
        panel_at(panel)->tail(model, NULL, &lines);
    plain_lines(output, &lines);
    lines_clear(&lines);
}

size_t plain_panel(const struct plain_output *output, const struct model *model, size_t panel,
                   size_t first)
{
    struct listing listing;
    struct screen_view view;
    size_t last;

    open_rows(model, panel, &view, &listing);
    if (first == 0)
        say_head(output, model, panel);
    last = first + PLAIN_ROWS < listing.shown_count ? first + PLAIN_ROWS : listing.shown_count;
    if (listing.shown_count > 0 && first == 0)
        plain_say(output, "%zu row%s:", listing.shown_count, listing.shown_count == 1 ? "" : "s");
    for (size_t i = first; i < last; i++)
        say_row(output, &listing, i);
    if (last == listing.shown_count)
        say_end(output, model, panel, listing.shown_count == 0);
    else
        plain_say(output, "%zu more rows: + shows them.", listing.shown_count - last);
    if (last == listing.shown_count)
        last = 0;
    close_rows(&view, &listing);
    return last;
}

bool plain_details(const struct plain_output *output, const struct model *model, size_t panel,
                   size_t number)
{
    struct listing listing;
    struct screen_view view;
    struct lines lines;
    bool found;

    open_rows(model, panel, &view, &listing);
    lines_init(&lines);
    found = number >= 1 && number <= listing.shown_count;
    if (found)
        panel_at(panel)->details(model, &listing.rows[listing.shown[number - 1]], &lines);
    plain_lines(output, &lines);
    lines_clear(&lines);
    close_rows(&view, &listing);
    return found;
}
