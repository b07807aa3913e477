/* SPDX-License-Identifier: ISC
 *
 * Pop-ups: what means yes, and that everything else means no.
 */
#include "tests/test.h"

#include "media/base/bytes.h"

#include <string.h>

#include "tui/dialog.h"

#define LATER (2 * DIALOG_DEAF_US)

struct scene {
    struct dialog dialog;
    struct screen_view view;
};

static int open_scene(void **state)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));

    screen_open(&scene->view);
    *state = scene;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *scene = *state;

    screen_close(&scene->view);
    free(scene);
    return 0;
}

static enum dialog_outcome press_at(struct scene *scene, const char *key, int64_t now_us)
{
    return dialog_key(&scene->dialog, &scene->view, key, 10, now_us);
}

static enum dialog_outcome press(struct scene *scene, const char *key)
{
    return press_at(scene, key, LATER);
}

static void type(struct scene *scene, const char *text)
{
    for (; *text != '\0'; text++) {
        const char key[2] = {*text, '\0'};

        assert_int_equal(press(scene, key), DIALOG_STAYS);
    }
}

static void ask_for_word(struct scene *scene)
{
    dialog_confirm(&scene->dialog, &scene->view, DIALOG_IMPORT, "Import this?", "1185", 0);
}

static void the_word_and_enter_are_yes(void **state)
{
    struct scene *scene = *state;

    ask_for_word(scene);
    assert_non_null(strstr(scene->view.prompt, "1185"));
    type(scene, "1185");
    assert_int_equal(press(scene, "Enter"), DIALOG_GIVEN);
    assert_int_equal(scene->dialog.purpose, DIALOG_IMPORT);
}

static void enter_alone_is_no(void **state)
{
    struct scene *scene = *state;

    ask_for_word(scene);
    assert_int_equal(press(scene, "Enter"), DIALOG_CLOSED);
    assert_int_equal(scene->view.popup, SCREEN_NO_POPUP);
}

static void another_word_is_no_and_says_so(void **state)
{
    struct scene *scene = *state;

    ask_for_word(scene);
    type(scene, "1184");
    assert_int_equal(press(scene, "Enter"), DIALOG_STAYS);
    assert_non_null(strstr(scene->view.prompt, "That is not 1185"));
    assert_string_equal(scene->view.input, "");
    type(scene, "yes");
    assert_int_equal(press(scene, "Esc"), DIALOG_CLOSED);
}

/* The key that opened it may repeat, and a word may have been typed blindly. */
static void the_first_moment_is_deaf(void **state)
{
    struct scene *scene = *state;

    ask_for_word(scene);
    assert_int_equal(press_at(scene, "1", DIALOG_DEAF_US - 1), DIALOG_STAYS);
    assert_string_equal(scene->view.input, "");
    assert_int_equal(press_at(scene, "Enter", DIALOG_DEAF_US - 1), DIALOG_STAYS);
    assert_int_equal(press_at(scene, "1", DIALOG_DEAF_US), DIALOG_STAYS);
    assert_string_equal(scene->view.input, "1");
}

static void a_question_without_word_takes_y_alone(void **state)
{
    static const char *const others[] = {"Enter", "q", "Y", "Esc", "Space", "F10", "Ctrl-C"};
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        dialog_confirm(&scene->dialog, &scene->view, DIALOG_QUIT, "Leave?", "", 0);
        assert_int_equal(press(scene, others[i]), DIALOG_CLOSED);
    }
    dialog_confirm(&scene->dialog, &scene->view, DIALOG_QUIT, "Leave?", "", 0);
    assert_int_equal(press_at(scene, "y", 1), DIALOG_STAYS);
    assert_int_equal(press(scene, "y"), DIALOG_GIVEN);
}

/* A long plan can be read before it is answered. */
static void a_question_scrolls(void **state)
{
    struct scene *scene = *state;

    ask_for_word(scene);
    assert_int_equal(press(scene, "PgDn"), DIALOG_STAYS);
    assert_int_equal(scene->view.scroll, 10);
    assert_int_equal(press(scene, "Up"), DIALOG_STAYS);
    assert_int_equal(scene->view.scroll, 9);
    assert_int_equal(scene->view.popup, SCREEN_CONFIRM);
}

static void a_line_is_edited_by_whole_characters(void **state)
{
    struct scene *scene = *state;

    dialog_ask(&scene->dialog, &scene->view, DIALOG_FILTER, "Filter", "Rows that hold:", "old");
    assert_string_equal(scene->view.input, "old");
    press(scene, "Ctrl-U");
    type(scene, "a");
    press(scene, "\u00e9");
    press(scene, "\u4e16");
    assert_string_equal(scene->view.input, "a\u00e9\u4e16");
    press(scene, "Backspace");
    press(scene, "Backspace");
    assert_string_equal(scene->view.input, "a");
    press(scene, "F5");
    press(scene, "Unknown");
    assert_string_equal(scene->view.input, "a");
    press(scene, "Backspace");
    press(scene, "Backspace");
    assert_string_equal(scene->view.input, "");
    assert_int_equal(press(scene, "Enter"), DIALOG_GIVEN);
}

static void a_line_has_an_end(void **state)
{
    struct scene *scene = *state;

    dialog_ask(&scene->dialog, &scene->view, DIALOG_SEARCH, "Search", "Search for:", "");
    for (size_t i = 0; i < 2 * sizeof(scene->view.input); i++)
        press(scene, "x");
    assert_int_equal(strlen(scene->view.input), sizeof(scene->view.input) - 1);
}

static void what_is_to_be_read_closes_with_other_keys(void **state)
{
    struct scene *scene = *state;

    dialog_read(&scene->dialog, &scene->view, SCREEN_HELP, "Keys");
    lines_add(&scene->view.text, 1, "", "words");
    assert_int_equal(press(scene, "j"), DIALOG_STAYS);
    assert_int_equal(press(scene, "Esc"), DIALOG_CLOSED);
    assert_int_equal(scene->view.text.count, 0);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(the_word_and_enter_are_yes),
        SCENE(enter_alone_is_no),
        SCENE(another_word_is_no_and_says_so),
        SCENE(the_first_moment_is_deaf),
        SCENE(a_question_without_word_takes_y_alone),
        SCENE(a_question_scrolls),
        SCENE(a_line_is_edited_by_whole_characters),
        SCENE(a_line_has_an_end),
        SCENE(what_is_to_be_read_closes_with_other_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
