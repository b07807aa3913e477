/* SPDX-License-Identifier: ISC */
#include "media/tree-index.h"

#include "tests/test.h"

#include "media/base/limits.h"
#include "media/base/path.h"

static struct bytes_view view(const char *text)
{
    return bytes_view_of(text, strlen(text));
}

static void files_of_a_folder_are_told_and_no_others(void **state)
{
    struct bytes_view index = view("sallyport/FORMAT\nsallyport/packs-x/c\nsallyport/packs/a.tar\n"
                                   "sallyport/packs/b.tar\nsallyport/packs/d/e\n"
                                   "sallyport/root/1.p7m\n");
    struct error err = {0};
    char **names;
    size_t count;

    assert_int_equal(tree_index_check(index, &err), 0);
    assert_int_equal(tree_index_list(index, "sallyport/packs", &names, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "a.tar");
    assert_string_equal(names[1], "b.tar");
    path_free_names(names, count);
    assert_int_equal(tree_index_list(index, "sallyport/rings/public", &names, &count, &err), 0);
    assert_int_equal(count, 0);
    path_free_names(names, count);
    assert_true(tree_index_has(index, "sallyport/root/1.p7m"));
    assert_false(tree_index_has(index, "sallyport/root/1.p7"));
    assert_int_equal(tree_index_check(view(""), &err), 0);
}

static void other_forms_are_named_by_line(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"sallyport/a", "line 1 does not end"},
        {"sallyport/a\n\n", "line 2 is no name of a tree"},
        {"sallyport\n", "line 1 is no name of a tree"},
        {"/sallyport/a\n", "line 1 is no name of a tree"},
        {"sallyport/../a\n", "line 1 is no name of a tree"},
        {"sallyport/a b\n", "line 1 is no name of a tree"},
        {"sallyport/a\r\n", "line 1 is no name of a tree"},
        {"sallyport/b\nsallyport/a\n", "line 2 is not sorted"},
        {"sallyport/a\nsallyport/a\n", "line 2 is not sorted"},
        {"sallyport/ab\nsallyport/a\n", "line 2 is not sorted"},
        {"etc/passwd\n", "line 1 is no name of a tree"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = {0};

        assert_int_equal(tree_index_check(view(cases[i].text), &err), -(int)ERROR_MEDIUM_DAMAGED);
        assert_string_equal(err.words, cases[i].words);
    }
    shows_case("F5");
}

static void a_folder_has_its_limit(void **state)
{
    struct error err = {0};
    struct bytes index;
    char **names;
    size_t count;

    bytes_init(&index, LIMIT_INDEX_BYTES);
    for (int i = 0; i <= LIMIT_FOLDER_NAMES; i++) {
        char line[64];

        snprintf(line, sizeof(line), "sallyport/packs/%08d\n", i);
        assert_int_equal(bytes_put(&index, line, strlen(line), &err), 0);
    }
    assert_int_equal(tree_index_check(bytes_view(&index), &err), 0);
    assert_int_equal(tree_index_list(bytes_view(&index), "sallyport/packs", &names, &count, &err),
                     -(int)ERROR_LIMIT);
    assert_null(names);
    bytes_clear(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_a_folder_are_told_and_no_others),
        cmocka_unit_test(other_forms_are_named_by_line),
        cmocka_unit_test(a_folder_has_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
