/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "tui/lines.h"

static bool shows(const struct grid *grid, const char *text)
{
    char *printed = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&printed, &size);
    bool found;

    assert_int_equal(grid_print(grid, stream), 0);
    fclose(stream);
    found = strstr(printed, text) != NULL;
    free(printed);
    return found;
}

static void what_weighs_most_goes_first_where_there_is_no_room(void **state)
{
    struct lines lines;
    struct grid grid;

    (void)state;
    lines_init(&lines);
    lines_add(&lines, 2, "Second", "b");
    lines_add(&lines, 3, "Third", "c");
    lines_add(&lines, 1, "First", "a");
    lines_add(&lines, 3, "Fourth", "d");
    grid_open(&grid, 40, 4, true);
    assert_int_equal(lines_draw(&lines, &grid, 0, 4, 0, 40), 4);
    grid_close(&grid);
    /* Of those of one weight, as many as there is room for. */
    grid_open(&grid, 40, 4, true);
    assert_int_equal(lines_draw(&lines, &grid, 0, 3, 0, 40), 3);
    assert_true(shows(&grid, "Second     b\n Third      c\n First      a\n"));
    assert_false(shows(&grid, "Fourth"));
    grid_close(&grid);
    grid_open(&grid, 40, 4, true);
    assert_int_equal(lines_draw(&lines, &grid, 0, 1, 0, 40), 1);
    assert_true(shows(&grid, "First"));
    assert_false(shows(&grid, "Second"));
    grid_close(&grid);
    lines_clear(&lines);
}

static void long_words_break_at_spaces_and_lose_nothing(void **state)
{
    struct lines lines;
    struct grid grid;

    (void)state;
    lines_init(&lines);
    lines_add_wrapped(&lines, 1, "Next", "one two three unbreakablelongword x");
    grid_open(&grid, 25, 6, true);
    assert_int_equal(lines_height(&lines, 0, 25), 3);
    assert_int_equal(lines_draw(&lines, &grid, 0, 6, 0, 25), 3);
    assert_true(shows(&grid, " Next       one two three\n            unbreakablelo\n"
                             "            ngword x\n"));
    grid_close(&grid);
    /* Where there is less room it is cut, and says so. */
    grid_open(&grid, 25, 6, true);
    assert_int_equal(lines_rows(&lines, 2, 0, 25), 2);
    assert_int_equal(lines_draw(&lines, &grid, 0, 2, 0, 25), 2);
    assert_true(shows(&grid, " Next       one two three\n            unbreakablel~\n\n"));
    grid_close(&grid);
    lines_clear(&lines);
}

static void a_state_stands_at_the_edge_and_cuts_no_word_of_it(void **state)
{
    struct lines lines;
    struct grid grid;

    (void)state;
    lines_init(&lines);
    lines_add_mark(&lines, 1, "Clock", OUTPUT_WARN, "%s", "0123456789012345678901234567890");
    grid_open(&grid, 30, 1, true);
    lines_draw(&lines, &grid, 0, 1, 0, 30);
    assert_true(shows(&grid, " Clock      0123456789~ [WARN]\n"));
    grid_close(&grid);
    lines_clear(&lines);
}

static void a_long_block_is_scrolled(void **state)
{
    struct lines lines;
    struct grid grid;

    (void)state;
    lines_init(&lines);
    for (int i = 0; i < 20; i++)
        lines_add(&lines, 1, "", "line %d.", i);
    grid_open(&grid, 20, 3, true);
    lines_draw_from(&lines, &grid, 5, 0, 3, 0, 20);
    assert_true(shows(&grid, " line 5.\n line 6.\n line 7.\n"));
    grid_close(&grid);
    lines_clear(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_weighs_most_goes_first_where_there_is_no_room),
        cmocka_unit_test(long_words_break_at_spaces_and_lose_nothing),
        cmocka_unit_test(a_state_stands_at_the_edge_and_cuts_no_word_of_it),
        cmocka_unit_test(a_long_block_is_scrolled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
