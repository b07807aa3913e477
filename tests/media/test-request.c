/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/request.h"

#define RESET                                                                                      \
    "{\"schema\":\"sallyport.request/1\",\"kind\":\"floor-reset\",\"endpoint\":\"pump-7\","        \
    "\"ring\":\"public\",\"made\":\"2026-11-25T11:00:00Z\",\"reason\":\"why\","                    \
    "\"subject\":\"type:flags\",\"floor\":{\"time\":\"2026-11-25T10:00:00Z\",\"number\":12}}"
#define CHANGE                                                                                     \
    "{\"schema\":\"sallyport.request/1\",\"kind\":\"ring-change\",\"endpoint\":\"pump-7\","        \
    "\"ring\":\"public\",\"made\":\"2026-11-25T11:00:00Z\",\"reason\":\"why\",\"to\":\"test\"}"

static int parse(const char *text, struct request *request, struct error *err)
{
    *err = (struct error){0};
    return request_parse(bytes_view_of(text, strlen(text)), request, err);
}

static void a_floor_reset_is_read(void **state)
{
    struct request request;
    struct error err;

    assert_int_equal(parse(RESET, &request, &err), 0);
    assert_int_equal(request.kind, REQUEST_FLOOR_RESET);
    assert_string_equal(request.endpoint, "pump-7");
    assert_string_equal(request.ring, "public");
    assert_string_equal(request.subject, "type:flags");
    assert_string_equal(request.reason, "why");
    assert_int_equal(request.floor_number, 12);
    assert_true(request.floor_time_us < request.made_us);
}

static void a_ring_change_is_read(void **state)
{
    struct request request;
    struct error err;

    assert_int_equal(parse(CHANGE, &request, &err), 0);
    assert_int_equal(request.kind, REQUEST_RING_CHANGE);
    assert_string_equal(request.to, "test");
}

static void what_is_written_is_read_back(void **state)
{
    static const char *const texts[] = {RESET, CHANGE};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct request request, again;
        struct bytes out;
        struct error err;

        bytes_init(&out, LIMIT_REQUEST_BYTES);
        assert_int_equal(parse(texts[i], &request, &err), 0);
        assert_int_equal(request_write(&request, &out, &err), 0);
        assert_int_equal(request_parse(bytes_view(&out), &again, &err), 0);
        assert_memory_equal(&request, &again, sizeof(request));
        bytes_clear(&out);
    }
}

/* One text with one thing changed, and what the refusal must name. */
static void refuse(const char *text, const char *from, const char *to, const char *words)
{
    const char *at = strstr(text, from);
    char changed[1024];
    struct request request;
    struct error err;

    assert_non_null(at);
    snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    assert_int_equal(parse(changed, &request, &err), -ERROR_BAD_DOCUMENT);
    if (strstr(err.words, words) == NULL)
        fail_msg("%s: expected it to name %s", err.words, words);
}

static void anything_else_is_refused(void **state)
{
    refuse(RESET, "floor-reset", "floor-raise", "kind");
    refuse(RESET, "request/1", "request/2", "schema");
    refuse(RESET, "pump-7", "../pump", "endpoint");
    refuse(RESET, "type:flags", "flags", "subject");
    refuse(RESET, "type:flags", "type:", "subject");
    refuse(RESET, "\"number\":12", "\"number\":-1", "floor");
    refuse(RESET, "\"reason\":\"why\",", "", "reason");
    refuse(RESET, "\"why\"", "\"\"", "reason");
    refuse(RESET, "\"why\"", "\"why\",\"more\":1", "more");
    refuse(CHANGE, "\"to\":\"test\"", "\"to\":\"a b\"", "to");
    refuse(CHANGE, "ring-change", "floor-reset", "request");
    refuse(CHANGE, "}", "} ,", "line");
}

static void a_request_has_a_limit(void **state)
{
    struct request request;
    struct error err = {0};
    char *text = bytes_allocate(1, LIMIT_REQUEST_BYTES + 2);

    memset(text, ' ', LIMIT_REQUEST_BYTES + 1);
    assert_int_equal(request_parse(bytes_view_of(text, LIMIT_REQUEST_BYTES + 1), &request, &err),
                     -ERROR_LIMIT);
    free(text);
}

static void text_that_is_no_utf_8_is_not_written(void **state)
{
    struct request request;
    struct bytes out;
    struct error err;

    bytes_init(&out, LIMIT_REQUEST_BYTES);
    assert_int_equal(parse(CHANGE, &request, &err), 0);
    snprintf(request.reason, sizeof(request.reason), "\xff");
    assert_int_equal(request_write(&request, &out, &err), -ERROR_BAD_DOCUMENT);
    assert_int_equal(out.size, 0);
    snprintf(request.reason, sizeof(request.reason), "why");
    snprintf(request.to, sizeof(request.to), "no name");
    assert_int_equal(request_write(&request, &out, &err), -ERROR_BAD_DOCUMENT);
    bytes_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_floor_reset_is_read),
        cmocka_unit_test(a_ring_change_is_read),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(a_request_has_a_limit),
        cmocka_unit_test(text_that_is_no_utf_8_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
