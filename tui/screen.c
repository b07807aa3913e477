/* SPDX-License-Identifier: ISC */
#include "tui/screen.h"

#include <string.h>

#include "media/base/instant.h"
#include "media/base/text.h"
#include "tui/field.h"
#include "tui/keys.h"

void screen_open(struct screen_view *view)
{
    *view = (struct screen_view){0};
    for (size_t i = 0; i < PANELS; i++)
        view->lists[i].sort = -1;
    lines_init(&view->text);
}

void screen_close(struct screen_view *view)
{
    lines_clear(&view->text);
}

void screen_fill(const struct model *model, struct screen_view *view, struct listing *listing)
{
    const struct panel *panel = panel_at(view->panel);

    listing_open(listing, panel->columns, panel->column_count);
    panel->fill(model, listing);
    listing_arrange(listing, &view->lists[view->panel]);
}

void screen_agent_words(const struct model *model, char out[static SCREEN_AGENT_BYTES])
{
    char age[INSTANT_TEXT_BYTES];

    if (model->up)
        snprintf(out, SCREEN_AGENT_BYTES, "%s", model->act ? "agent up" : "READ-ONLY");
    else if (model->seen_us > 0 && model->now_us - model->seen_us < INSTANT_SECOND_US)
        snprintf(out, SCREEN_AGENT_BYTES, "AGENT DOWN, seen just now");
    else if (model->seen_us > 0)
        snprintf(out, SCREEN_AGENT_BYTES, "AGENT DOWN, seen %s ago",
                 instant_format_age(model->now_us - model->seen_us, age));
    else
        snprintf(out, SCREEN_AGENT_BYTES, "AGENT DOWN");
}

static void draw_header(const struct model *model, struct grid *grid, int row)
{
    char agent[SCREEN_AGENT_BYTES], first[FIELD_BYTES], now[INSTANT_TEXT_BYTES];
    int end = grid->width, column;

    screen_agent_words(model, agent);
    instant_format(model->now_us / INSTANT_SECOND_US * INSTANT_SECOND_US, now);
    if (grid->width >= 72) {
        end = grid->width - (int)strlen(now) - 2;
        grid_put_right(grid, row, end, grid->width - 1, GRID_PLAIN, now);
    }
    column = grid_put(grid, row, 1, end, GRID_BOLD, "sallyport");
    column = grid_put(grid, row, column + 2, end,
                      !model->up   ? GRID_FAIL
                      : model->act ? GRID_PLAIN
                                   : GRID_WARN,
                      agent);
    if (field_raw(model->status, "ring") != NULL)
        column = grid_format(grid, row, column + 2, end, GRID_PLAIN, "ring %s",
                             field_text(model->status, "ring", first));
    if (field_raw(model->status, "endpoint") != NULL)
        column = grid_format(grid, row, column + 2, end, GRID_PLAIN, "%s",
                             field_text(model->status, "endpoint", first));
    if (field_raw(model->status, "site") != NULL)
        grid_format(grid, row, column + 2, end, GRID_PLAIN, "site %s",
                    field_text(model->status, "site", first));
}

/* "1 FAIL  2 WARN", or "all good": the worst is seen from every screen. */
static int draw_counts(const struct model *model, struct grid *grid, int row)
{
    static const struct {
        const char *health, *word;
        enum grid_style style;
    } counted[] = {
        {"warn", "WARN", GRID_WARN}, {"fail", "FAIL", GRID_FAIL}, {"blocked", "BLOCK", GRID_BLOCK}};
    const json_t *contents = json_object_get(model->status, "contents");
    int end = grid->width - 1;

    for (size_t word = 0; word < sizeof(counted) / sizeof(counted[0]); word++) {
        int count = 0;
        char text[32];

        for (size_t i = 0; i < json_array_size(contents); i++) {
            const char *health = field_raw(json_array_get(contents, i), "health");

            count += health != NULL && strcmp(health, counted[word].health) == 0;
        }
        if (count == 0)
            continue;
        snprintf(text, sizeof(text), "%d %s", count, counted[word].word);
        grid_put_right(grid, row, 0, end, counted[word].style, text);
        end -= (int)strlen(text) + 2;
    }
    return end;
}

