/* SPDX-License-Identifier: ISC
 *
 * How states look: told apart without colour, and no colour where it is not wanted.
 */
#include "tests/test.h"

#include "tui/theme.h"

static void chooses_color(void **state)
{
    assert_true(theme_has_color(NULL, NULL, 8));
    assert_true(theme_has_color("auto", "", 256)); /* no-color.org: empty is not set */
    assert_false(theme_has_color(NULL, "1", 256));
    assert_true(theme_has_color("always", "1", 8));
    assert_false(theme_has_color("never", NULL, 256));
    assert_false(theme_has_color("always", NULL, 0)); /* vt100 */
}

static bool same(struct theme_look a, struct theme_look b)
{
    return a.foreground == b.foreground && a.background == b.background && a.bold == b.bold &&
           a.reverse == b.reverse && a.underline == b.underline && a.dim == b.dim;
}

static void bad_states_differ(void **state)
{
    static const enum grid_style states[] = {GRID_OK, GRID_WARN, GRID_FAIL, GRID_BLOCK, GRID_RUN};

    for (int color = 0; color < 2; color++)
        for (size_t i = 0; i < 5; i++)
            for (size_t j = 0; j < i; j++)
                assert_false(same(theme_look(states[i], false, color == 1),
                                  theme_look(states[j], false, color == 1)));
}

static void monochrome_has_no_color(void **state)
{
    for (int style = 0; style < GRID_STYLES; style++)
        for (int selected = 0; selected < 2; selected++) {
            struct theme_look look = theme_look((enum grid_style)style, selected == 1, false);

            assert_int_equal(look.foreground, THEME_COLOR_DEFAULT);
            assert_int_equal(look.background, THEME_COLOR_DEFAULT);
            assert_false(look.dim);
        }
}

/* Pale text on a light terminal can't be read: only a block brings its own background. */
static void background_is_the_terminals(void **state)
{
    for (int style = 0; style < GRID_STYLES; style++) {
        struct theme_look look = theme_look((enum grid_style)style, false, true);

        if (style != GRID_BLOCK) {
            assert_int_equal(look.background, THEME_COLOR_DEFAULT);
            assert_int_not_equal(look.foreground, THEME_WHITE);
        }
    }
    assert_int_equal(theme_look(GRID_OK, false, true).foreground, THEME_COLOR_DEFAULT);
}

static void selection_is_seen(void **state)
{
    for (int color = 0; color < 2; color++)
        assert_true(theme_look(GRID_PLAIN, true, color == 1).reverse);
    assert_true(theme_look(GRID_FAIL, true, false).bold);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_color),           cmocka_unit_test(bad_states_differ),
        cmocka_unit_test(monochrome_has_no_color), cmocka_unit_test(background_is_the_terminals),
        cmocka_unit_test(selection_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
