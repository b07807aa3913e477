/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/json.h"
#include "media/base/limits.h"

static int read_text(const char *text, json_t **root, struct error *err)
{
    return json_read(text, strlen(text), root, err);
}

static void what_is_not_strict_json_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "1",
        "\"text\"",
        "null",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"a\":1.0}",
        "{\"a\":1e2}",
        "{\"a\":[{\"b\":0.5}]}",
        "{\"a\":9223372036854775808}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":NaN}",
        "{\"a\":1}x",
        "{\"a\":1}{}",
        "{\"a\":1,}",
        "{'a':1}",
        "// c\n{}",
        "\xef\xbb\xbf{}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc0\x80\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"line\nbreak\"}",
        "{\"a\":1",
        "[[[[[[[[[]]]]]]]]]",
    };
    struct error err = {0};
    json_t *root;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        err.code = ERROR_OK;
        assert_refused(read_text(cases[i], &root, &err), &err, ERROR_BAD_DOCUMENT);
        assert_null(root);
    }
    assert_refused(json_read("{}\0", 3, &root, &err), &err, ERROR_BAD_DOCUMENT);
}

static void the_deepest_allowed_value_is_read(void **state)
{
    struct error err = {0};
    json_t *root;

    assert_ok(read_text("[[[[[[[[1]]]]]]]]", &root, &err), &err);
    json_decref(root);
}

static void writing_sorts_and_packs(void **state)
{
    struct error err = {0};
    struct bytes out;
    json_t *root;

    bytes_init(&out, 100);
    assert_ok(read_text("{ \"b\" : [1, 2], \"a\" : \"\\u00fc/\\n\", \"B\": null }", &root, &err),
              &err);
    assert_ok(json_write(root, &out, &err), &err);
    assert_int_equal(out.size, strlen("{\"B\":null,\"a\":\"\xc3\xbc/\\n\",\"b\":[1,2]}"));
    assert_memory_equal(out.data, "{\"B\":null,\"a\":\"\xc3\xbc/\\n\",\"b\":[1,2]}", out.size);
    bytes_clear(&out);
    bytes_init(&out, 10);
    assert_refused(json_write(root, &out, &err), &err, ERROR_LIMIT);
    bytes_clear(&out);
    json_decref(root);
}

struct everything {
    const char *text, *name;
    uint64_t count;
    bool flag, text_present;
    json_t *list, *table;
    uint8_t digest[48];
    int64_t instant_us;
};

#define DIGITS_24 "0123456789abcdef01234567"
#define DIGEST    DIGITS_24 DIGITS_24 DIGITS_24 DIGITS_24

static int read_everything(const char *text, struct everything *into, json_t **root,
                           struct error *err)
{
    const struct json_field fields[] = {
        {"text", JSON_TEXT, JSON_NULLABLE, &into->text, 0, 8, &into->text_present},
        {"name", JSON_NAME, JSON_OPTIONAL, &into->name, 0, 0, NULL},
        {"count", JSON_COUNT, JSON_REQUIRED, &into->count, 1, 10, NULL},
        {"flag", JSON_FLAG, JSON_OPTIONAL, &into->flag, 0, 0, NULL},
        {"list", JSON_LIST, JSON_OPTIONAL, &into->list, 0, 2, NULL},
        {"table", JSON_TABLE, JSON_OPTIONAL, &into->table, 0, 1, NULL},
        {"digest", JSON_SHA384, JSON_OPTIONAL, into->digest, 0, 0, NULL},
        {"instant", JSON_INSTANT, JSON_OPTIONAL, &into->instant_us, 0, 0, NULL},
    };
    int result = read_text(text, root, err);

    if (result < 0)
        fail_msg("not JSON: %s", text);
    return json_fields(*root, fields, sizeof(fields) / sizeof(fields[0]), err);
}

static void fields_are_read_by_their_rows(void **state)
{
    struct everything got = {0};
    struct error err = {0};
    json_t *root;

    assert_ok(
        read_everything("{\"text\":\"a\\n\\tb\",\"name\":\"0a._-\",\"count\":10,\"flag\":true,"
                        "\"list\":[1,2],\"table\":{\"x\":1},\"digest\":\"" DIGEST "\","
                        "\"instant\":\"1970-01-01T00:00:01Z\"}",
                        &got, &root, &err),
        &err);
    assert_string_equal(got.text, "a\n\tb");
    assert_true(got.text_present);
    assert_string_equal(got.name, "0a._-");
    assert_int_equal(got.count, 10);
    assert_true(got.flag);
    assert_int_equal(json_array_size(got.list), 2);
    assert_int_equal(json_object_size(got.table), 1);
    assert_int_equal(got.digest[1], 0x23);
    assert_int_equal(got.instant_us, 1000000);
    json_decref(root);
}