static void draw_tabs(const struct model *model, const struct screen_view *view, struct grid *grid,
                      int row)
{
    bool narrow = grid->width < 64;
    int end = narrow ? grid->width : draw_counts(model, grid, row), column = 1;

    for (size_t i = 0; i < PANELS; i++) {
        bool shown = i == view->panel;

        if (narrow && !shown)
            column = grid_format(grid, row, column, end, GRID_PLAIN, " %zu ", i + 1);
        else
            column = grid_format(grid, row, column, end, shown ? GRID_BOLD : GRID_PLAIN,
                                 shown ? "[%zu %s]" : " %zu %s ", i + 1, panel_at(i)->title);
    }
}

/* The line above the key bar: a message, or what filters and sorts this list, or the keys that are
 * this screen's own. */
static void draw_foot(const struct model *model, const struct screen_view *view,
                      const struct listing *listing, struct grid *grid, int row)
{
    const struct listing_view *list = &view->lists[view->panel];
    char filter[2 * LISTING_TEXT_BYTES];

    if (view->message[0] != '\0')
        grid_put(grid, row, 1, grid->width, GRID_BOLD, view->message);
    else if (list->filter[0] != '\0')
        grid_format(grid, row, 1, grid->width, GRID_PLAIN,
                    "Filter \"%s\": %zu of %zu shown. F4 to change, Esc to clear.",
                    text_escape_string(list->filter, filter, sizeof(filter)), listing->shown_count,
                    listing->count);
    else if (!model->up && model->why[0] != '\0')
        grid_put(grid, row, 1, grid->width, GRID_BOLD,
                 model->seen_us > 0
                     ? "No agent answers; this is what it said last. e: why, and what to do."
                     : "No agent answers. e: why, and what to do.");
    else
        grid_format(grid, row, 1, grid->width, GRID_PLAIN, "%s%s",
                    view->paused ? "PAUSED, Z goes on   " : "", panel_at(view->panel)->foot);
}

#define LIST_LEAST                                                                                 \
    6 /* rows, the titles among them, that head and tail leave to a list that has them */

/* What a panel has to draw. */
struct parts {
    struct lines head, tail, empty;
    int rows; /* that the list would take, or what is said in its place */
};

void screen_down_lines(const struct model *model, struct lines *tail)
{
    char age[INSTANT_TEXT_BYTES];

    lines_add_wrapped(tail, 2, "Agent", "%s",
                      model->why[0] != '\0' ? model->why : "it does not answer");
    if (model->seen_us > 0)
        lines_add_wrapped(tail, 1, "Shown", "what it said %s ago",
                          instant_format_age(model->now_us - model->seen_us, age));
    lines_add_wrapped(tail, 1, "Next step",
                      "systemctl start sallyport-agent; journalctl -u "
                      "sallyport-agent says why it ended.");
}

static void fill_parts(const struct model *model, const struct panel *panel,
                       const struct listing *listing, int width, struct parts *parts)
{
    lines_init(&parts->head);
    lines_init(&parts->tail);
    lines_init(&parts->empty);
    panel->head(model, &parts->head);
    if (model->up)
        panel->tail(model, listing_selected(listing), &parts->tail);
    else
        screen_down_lines(model, &parts->tail);
    parts->rows = (int)(listing->shown_count < 3 ? 3 : listing->shown_count) + 1;
    if (listing->count > 0 || panel->empty == NULL)
        return;
    panel->empty(model, &parts->empty);
    parts->rows = lines_height(&parts->empty, 1, width);
}

static int most(int value, int limit)
{
    return value < limit ? value : limit;
}

/* From the bottom up; lines of weight 1 before the list, and what neither list nor head needs too.
 * Returns the new bottom. */
static int draw_tail(const struct panel *panel, const struct parts *parts, struct grid *grid,
                     int top, int bottom, bool rules)
{
    int whole = bottom - top - (rules ? 2 : 0), used;
    int share = (whole - 4) * (panel->tail_share > 0 ? panel->tail_share : 50) / 100;
    int spare = whole - parts->rows - lines_height(&parts->head, 0, grid->width);
    int needed = most(lines_height_to(&parts->tail, 1, 0, grid->width), whole / 3);

    if (spare > share)
        share = spare;
    if (needed > share)
        share = needed;
    used = lines_rows(&parts->tail, share > 0 ? share : 1, 0, grid->width);
    lines_draw(&parts->tail, grid, bottom - used, used, 0, grid->width);
    bottom -= used;
    if (rules && used > 0)
        grid_rule(grid, --bottom, 0, grid->width);
    return bottom;
}

