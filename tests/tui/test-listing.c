/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "tui/listing.h"

static const struct listing_column columns[] = {
    {"NAME", 1, 12, false}, {"AGE", 2, 6, true}, {"NOTE", 3, 0, false}};

static void open_rows(struct listing *listing)
{
    static const char *const rows[][3] = {
        {"beta", "9", "the second"}, {"alpha", "10", "first of all"}, {"gamma", "2", "ALPHA too"}};

    listing_open(listing, columns, 3);
    for (size_t i = 0; i < 3; i++) {
        listing_row(listing, NULL, rows[i][0]);
        for (size_t column = 0; column < 3; column++)
            listing_text(listing, rows[i][column]);
    }
}

static const char *selected(const struct listing *listing)
{
    const struct listing_row *row = listing_selected(listing);

    return row != NULL ? row->key : "none";
}

static void a_filter_wants_all_its_words_and_no_case(void **state)
{
    struct listing_view view = {.sort = -1};
    struct listing listing;

    (void)state;
    open_rows(&listing);
    snprintf(view.filter, sizeof(view.filter), "alpha");
    listing_arrange(&listing, &view);
    assert_int_equal(listing.shown_count, 2);
    snprintf(view.filter, sizeof(view.filter), "alpha  too");
    listing_arrange(&listing, &view);
    assert_int_equal(listing.shown_count, 1);
    assert_string_equal(selected(&listing), "gamma");
    snprintf(view.filter, sizeof(view.filter), "nothing");
    listing_arrange(&listing, &view);
    assert_string_equal(selected(&listing), "none");
    listing_move(&listing, &view, 1);
    listing_close(&listing);
}

static void numbers_are_sorted_as_numbers(void **state)
{
    struct listing_view view = {.sort = 1};
    struct listing listing;

    (void)state;
    open_rows(&listing);
    listing_arrange(&listing, &view);
    assert_string_equal(listing.rows[listing.shown[0]].key, "gamma");
    assert_string_equal(listing.rows[listing.shown[2]].key, "alpha");
    view.descending = true;
    listing_arrange(&listing, &view);
    assert_string_equal(listing.rows[listing.shown[0]].key, "alpha");
    listing_close(&listing);
}

/* Far more rows than any honest agent sends: they are sorted, not waited for. */
static void very_many_rows_are_sorted(void **state)
{
    struct listing_view view = {.sort = 0};
    struct listing listing;
    char text[16];

    (void)state;
    listing_open(&listing, columns, 1);
    for (int i = 0; i < 200000; i++) {
        listing_row(&listing, NULL, "");
        snprintf(text, sizeof(text), "%06d", 199999 - i / 2 * 2);
        listing_text(&listing, text);
    }
    listing_arrange(&listing, &view);
    for (size_t i = 1; i < listing.shown_count; i++) {
        int order = strcmp(listing.rows[listing.shown[i - 1]].cells[0].text,
                           listing.rows[listing.shown[i]].cells[0].text);

        assert_true(order < 0 || (order == 0 && listing.shown[i - 1] < listing.shown[i]));
    }
    listing_close(&listing);
}

/* Answers come and go: the row that the admin is on stays the one, wherever it is now. */
static void the_selected_row_stays_selected(void **state)
{
    struct listing_view view = {.sort = -1};
    struct listing listing;

    (void)state;
    open_rows(&listing);
    listing_arrange(&listing, &view);
    listing_move(&listing, &view, 1);
    assert_string_equal(selected(&listing), "alpha");
    view.sort = 0;
    listing_arrange(&listing, &view);
    assert_string_equal(selected(&listing), "alpha");
    listing_close(&listing);
    /* It is gone: what has its place is selected. */
    view.sort = -1;
    view.index = 1;
    listing_open(&listing, columns, 3);
    listing_row(&listing, NULL, "beta");
    listing_row(&listing, NULL, "gamma");
    listing_arrange(&listing, &view);
    assert_string_equal(selected(&listing), "gamma");
    listing_close(&listing);
}

static void a_search_goes_round_both_ways(void **state)
{
    struct listing_view view = {.sort = -1, .search = "second"};
    struct listing listing;

    (void)state;
    open_rows(&listing);
    listing_arrange(&listing, &view);
    listing_move(&listing, &view, LISTING_LAST);
    assert_true(listing_search(&listing, &view, false));
    assert_string_equal(selected(&listing), "beta");
    snprintf(view.search, sizeof(view.search), "alpha");
    assert_true(listing_search(&listing, &view, true));
    assert_string_equal(selected(&listing), "gamma");
    snprintf(view.search, sizeof(view.search), "zz");
    assert_false(listing_search(&listing, &view, false));
    assert_string_equal(selected(&listing), "gamma");
    listing_close(&listing);
}

static void columns_of_most_weight_go_first(void **state)
{
    struct listing_view view = {.sort = -1};
    struct listing listing;
    struct grid grid;

    (void)state;
    open_rows(&listing);
    listing_arrange(&listing, &view);
    grid_open(&grid, 14, 6, true);
    listing_draw(&listing, &view, &grid, 0, 6);
    assert_string_equal(grid_at(&grid, 0, 3)->text, "N");
    assert_string_equal(grid_at(&grid, 0, 11)->text, "G");
    assert_string_equal(grid_at(&grid, 1, 1)->text, ">");
    assert_true(grid_at(&grid, 1, 5)->selected);
    assert_int_equal(grid.cursor_row, 1);
    grid_close(&grid);
    listing_close(&listing);
}

static void the_selected_row_is_always_seen(void **state)
{
    struct listing_view view = {.sort = -1};
    struct listing listing;
    struct grid grid;
    char key[16];

    (void)state;
    listing_open(&listing, columns, 1);
    for (int i = 0; i < 50; i++) {
        snprintf(key, sizeof(key), "row%02d", i);
        listing_row(&listing, NULL, key);
        listing_text(&listing, key);
    }
    listing_arrange(&listing, &view);
    grid_open(&grid, 20, 5, true);
    listing_move(&listing, &view, LISTING_LAST);
    listing_draw(&listing, &view, &grid, 0, 5);
    assert_int_equal(grid.cursor_row, 4);
    assert_string_equal(grid_at(&grid, 4, 7)->text, "9");
    listing_move(&listing, &view, LISTING_FIRST);
    listing_draw(&listing, &view, &grid, 0, 5);
    assert_int_equal(grid.cursor_row, 1);
    /* Titles alone, and no room at all. */
    listing_draw(&listing, &view, &grid, 0, 1);
    listing_draw(&listing, &view, &grid, 3, 3);
    grid_close(&grid);
    listing_close(&listing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_wants_all_its_words_and_no_case),
        cmocka_unit_test(numbers_are_sorted_as_numbers),
        cmocka_unit_test(very_many_rows_are_sorted),
        cmocka_unit_test(the_selected_row_stays_selected),
        cmocka_unit_test(a_search_goes_round_both_ways),
        cmocka_unit_test(columns_of_most_weight_go_first),
        cmocka_unit_test(the_selected_row_is_always_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