static void absent_and_null_leave_the_preset(void **state)
{
    struct everything got = {.text = "preset", .instant_us = 5, .text_present = true};
    struct error err = {0};
    json_t *root;

    assert_ok(read_everything("{\"text\":null,\"count\":1}", &got, &root, &err), &err);
    assert_string_equal(got.text, "preset");
    assert_false(got.text_present);
    assert_int_equal(got.instant_us, 5);
    json_decref(root);
}

static void each_broken_field_is_named(void **state)
{
    static const struct {
        const char *text, *key;
    } cases[] = {
        {"{\"count\":1}", "text"},
        {"{\"text\":null}", "count"},
        {"{\"text\":null,\"count\":null}", "count"},
        {"{\"text\":null,\"count\":0}", "count"},
        {"{\"text\":null,\"count\":11}", "count"},
        {"{\"text\":null,\"count\":-1}", "count"},
        {"{\"text\":null,\"count\":\"1\"}", "count"},
        {"{\"text\":null,\"count\":true}", "count"},
        {"{\"text\":\"123456789\",\"count\":1}", "text"},
        {"{\"text\":\"a\\u001bb\",\"count\":1}", "text"},
        {"{\"text\":\"\\r\",\"count\":1}", "text"},
        {"{\"text\":null,\"count\":1,\"name\":null}", "name"},
        {"{\"text\":null,\"count\":1,\"name\":\"\"}", "name"},
        {"{\"text\":null,\"count\":1,\"name\":\"-a\"}", "name"},
        {"{\"text\":null,\"count\":1,\"name\":\".a\"}", "name"},
        {"{\"text\":null,\"count\":1,\"name\":\"A\"}", "name"},
        {"{\"text\":null,\"count\":1,\"name\":\"a/b\"}", "name"},
        {"{\"text\":null,\"count\":1,\"name\":\"a23456789012345678901234567890123456789012345678"
         "90123456789012345\"}",
         "name"},
        {"{\"text\":null,\"count\":1,\"flag\":1}", "flag"},
        {"{\"text\":null,\"count\":1,\"list\":[1,2,3]}", "list"},
        {"{\"text\":null,\"count\":1,\"list\":{}}", "list"},
        {"{\"text\":null,\"count\":1,\"table\":[]}", "table"},
        {"{\"text\":null,\"count\":1,\"table\":{\"a\":1,\"b\":1}}", "table"},
        {"{\"text\":null,\"count\":1,\"digest\":\"00\"}", "digest"},
        {"{\"text\":null,\"count\":1,\"digest\":\"" DIGEST "0\"}", "digest"},
        {"{\"text\":null,\"count\":1,\"instant\":\"yesterday\"}", "instant"},
        {"{\"text\":null,\"count\":1,\"instant\":5}", "instant"},
        {"{\"text\":null,\"count\":1,\"other\":5}", "other"},
    };
    struct everything got = {0};
    struct error err = {0};
    json_t *root;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        err.code = ERROR_OK;
        assert_refused(read_everything(cases[i].text, &got, &root, &err), &err, ERROR_BAD_DOCUMENT);
        if (strncmp(err.words, cases[i].key, strlen(cases[i].key)) != 0)
            fail_msg("%s: words do not begin with the key: %s", cases[i].text, err.words);
        json_decref(root);
    }
}

static void words_of_a_command_line_are_judged_as_a_document_would(void **state)
{
    assert_true(json_text_valid("", 4));
    assert_true(json_text_valid("a\n\tb", 4));
    assert_true(json_text_valid("\xc3\xa4\xc3\xb6", 4));
    assert_false(json_text_valid("\xc3\xa4\xc3\xb6.", 4));
    assert_false(json_text_valid("\xc3", 4));
    assert_false(json_text_valid("a\x1b", 4));
    assert_false(json_text_valid("a\r\n", 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_strict_json_is_refused),
        cmocka_unit_test(the_deepest_allowed_value_is_read),
        cmocka_unit_test(writing_sorts_and_packs),
        cmocka_unit_test(fields_are_read_by_their_rows),
        cmocka_unit_test(absent_and_null_leave_the_preset),
        cmocka_unit_test(each_broken_field_is_named),
        cmocka_unit_test(words_of_a_command_line_are_judged_as_a_document_would),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
