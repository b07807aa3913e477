/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/limits.h"
#include "media/document-json.h"

#define GOOD "{\"a\":1,\"schema\":\"sallyport.set/1\"}"

static enum error_code read_text(const char *text)
{
    struct error err = {0};
    json_t *object = NULL;

    if (document_json_read(DOCUMENT_SET, bytes_view_of(text, strlen(text)), &object, &err) == 0)
        assert_null(json_object_get(object, "schema"));
    else
        assert_null(object);
    json_decref(object);
    return err.code;
}

static void canonical_text_of_its_schema_is_read(void **state)
{
    assert_int_equal(read_text(GOOD), ERROR_OK);
}

/* All of these are the same document to a lenient reader. */
static void no_other_writing_is_read(void **state)
{
    static const char *const others[] = {
        " " GOOD,
        GOOD "\n",
        "{\"schema\":\"sallyport.set/1\",\"a\":1}",
        "{\"a\": 1,\"schema\":\"sallyport.set/1\"}",
        "{\"a\":1,\"schema\":\"sallyport.\\u0073et/1\"}",
        "{\"a\":1,\"schema\":\"sallyport.set\\/1\"}",
        "{\"a\":-0,\"schema\":\"sallyport.set/1\"}",
        "{\"a\":1,\"a\":1,\"schema\":\"sallyport.set/1\"}",
        "{\"a\":1.0,\"schema\":\"sallyport.set/1\"}",
        "\xef\xbb\xbf" GOOD,
        GOOD GOOD,
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (read_text(others[i]) != ERROR_BAD_DOCUMENT)
            fail_msg("read: %s", others[i]);
    }
}

static void another_schema_is_refused(void **state)
{
    assert_int_equal(read_text("{\"a\":1}"), ERROR_BAD_DOCUMENT);
    assert_int_equal(read_text("[]"), ERROR_BAD_DOCUMENT);
    assert_int_equal(read_text("{\"a\":1,\"schema\":1}"), ERROR_BAD_DOCUMENT);
    assert_int_equal(read_text("{\"a\":1,\"schema\":\"sallyport.set/2\"}"), ERROR_BAD_DOCUMENT);
    assert_int_equal(read_text("{\"a\":1,\"schema\":\"sallyport.root/1\"}"), ERROR_BAD_DOCUMENT);
}

static void what_is_too_large_is_not_parsed(void **state)
{
    size_t size = LIMIT_SET_BYTES + 1;
    char *text = bytes_allocate(1, size + 1);

    memset(text, '[', size);
    assert_int_equal(read_text(text), ERROR_LIMIT);
    free(text);
}

static void what_is_written_is_read(void **state)
{
    struct error err = {0};
    struct bytes json;

    assert_ok(document_json_write(DOCUMENT_SET, json_pack("{s:i}", "a", 1), &json, &err), &err);
    assert_int_equal(json.size, strlen(GOOD));
    assert_memory_equal(json.data, GOOD, json.size);
    bytes_clear(&json);
    assert_refused(document_json_write(DOCUMENT_SET, NULL, &json, &err), &err, ERROR_BAD_DOCUMENT);
    bytes_clear(&json);
    err = (struct error){0};
    assert_refused(document_json_write(DOCUMENT_SET, json_array(), &json, &err), &err,
                   ERROR_BAD_DOCUMENT);
    bytes_clear(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_text_of_its_schema_is_read),
        cmocka_unit_test(no_other_writing_is_read),
        cmocka_unit_test(another_schema_is_refused),
        cmocka_unit_test(what_is_too_large_is_not_parsed),
        cmocka_unit_test(what_is_written_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
