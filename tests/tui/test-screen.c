/* SPDX-License-Identifier: ISC
 *
 * Whatever the agent says and however large the window is: the screen fits, and no byte acts on a
 * terminal. Widths are the C library's here, not those that the screen was laid out with.
 */
#include "tests/test.h"

#include <locale.h>
#include <wchar.h>

#include "media/base/bytes.h"
#include "tui/screen.h"

static const char *const fixtures[] = {"good",       "trouble",    "hostile",
                                       "unenrolled", "agent-down", "blank",
                                       "read-only",  "importing",  "refused-rollback"};

#define FIXTURES (sizeof(fixtures) / sizeof(fixtures[0]))
#define TRIES    40 /* sizes of each fixture and screen */

static unsigned long next_random(void)
{
    static unsigned long seed = 20261123;

    seed = seed * 6364136223846793005UL + 1442695040888963407UL;
    return seed >> 33;
}

static void read_fixture(const char *name, struct model *model)
{
    const char *top = getenv("TOP_SRCDIR");
    struct error err = {0};
    char path[4096];

    snprintf(path, sizeof(path), "%s/tests/tui/fixture/%s.json", top != NULL ? top : ".", name);
    model_open(model);
    assert_ok(model_read_fixture(model, path, &err), &err);
}

/* What a terminal obeys, or reorders text by. */
static bool acts(wchar_t c)
{
    return (c < 0x20 && c != L'\n') || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

static void check_text(const char *text, const struct grid *grid, const char *what)
{
    int column = 0, row = 0;
    mbstate_t state = {0};
    wchar_t c;
    size_t length;

    while ((length = mbrtowc(&c, text, 16, &state)) > 0) {
        if (length > 16)
            fail_msg("%s: no UTF-8 in row %d", what, row);
        if (acts(c) || (!grid->utf8 && c > 0x7e))
            fail_msg("%s: U+%04lX in row %d", what, (unsigned long)c, row);
        text += length;
        column += c == L'\n' ? 0 : wcwidth(c);
        if (column > grid->width)
            fail_msg("%s: row %d has more than %d columns", what, row, grid->width);
        if (c == L'\n') {
            column = 0;
            row++;
        }
    }
    assert_int_equal(row, grid->height);
}

static void check_screen(struct model *model, struct screen_view *view, int width, int height,
                         bool utf8, const char *fixture)
{
    char what[100], *text = NULL;
    struct grid grid;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    snprintf(what, sizeof(what), "%s of %s at %dx%d%s", panel_at(view->panel)->name, fixture, width,
             height, utf8 ? "" : " in ASCII");
    grid_open(&grid, width, height, utf8);
    screen_draw(model, view, &grid);
    assert_int_equal(grid_print(&grid, stream), 0);
    fclose(stream);
    check_text(text, &grid, what);
    free(text);
    grid_close(&grid);
}

/* The details of the selected row as a pop-up. */
static void open_details(struct model *model, struct screen_view *view)
{
    struct listing listing;

    lines_clear(&view->text);
    screen_fill(model, view, &listing);
    listing_move(&listing, &view->lists[view->panel], (int)(next_random() % 7));
    if (listing_selected(&listing) != NULL)
        panel_at(view->panel)->details(model, listing_selected(&listing), &view->text);
    listing_close(&listing);
    view->popup = SCREEN_DETAILS;
    view->scroll = (int)(next_random() % 9);
}

static void every_screen_fits_and_is_harmless(void **state)
{
    (void)state;
    for (size_t i = 0; i < FIXTURES; i++) {
        struct model model;

        read_fixture(fixtures[i], &model);
        for (size_t try = 0; try < PANELS * TRIES; try++) {
            struct screen_view view;

            screen_open(&view);
            view.panel = try % PANELS;
            if (try % 3 == 0)
                open_details(&model, &view);
            check_screen(&model, &view, 1 + (int)(next_random() % 200),
                         1 + (int)(next_random() % 60), try % 4 != 0, fixtures[i]);
            screen_close(&view);
        }
        model_close(&model);
    }
}

static void assert_harmless(const char *text, const char *fixture)
{
    mbstate_t state = {0};
    size_t length;
    wchar_t c;

    while ((length = mbrtowc(&c, text, 16, &state)) > 0) {
        if (length > 16 || acts(c) || c == L'\n')
            fail_msg("%s: not escaped: %s", fixture, text);
        text += length;
    }
}

static void check_lines(struct lines *lines, const char *fixture)
{
    for (size_t i = 0; i < lines->count; i++)
        assert_harmless(lines->rows[i].text, fixture);
    lines_clear(lines);
}

static void check_rows(const struct panel *panel, const struct model *model, const char *fixture)
{
    struct listing listing;
    struct lines lines;

    listing_open(&listing, panel->columns, panel->column_count);
    lines_init(&lines);
    panel->head(model, &lines);
    check_lines(&lines, fixture);
    panel->fill(model, &listing);
    for (size_t i = 0; i < listing.count; i++) {
        for (size_t column = 0; column < panel->column_count; column++)
            assert_harmless(listing.rows[i].cells[column].text, fixture);
        panel->tail(model, &listing.rows[i], &lines);
        check_lines(&lines, fixture);
        panel->details(model, &listing.rows[i], &lines);
        check_lines(&lines, fixture);
    }
    listing_close(&listing);
}

/* Before the cells, which would hide it: lines are printed elsewhere too. */
static void every_text_is_escaped(void **state)
{
    (void)state;
    for (size_t i = 0; i < FIXTURES; i++) {
        struct model model;

        read_fixture(fixtures[i], &model);
        for (size_t panel = 0; panel < PANELS; panel++)
            check_rows(panel_at(panel), &model, fixtures[i]);
        model_close(&model);
    }
}

/* A "details" that cuts would hide what an admin opened it for. */
static void details_hold_the_whole_words(void **state)
{
    struct screen_view view;
    struct listing listing;
    struct model model;
    struct lines lines;
    bool found = false;

    (void)state;
    read_fixture("trouble", &model);
    screen_open(&view);
    view.panel = 1;
    snprintf(view.lists[1].filter, sizeof(view.lists[1].filter), "USBKEY");
    screen_fill(&model, &view, &listing);
    assert_int_equal(listing.shown_count, 1);
    lines_init(&lines);
    panel_media.details(&model, listing_selected(&listing), &lines);
    for (size_t i = 0; i < lines.count; i++)
        found |= lines.rows[i].wrap && strcmp(lines.rows[i].text, "it has no serial number") == 0;
    assert_true(found);
    lines_clear(&lines);
    listing_close(&listing);
    screen_close(&view);
    model_close(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_screen_fits_and_is_harmless),
        cmocka_unit_test(every_text_is_escaped),
        cmocka_unit_test(details_hold_the_whole_words),
    };

    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
