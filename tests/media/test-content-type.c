/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/limits.h"
#include "media/content-type.h"

static void rows_are_sorted_and_end_with_null(void **state)
{
    size_t i = 0;

    for (; content_type_row(i) != NULL; i++) {
        if (i > 0)
            assert_true(strcmp(content_type_row(i - 1)->name, content_type_row(i)->name) < 0);
    }
    assert_int_equal(i, 20);
    assert_null(content_type_row(i + 1));
}

static void every_row_is_found_by_its_name(void **state)
{
    for (size_t i = 0; content_type_row(i) != NULL; i++)
        assert_ptr_equal(content_type_find(content_type_row(i)->name), content_type_row(i));
    assert_null(content_type_find(""));
    assert_null(content_type_find("flags"));
    assert_null(content_type_find("Behavior"));
}

static void every_row_is_whole(void **state)
{
    for (size_t i = 0; content_type_row(i) != NULL; i++) {
        const struct content_type *row = content_type_row(i);

        assert_true(strlen(row->name) <= LIMIT_NAME_BYTES);
        assert_true(row->family[0] != '\0' && row->summary[0] != '\0');
        assert_true(row->schema >= 1);
        assert_non_null(row->patterns[0]);
        /* 0 days is never: a failure age needs a warning before it. */
        assert_true(row->fail_days == 0 || row->fail_days > row->warn_days);
    }
}

static void what_must_hide_its_rules_is_sealed(void **state)
{
    static const char *const sealed[] = {
        "appfeed", "behavior", "null-sealed", "product-rules-feed", "repair-kit", "userappfeed"};
    size_t count = 0;

    for (size_t i = 0; content_type_row(i) != NULL; i++)
        count += content_type_row(i)->sealed;
    assert_int_equal(count, sizeof(sealed) / sizeof(sealed[0]));
    for (size_t i = 0; i < count; i++)
        assert_true(content_type_find(sealed[i])->sealed);
}

static void what_is_compiled_names_its_files(void **state)
{
    size_t count = 0;

    for (size_t i = 0; content_type_row(i) != NULL; i++) {
        const char *const *files = content_type_compiled(content_type_row(i));

        if (files == NULL)
            continue;
        count++;
        assert_string_equal(content_type_row(i)->name, "local-rep-data");
        assert_string_equal(files[0], "sha256.idx");
        assert_string_equal(files[3], "signer.names");
        assert_null(files[4]);
    }
    assert_int_equal(count, 1);
}

static void what_is_built_on_is_a_type_of_the_same_family(void **state)
{
    size_t count = 0;

    for (size_t i = 0; content_type_row(i) != NULL; i++) {
        const char *on = content_type_builds_on(content_type_row(i));

        if (on == NULL)
            continue;
        count++;
        assert_non_null(content_type_find(on));
        assert_string_equal(content_type_find(on)->family, content_type_row(i)->family);
    }
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_and_end_with_null),
        cmocka_unit_test(every_row_is_found_by_its_name),
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(what_is_compiled_names_its_files),
        cmocka_unit_test(what_is_built_on_is_a_type_of_the_same_family),
        cmocka_unit_test(what_must_hide_its_rules_is_sealed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
