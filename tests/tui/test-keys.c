/* SPDX-License-Identifier: ISC
 *
 * The table of keys: what each does, and that nothing in it hides anything else.
 */
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include "tui/keys.h"
#include "tui/panel.h"

static void finds_keys(void **state)
{
    assert_int_equal(keys_find("F9", 1), KEYS_IMPORT);
    assert_int_equal(keys_find("I", 1), KEYS_IMPORT);
    assert_int_equal(keys_find("i", 1), KEYS_INSPECT);
    assert_int_equal(keys_find("3", 0), KEYS_SCREEN);
    assert_int_equal(keys_find("Shift-Tab", 4), KEYS_SCREEN_BEFORE);
    assert_int_equal(keys_find("", 0), KEYS_NOTHING);
    assert_int_equal(keys_find("F", 0), KEYS_NOTHING);
    assert_int_equal(keys_find("F1 ?", 0), KEYS_NOTHING);
    assert_int_equal(keys_find("Unknown", 0), KEYS_NOTHING);
}

static void differs_by_screen(void **state)
{
    assert_int_equal(keys_find("r", 0), KEYS_REFRESH);
    assert_int_equal(keys_find("r", 1), KEYS_REPORT);
    assert_int_equal(keys_find("r", 2), KEYS_REFRESH);
    assert_int_equal(keys_find("r", 3), KEYS_REPORT);
    assert_int_equal(keys_find("x", 1), KEYS_EJECT);
    assert_int_equal(keys_find("x", 0), KEYS_NOTHING);
}

static bool is_shared(const char *names, const char *others, char *which)
{
    char copy[64], *at = copy, *name;

    snprintf(copy, sizeof(copy), "%s", names);
    while ((name = strsep(&at, " ")) != NULL) {
        char other_copy[64], *rest = other_copy, *other;

        snprintf(other_copy, sizeof(other_copy), "%s", others);
        while ((other = strsep(&rest, " ")) != NULL)
            if (strcmp(name, other) == 0) {
                snprintf(which, 64, "%s", name);
                return true;
            }
    }
    return false;
}

static void no_key_twice(void **state)
{
    const struct keys_row *row, *other;
    char which[64];

    for (size_t i = 0; (row = keys_at(i)) != NULL; i++)
        for (size_t j = 0; j < i; j++) {
            other = keys_at(j);
            if ((row->panels & other->panels) != 0 && is_shared(row->names, other->names, which))
                fail_msg("%s is both \"%s\" and \"%s\"", which, row->words, other->words);
        }
}

/* Terminals keep F1, F10 and F11 for themselves. */
static void every_function_key_has_a_twin(void **state)
{
    const struct keys_row *row;

    for (size_t i = 0; (row = keys_at(i)) != NULL; i++) {
        bool found = row->names[0] != 'F' || strchr(row->names, ' ') != NULL;

        for (size_t j = 0; !found && keys_at(j) != NULL; j++)
            found = j != i && keys_at(j)->action == row->action;
        if (!found)
            fail_msg("%s has no letter", row->names);
    }
}

#define BAR_BYTES 4096

static void bar_at(int width, char *out)
{
    struct grid grid;
    FILE *stream = fmemopen(out, BAR_BYTES, "w");

    grid_open(&grid, width, 1, true);
    keys_draw_bar(&grid, 0, 0);
    assert_int_equal(grid_print(&grid, stream), 0);
    grid_close(&grid);
    fclose(stream);
}

static void bar_keeps_what_matters(void **state)
{
    char text[BAR_BYTES];

    bar_at(80, text);
    assert_non_null(strstr(text, "F1Help F3Search F4Filter F5Refresh F6Sort F7Inspect F8Verify "
                                 "F9Import F10Quit"));
    bar_at(40, text);
    assert_non_null(strstr(text, "F1Help"));
    assert_non_null(strstr(text, "F9Import F10Quit"));
    assert_null(strstr(text, "F8"));
    bar_at(6, text);
    assert_string_equal(text, "F1Help\n");
}

static void help_names_every_key(void **state)
{
    struct lines lines;
    bool import = false, report = false, eject = false;

    lines_init(&lines);
    keys_help(3, &lines);
    for (size_t i = 0; i < lines.count; i++) {
        import = import || strstr(lines.rows[i].text, "F9 or I") != NULL;
        report = report || strstr(lines.rows[i].text, "write a report") != NULL;
        eject = eject || strstr(lines.rows[i].text, "may be pulled") != NULL;
    }
    lines_clear(&lines);
    assert_true(import && report);
    assert_false(eject); /* x is Media's */
}

/* The list in the page is this table. */
static void page_has_every_row(void **state)
{
    const char *top = getenv("TOP_SRCDIR");
    const struct keys_row *row;
    static char page[256 * 1024];
    char path[1024];
    FILE *file;

    snprintf(path, sizeof(path), "%s/man/sallyport.1", top != NULL ? top : ".");
    file = fopen(path, "r");
    assert_non_null(file);
    page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
    fclose(file);
    for (size_t i = 0; (row = keys_at(i)) != NULL; i++) {
        char names[64], wanted[256];

        keys_names(row, names);
        snprintf(wanted, sizeof(wanted), ".It Ic \"%s\"\n%s\n", names, row->words);
        for (char *at = wanted; (at = strchr(at, '\\')) != NULL; at += 2) {
            memmove(at + 2, at + 1, strlen(at));
            at[1] = 'e';
        }
        if (strstr(page, wanted) == NULL)
            fail_msg("sallyport.1 lacks\n%s", wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_keys),
        cmocka_unit_test(differs_by_screen),
        cmocka_unit_test(no_key_twice),
        cmocka_unit_test(every_function_key_has_a_twin),
        cmocka_unit_test(bar_keeps_what_matters),
        cmocka_unit_test(help_names_every_key),
        cmocka_unit_test(page_has_every_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
