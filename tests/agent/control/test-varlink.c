/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "agent/control/varlink.h"
#include "media/base/json.h"

static void feed(struct varlink_reader *reader, const char *data, size_t size)
{
    struct error err = {0};

    assert_ok(varlink_reader_feed(reader, data, size, &err), &err);
}

static void messages_are_cut_at_nul_in_pieces_of_any_size(void **state)
{
    static const char stream[] = "{\"a\":1}\0{\"b\":2}\0{\"c\":3}";
    struct varlink_reader reader;
    struct error err = {0};
    json_t *message;

    for (size_t piece = 1; piece <= sizeof(stream); piece++) {
        size_t seen = 0;

        varlink_reader_init(&reader, 64);
        for (size_t at = 0; at < sizeof(stream) - 1; at += piece) {
            size_t left = sizeof(stream) - 1 - at;

            feed(&reader, stream + at, left < piece ? left : piece);
            while (varlink_reader_next(&reader, &message, &err) == 1) {
                const char *keys[] = {"a", "b"};

                assert_true(seen < 2);
                assert_int_equal(json_integer_value(json_object_get(message, keys[seen])),
                                 (int)seen + 1);
                json_decref(message);
                seen++;
            }
        }
        assert_int_equal(seen, 2); /* the third has not ended */
        feed(&reader, "", 1);
        assert_int_equal(varlink_reader_next(&reader, &message, &err), 1);
        json_decref(message);
        assert_int_equal(varlink_reader_next(&reader, &message, &err), 0);
        varlink_reader_clear(&reader);
    }
}

static void what_is_no_object_ends_the_conversation(void **state)
{
    static const char *const messages[] = {
        "",    "[]",          "1",          "\"x\"", "{",
        "{}x", "{\"a\":1.5}", "{\"a\":1,}", "\xff",  "{\"a\":1,\"a\":1}"};

    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        struct varlink_reader reader;
        struct error err = {0};
        json_t *message;

        varlink_reader_init(&reader, 64);
        feed(&reader, messages[i], strlen(messages[i]) + 1);
        assert_refused(varlink_reader_next(&reader, &message, &err), &err, ERROR_PROTOCOL);
        assert_null(message);
        varlink_reader_clear(&reader);
    }
}

static void a_message_above_the_bound_is_refused_before_it_is_whole(void **state)
{
    struct varlink_reader reader;
    struct error err = {0};
    json_t *message;

    varlink_reader_init(&reader, 8);
    feed(&reader, "{\"a\":12}", 8);
    assert_int_equal(varlink_reader_next(&reader, &message, &err), 0);
    assert_refused(varlink_reader_feed(&reader, "", 1, &err), &err, ERROR_LIMIT);
    varlink_reader_clear(&reader);
}

static json_t *json(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);

    assert_non_null(value);
    return value;
}

static void calls_come_back_as_written(void **state)
{
    json_t *parameters = json("{\"source\":\"/media/x\"}"), *message;
    const struct varlink_call call = {
        .method = "org.sallyport.Agent.Import", .parameters = parameters, .more = true};
    struct varlink_reader reader;
    struct varlink_call read;
    struct error err = {0};
    struct bytes text;

    bytes_init(&text, 1000);
    assert_ok(varlink_call_write(&call, &text, &err), &err);
    varlink_reader_init(&reader, 1000);
    feed(&reader, (const char *)text.data, text.size);
    assert_int_equal(varlink_reader_next(&reader, &message, &err), 1);
    assert_ok(varlink_call_read(message, &read, &err), &err);
    assert_string_equal(read.method, call.method);
    assert_true(json_equal(read.parameters, parameters));
    assert_true(read.more);
    assert_false(read.oneway);
    json_decref(message);
    json_decref(parameters);
    varlink_reader_clear(&reader);
    bytes_clear(&text);
}

static void a_reply_that_does_not_fit_leaves_the_buffer(void **state)
{
    json_t *parameters = json("{\"text\":\"0123456789\"}");
    const struct varlink_reply reply = {.parameters = parameters};
    struct error err = {0};
    struct bytes text;

    bytes_init(&text, 20);
    assert_ok(bytes_put(&text, "before", 6, &err), &err);
    assert_refused(varlink_reply_write(&reply, &text, &err), &err, ERROR_LIMIT);
    assert_int_equal(text.size, 6);
    json_decref(parameters);
    bytes_clear(&text);
}

static void calls_are_strict(void **state)
{
    static const char *const calls[] = {
        "{}",
        "{\"method\":1}",
        "{\"method\":\"\"}",
        "{\"method\":\"Status\"}",
        "{\"method\":\".a.b\"}",
        "{\"method\":\"a.b.\"}",
        "{\"method\":\"a..b\"}",
        "{\"method\":\"a.b\\u001b[2J\"}",
        "{\"method\":\"a.b\",\"parameters\":[]}",
        "{\"method\":\"a.b\",\"parameters\":null}",
        "{\"method\":\"a.b\",\"more\":1}",
        "{\"method\":\"a.b\",\"upgrade\":true}", /* we speak nothing else */
        "{\"method\":\"a.b\",\"unknown\":1}",
    };

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        json_t *message = json(calls[i]);
        struct varlink_call call;
        struct error err = {0};

        assert_refused(varlink_call_read(message, &call, &err), &err, ERROR_PROTOCOL);
        json_decref(message);
    }
}

static void replies_are_strict(void **state)
{
    static const char *const replies[] = {
        "{\"error\":1}",           "{\"error\":\"no dots\"}", "{\"parameters\":1}",
        "{\"continues\":\"yes\"}", "{\"more\":true}",
    };

    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        json_t *message = json(replies[i]);
        struct varlink_reply reply;
        struct error err = {0};

        assert_refused(varlink_reply_read(message, &reply, &err), &err, ERROR_PROTOCOL);
        json_decref(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_cut_at_nul_in_pieces_of_any_size),
        cmocka_unit_test(what_is_no_object_ends_the_conversation),
        cmocka_unit_test(a_message_above_the_bound_is_refused_before_it_is_whole),
        cmocka_unit_test(calls_come_back_as_written),
        cmocka_unit_test(a_reply_that_does_not_fit_leaves_the_buffer),
        cmocka_unit_test(calls_are_strict),
        cmocka_unit_test(replies_are_strict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
