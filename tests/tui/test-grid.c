/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "tui/grid.h"

/* A row as --dump would print it. */
static const char *row_of(const struct grid *grid, int wanted, char out[static 1024])
{
    char *text = NULL, *line;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_int_equal(grid_print(grid, stream), 0);
    fclose(stream);
    line = text;
    for (int row = 0; row < wanted; row++)
        line = strchr(line, '\n') + 1;
    snprintf(out, 1024, "%.*s", (int)strcspn(line, "\n"), line);
    free(text);
    return out;
}

static void what_does_not_fit_is_cut_and_says_so(void **state)
{
    struct grid grid;
    char row[1024];

    (void)state;
    grid_open(&grid, 10, 2, true);
    assert_int_equal(grid_put(&grid, 0, 2, 8, GRID_PLAIN, "abcdef"), 8);
    assert_string_equal(row_of(&grid, 0, row), "  abcdef");
    assert_int_equal(grid_put(&grid, 0, 2, 8, GRID_PLAIN, "abcdefg"), 8);
    assert_string_equal(row_of(&grid, 0, row), "  abcde~");
    grid_put(&grid, 1, 8, 40, GRID_PLAIN, "xyz");
    assert_string_equal(row_of(&grid, 1, row), "        x~");
    grid_close(&grid);
}

static void wide_characters_take_two_cells(void **state)
{
    struct grid grid;
    char row[1024];

    (void)state;
    grid_open(&grid, 6, 1, true);
    assert_int_equal(grid_put(&grid, 0, 0, 6, GRID_PLAIN, "\u4e2d\u6587"), 4);
    assert_string_equal(row_of(&grid, 0, row), "\u4e2d\u6587");
    /* Over the right half of the first: nothing of it may stay. */
    grid_put(&grid, 0, 1, 6, GRID_PLAIN, "a");
    assert_string_equal(row_of(&grid, 0, row), " a\u6587");
    /* Nor beside what is blanked. */
    grid_put(&grid, 0, 0, 6, GRID_PLAIN, "\u4e2d\u6587\u4e2d");
    grid_blank(&grid, 0, 1, 3);
    assert_string_equal(row_of(&grid, 0, row), "    \u4e2d");
    /* Half of one never hangs over the end. */
    grid_blank(&grid, 0, 0, 6);
    assert_int_equal(grid_put(&grid, 0, 0, 3, GRID_PLAIN, "\u4e2d\u6587"), 3);
    assert_string_equal(row_of(&grid, 0, row), "\u4e2d~");
    grid_close(&grid);
}

static void combining_characters_stay_with_their_own(void **state)
{
    char row[1024], many[200] = "e";
    struct grid grid;

    (void)state;
    grid_open(&grid, 4, 1, true);
    assert_int_equal(grid_put(&grid, 0, 0, 4, GRID_PLAIN, "e\u0301x"), 2);
    assert_string_equal(row_of(&grid, 0, row), "e\u0301x");
    for (int i = 0; i < 60; i++)
        snprintf(many + strlen(many), sizeof(many) - strlen(many), "\u0301");
    assert_int_equal(grid_put(&grid, 0, 0, 4, GRID_PLAIN, many), 1);
    assert_true(strlen(grid_at(&grid, 0, 0)->text) < GRID_CELL_BYTES);
    /* Without one before it, it is left out. */
    grid_blank(&grid, 0, 0, 4);
    grid_put(&grid, 0, 1, 4, GRID_PLAIN, "\u0301a");
    assert_string_equal(row_of(&grid, 0, row), " a");
    grid_close(&grid);
}

static void nothing_that_acts_on_a_terminal_gets_through(void **state)
{
    struct grid grid;
    char row[1024];

    (void)state;
    grid_open(&grid, 20, 1, true);
    grid_put(&grid, 0, 0, 20, GRID_PLAIN, "a\x1b[2Jb\x7f\xc2\x9b\xff");
    assert_string_equal(row_of(&grid, 0, row), "a?[2Jb???");
    grid_close(&grid);
}

static void ascii_has_a_question_mark_for_all_else(void **state)
{
    struct grid grid;
    char row[1024];

    (void)state;
    grid_open(&grid, 12, 3, false);
    grid_put(&grid, 0, 0, 12, GRID_PLAIN, "a\u00e9\u4e2db");
    assert_string_equal(row_of(&grid, 0, row), "a??b");
    grid_frame(&grid, 0, 0, 3, 12, "t");
    assert_string_equal(row_of(&grid, 0, row), "+- t ------+");
    assert_string_equal(row_of(&grid, 1, row), "|          |");
    grid_close(&grid);
}

static void what_lies_outside_is_left_alone(void **state)
{
    struct grid grid;
    char row[1024];

    (void)state;
    grid_open(&grid, 0, -5, true);
    assert_int_equal(grid.width, 1);
    assert_int_equal(grid.height, 1);
    grid_put(&grid, -1, 0, 9, GRID_PLAIN, "no");
    grid_put(&grid, 1, 0, 9, GRID_PLAIN, "no");
    grid_put(&grid, 0, 3, 9, GRID_PLAIN, "no");
    grid_frame(&grid, -2, -2, 5, 5, "title");
    grid_blank(&grid, 0, -3, 9);
    grid_select(&grid, 4, 0, 9);
    assert_string_equal(row_of(&grid, 0, row), "");
    grid_close(&grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit_is_cut_and_says_so),
        cmocka_unit_test(wide_characters_take_two_cells),
        cmocka_unit_test(combining_characters_stay_with_their_own),
        cmocka_unit_test(nothing_that_acts_on_a_terminal_gets_through),
        cmocka_unit_test(ascii_has_a_question_mark_for_all_else),
        cmocka_unit_test(what_lies_outside_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
