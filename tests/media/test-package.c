/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "tests/media/sample-documents.h"

static const struct sample_change changes[] = {
    {"\"abi\":[1,1]", "\"abi\":[\"1\",1]", ERROR_BAD_DOCUMENT},
    {"\"requires\":[", "\"requires\":[1,", ERROR_BAD_DOCUMENT},
    {"\"recipes\":[", "\"recipes\":[1,", ERROR_BAD_DOCUMENT},
    {"\"size\":400}]",
     "\"size\":400},{\"base\":"
     "\"4545454545454545454545454545454545454545454545454545454545454545454545454545454545454545454"
     "54545\",\"digest\":"
     "\"7777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777"
     "77777\",\"packed_size\":1,\"size\":1}]",
     ERROR_OK},
    {"\"size\":400}]",
     "\"size\":400},{\"base\":"
     "\"4444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444"
     "44444\",\"digest\":"
     "\"7777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777"
     "77777\",\"packed_size\":1,\"size\":1}]",
     ERROR_BAD_DOCUMENT},
    /* The same recipe on one more base. */
    {"\"size\":400}]",
     "\"size\":400},{\"base\":"
     "\"4545454545454545454545454545454545454545454545454545454545454545454545454545454545454545454"
     "54545\",\"digest\":"
     "\"5555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555"
     "55555\",\"packed_size\":1,\"size\":1}]",
     ERROR_OK},
    {"\"schema\":\"sallyport.package/1\"", "\"schema\":\"sallyport.package/2\"",
     ERROR_BAD_DOCUMENT},
    {"\"schema\":\"sallyport.package/1\"", "\"schema\":1", ERROR_BAD_DOCUMENT},
    {",\"schema\":\"sallyport.package/1\"", "", ERROR_BAD_DOCUMENT},
    {"\"abi\":[1,1]", "\"abi\":[1]", ERROR_BAD_DOCUMENT},
    {"\"abi\":[1,1]", "\"abi\":[2,1]", ERROR_BAD_DOCUMENT},
    {"\"abi\":[1,1]", "\"abi\":[0,1]", ERROR_BAD_DOCUMENT},
    {"\"abi\":[1,1]", "\"abi\":[1,\"1\"]", ERROR_BAD_DOCUMENT},
    {"\"abi\":[1,1]", "\"abi\":[1,1,1]", ERROR_BAD_DOCUMENT},
    {"\"abi\":[1,1]", "\"abi\":1", ERROR_BAD_DOCUMENT},
    {"\"abi\":[1,1]", "\"abi\":[1,9]", ERROR_OK},
    {"\"content_schema\":[1,2]", "\"content_schema\":[2,1]", ERROR_BAD_DOCUMENT},
    {"\"bytes\":65536", "\"bytes\":68719476736", ERROR_OK},
    {"\"bytes\":65536", "\"bytes\":68719476737", ERROR_BAD_DOCUMENT},
    {"\"bytes\":65536", "\"bytes\":99999999999999999999", ERROR_BAD_DOCUMENT},
    {"\"files\":12", "\"files\":0", ERROR_BAD_DOCUMENT},
    {"\"files\":12", "\"files\":1000001", ERROR_BAD_DOCUMENT},
    {"\"issue\":9", "\"issue\":0", ERROR_BAD_DOCUMENT},
    {"\"issue\":9", "\"issue\":9223372036854775807", ERROR_OK},
    {"\"issue\":9", "\"issue\":9223372036854775808", ERROR_BAD_DOCUMENT},
    {"\"issue\":9", "\"issue\":09", ERROR_BAD_DOCUMENT},
    {"\"issue\":9", "\"issue\":9e0", ERROR_BAD_DOCUMENT},
    {"\"base\":null",
     "\"base\":"
     "\"333333333333333333333333333333333333333333333333333333333333333333333333333333333333333"
     "333333333\"",
     ERROR_BAD_DOCUMENT},
    {"\"base\":"
     "\"444444444444444444444444444444444444444444444444444444444444444444444444444444444444444"
     "444444444\"",
     "\"base\":null", ERROR_BAD_DOCUMENT},
    {"\"base\":null,", "", ERROR_BAD_DOCUMENT},
    {"55555555555555555555555555555555555555555555555555555555555555555555555555555555555555555"
     "5555555",
     "33333333333333333333333333333333333333333333333333333333333333333333333333333333333333333"
     "3333333",
     ERROR_BAD_DOCUMENT},
    {"\"size\":500", "\"size\":0", ERROR_BAD_DOCUMENT},
    {"\"size\":500", "\"size\":268435457", ERROR_BAD_DOCUMENT},
    {"\"sealed\":\"key-1\"", "\"sealed\":null", ERROR_OK},
    {"\"sealed\":\"key-1\"", "\"sealed\":\"\"", ERROR_BAD_DOCUMENT},
    {"\"sealed\":\"key-1\"", "\"sealed\":\"Key\"", ERROR_BAD_DOCUMENT},
    {"\"type\":\"behavior\"", "\"type\":\"behaviour\"", ERROR_OK},
    {"\"type\":\"behavior\"", "\"type\":\"product-rules-feed\"", ERROR_BAD_DOCUMENT},
    {"\"type\":\"behavior\"", "\"type\":\"../x\"", ERROR_BAD_DOCUMENT},
    {"[{\"issue\":4,\"type\":\"product-rules-feed\"}]", "[]", ERROR_OK},
    {"[{\"issue\":4,\"type\":\"product-rules-feed\"}]",
     "[{\"issue\":0,\"type\":\"product-rules-feed\"}]", ERROR_BAD_DOCUMENT},
    {"[{\"issue\":4,\"type\":\"product-rules-feed\"}]",
     "[{\"issue\":4,\"type\":\"product-rules-feed\"},{\"issue\":4,\"type\":\"product-rules-"
     "feed\"}]",
     ERROR_BAD_DOCUMENT},
    {"[{\"issue\":4,\"type\":\"product-rules-feed\"}]",
     "[{\"issue\":4,\"type\":\"b\"},{\"issue\":4,\"type\":\"a\"}]", ERROR_BAD_DOCUMENT},
    {"[{\"issue\":4,\"type\":\"product-rules-feed\"}]",
     "[{\"issue\":4,\"type\":\"a\"},{\"issue\":4,\"type\":\"b\"}]", ERROR_OK},
    {"\"version\":\"2026.11.23-1\"", "\"version\":\"\"", ERROR_BAD_DOCUMENT},
    {"\"version\":\"2026.11.23-1\"", "\"version\":\"1 2\"", ERROR_BAD_DOCUMENT},
    {"\"version\":\"2026.11.23-1\"", "\"version\":\".1\"", ERROR_BAD_DOCUMENT},
    {"\"version\":\"2026.11.23-1\"", "\"version\":\"1:2~3+4_5-6\"", ERROR_OK},
    {"\"version\":\"2026.11.23-1\"",
     "\"version\":\"11111111111111111111111111111111111111111111111111111111111111111\"",
     ERROR_BAD_DOCUMENT},
    {"for Köln", "for K\\u00f6ln", ERROR_BAD_DOCUMENT},
    {"for Köln", "two\\nlines", ERROR_OK},
    {"for Köln", "bell\\u0007", ERROR_BAD_DOCUMENT},
    {"for Köln", "nul\\u0000", ERROR_BAD_DOCUMENT},
    {"for Köln", "\\ud800", ERROR_BAD_DOCUMENT},
};