/* Returns the new top. */
static int draw_head(const struct parts *parts, struct grid *grid, int top, int bottom, bool rules)
{
    int whole = bottom - top - (rules ? 1 : 0), room = whole - most(parts->rows, LIST_LEAST);
    int needed = most(lines_height_to(&parts->head, 1, 0, grid->width), whole - 2), used;

    used = lines_draw(&parts->head, grid, top, room < needed ? needed : room, 0, grid->width);

    top += used;
    if (rules && used > 0)
        grid_rule(grid, top++, 0, grid->width);
    return top;
}

/* The list gets what head and tail leave. */
static void draw_panel(const struct model *model, struct screen_view *view,
                       const struct listing *listing, struct grid *grid, int top, int bottom)
{
    const struct panel *panel = panel_at(view->panel);
    bool rules = bottom - top >= 14;
    struct parts parts;

    fill_parts(model, panel, listing, grid->width, &parts);
    bottom = draw_tail(panel, &parts, grid, top, bottom, rules);
    top = draw_head(&parts, grid, top, bottom, rules);
    if (parts.empty.count > 0)
        lines_draw(&parts.empty, grid, top, bottom - top, 1, grid->width);
    else
        listing_draw(listing, &view->lists[view->panel], grid, top, bottom);
    lines_clear(&parts.head);
    lines_clear(&parts.tail);
    lines_clear(&parts.empty);
}

static void draw_input(const struct screen_view *view, struct grid *grid, int row, int left,
                       int right)
{
    char typed[2 * sizeof(view->input)];
    int column = grid_put(grid, row, left, right, GRID_BOLD, view->prompt) + 1;
    const char *shown = text_escape_string(view->input, typed, sizeof(typed));

    /* The end is what is being typed. */
    while (column < right && grid_width_of(shown) >= right - column)
        do
            shown++;
        while (((unsigned char)*shown & 0xc0) == 0x80);
    column = grid_put(grid, row, column, right, GRID_PLAIN, shown);
    grid->cursor_row = row;
    grid->cursor_column = column < right ? column : right - 1;
}

static void draw_popup(struct screen_view *view, struct grid *grid)
{
    int margin = grid->width >= 60 ? 4 : 0, left = margin, right = grid->width - margin;
    int asks = view->prompt[0] != '\0', height, total, top, most;

    total = lines_height(&view->text, left + 1, right - 1);
    height = total + 2 + asks;
    if (height > grid->height - 2)
        height = grid->height - 2;
    top = (grid->height - height) / 2;
    most = total - (height - 2 - asks);
    if (view->scroll > most)
        view->scroll = most;
    if (view->scroll < 0)
        view->scroll = 0;
    grid_frame(grid, top, left, top + height, right, view->title);
    lines_draw_from(&view->text, grid, view->scroll, top + 1, height - 2 - asks, left + 1,
                    right - 1);
    if (view->scroll < most)
        grid_put_right(grid, top + height - 1, left, right - 2, GRID_BOLD, " more: Down ");
    if (asks)
        draw_input(view, grid, top + height - 2, left + 2, right - 1);
}

static void draw_too_small(struct grid *grid)
{
    grid_format(grid, 0, 0, grid->width, GRID_BOLD, "window %dx%d, need %dx%d", grid->width,
                grid->height, SCREEN_WIDTH_LEAST, SCREEN_HEIGHT_LEAST);
    grid->cursor_row = 0;
    grid->cursor_column = 0;
}

void screen_draw(const struct model *model, struct screen_view *view, struct grid *grid)
{
    bool whole = grid->height >= 16;
    struct listing listing;
    int row = 0, bottom = grid->height;

    if (grid->width < SCREEN_WIDTH_LEAST || grid->height < SCREEN_HEIGHT_LEAST) {
        draw_too_small(grid);
        return;
    }
    screen_fill(model, view, &listing);
    draw_header(model, grid, row++);
    draw_tabs(model, view, grid, row++);
    if (whole)
        grid_rule(grid, row++, 0, grid->width);
    keys_draw_bar(grid, --bottom, view->panel);
    if (whole || view->message[0] != '\0')
        draw_foot(model, view, &listing, grid, --bottom);
    if (whole)
        grid_rule(grid, --bottom, 0, grid->width);
    draw_panel(model, view, &listing, grid, row, bottom);
    if (view->popup != SCREEN_NO_POPUP)
        draw_popup(view, grid);
    listing_close(&listing);
}