static int make(void **state)
{
    *state = sample_of_package(changes, sizeof(changes) / sizeof(changes[0]));
    return 0;
}

static void the_full_recipe_is_the_one_without_base(void **state)
{
    struct package_document package;

    sample_package(&package);
    assert_ptr_equal(package_full_recipe(&package), &package.recipes[0]);
    assert_false(package_full_recipe(&package)->has_base);
    package_clear(&package);
}

static void a_package_without_a_full_recipe_is_not_written(void **state)
{
    struct package_document package;
    struct error err = {0};
    struct bytes json;

    sample_package(&package);
    package.recipes[0].has_base = true;
    assert_refused(package_write(&package, &json, &err), &err, ERROR_BAD_DOCUMENT);
    bytes_clear(&json);
    package.recipe_count = 0;
    assert_refused(package_write(&package, &json, &err), &err, ERROR_BAD_DOCUMENT);
    bytes_clear(&json);
    package_clear(&package);
}

static void text_that_is_not_utf8_is_not_written(void **state)
{
    struct package_document package;
    struct error err = {0};
    struct bytes json;

    sample_package(&package);
    package.notes[0] = (char)0xff;
    assert_refused(package_write(&package, &json, &err), &err, ERROR_BAD_DOCUMENT);
    bytes_clear(&json);
    package_clear(&package);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_comes_back),
        cmocka_unit_test(changes_are_judged_one_by_one),
        cmocka_unit_test(no_bruised_text_crashes_or_changes_its_writing),
        cmocka_unit_test(the_full_recipe_is_the_one_without_base),
        cmocka_unit_test(a_package_without_a_full_recipe_is_not_written),
        cmocka_unit_test(text_that_is_not_utf8_is_not_written),
    };

    return cmocka_run_group_tests(tests, make, sample_free);
}
