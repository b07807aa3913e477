/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/limits.h"
#include "media/record-codec.h"

#define SIZE 4 /* of a record here */

static struct bytes_view text(const char *records)
{
    return bytes_view_of(records, strlen(records));
}

/* Encodes, decodes, compares; gives the frame's size. */
static size_t comes_back(const char *base, const char *plain)
{
    struct error err = {0};
    char out[64] = {0};
    struct bytes frame;
    size_t size;

    bytes_init(&frame, LIMIT_FRAME_BYTES);
    assert_ok(record_encode(text(plain), text(base), SIZE, &frame, &err), &err);
    assert_ok(record_decode(bytes_view(&frame), text(base), SIZE, out, strlen(plain), &err), &err);
    assert_string_equal(out, plain);
    size = frame.size;
    bytes_clear(&frame);
    return size;
}

static void what_changed_is_all_that_a_frame_holds(void **state)
{
    assert_int_equal(comes_back("aaaabbbbccccdddd", "aaaabbbbccccdddd"), 8);
    assert_int_equal(comes_back("aaaabbbbccccdddd", "aaaaccccdddd"), 8 + 1);
    assert_int_equal(comes_back("aaaabbbbccccdddd", "aaaabbbbbbbcccccdddd"), 8 + 4);
    assert_int_equal(comes_back("", "aaaabbbb"), 8 + 8);
    assert_int_equal(comes_back("aaaabbbbcccc", "zzzz"), 8 + 3 + 4);
    assert_int_equal(comes_back("bbbbdddd", "aaaaccccddddeeee"), 8 + 1 + 12);
}

static void what_does_not_ascend_is_not_encoded(void **state)
{
    static const char *const bad[][2] = {
        {"bbbbaaaa", "aaaa"}, {"aaaa", "bbbbbbbb"}, {"aaaab", "aaaa"}, {"aaaa", "aaaab"}};
    struct error err = {0};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct bytes frame;

        bytes_init(&frame, LIMIT_FRAME_BYTES);
        assert_refused(record_encode(text(bad[i][1]), text(bad[i][0]), SIZE, &frame, &err), &err,
                       ERROR_BAD_CONTENT);
        bytes_clear(&frame);
    }
}

static const char base[] = "aaaabbbbccccdddd";

/* Frames on base, each of which would give 16 bytes if it were right. */
static const struct {
    const char *what;
    size_t size;
    const char *frame;
} hostile[] = {
    {"nothing", 0, ""},
    {"half a header", 7, "\0\0\0\0\0\0\0"},
    {"a byte behind", 9, "\0\0\0\0\0\0\0\0x"},
    {"more removed than there are", 13, "\5\0\0\0\0\0\0\0\0\0\0\0\0"},
    {"more added than it holds", 12, "\1\0\0\0\2\0\0\0\0eee"},
    {"as many added as a count can say", 13, "\1\0\0\0\xff\xff\xff\xff\0eeee"},
    {"too few records", 9, "\1\0\0\0\0\0\0\0\0"},
    {"too many records", 12, "\0\0\0\0\1\0\0\0eeee"},
    {"removes beyond the range", 13, "\1\0\0\0\1\0\0\0\4eeee"},
    {"removes beyond by the second gap", 18, "\2\0\0\0\2\0\0\0\1\2eeeeffff"},
    {"removes beyond when all has been put", 18, "\2\0\0\0\2\0\0\0\3\0aaabaaac"},
    {"a gap that has no end", 13,
     "\1\0\0\0\1\0\0\0\x80"
     "eeee"},
    {"a gap longer than it must be", 14, "\1\0\0\0\1\0\0\0\x80\0eeee"},
    {"a gap over 32 bits", 17,
     "\1\0\0\0\1\0\0\0\xff\xff\xff\xff\x7f"
     "eeee"},
    {"a gap too many", 14, "\1\0\0\0\1\0\0\0\0\0eeee"},
    {"adds what is there", 13, "\1\0\0\0\1\0\0\0\0cccc"},
    {"adds what it removes", 13, "\1\0\0\0\1\0\0\0\0aaaa"},
    {"adds out of order", 18, "\2\0\0\0\2\0\0\0\0\0ffffeeee"},
    {"adds one twice", 18, "\2\0\0\0\2\0\0\0\0\0eeeeeeee"},
};

static void hostile_frames_are_refused(void **state)
{
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        struct error err = {0};
        char *out = bytes_allocate(1, 16); /* its end is seen by a sanitizer */

        if (record_decode(bytes_view_of(hostile[i].frame, hostile[i].size), text(base), SIZE, out,
                          16, &err) != -(int)ERROR_BAD_FRAME)
            fail_msg("%s: %s %s", hostile[i].what, error_name(err.code), err.words);
        free(out);
    }
    shows_case("C7");
}

static void a_base_that_is_another_one_is_refused_or_gives_other_bytes(void **state)
{
    static const char frame[] = "\1\0\0\0\1\0\0\0\0eeee";
    struct error err = {0};
    char out[17] = {0};

    assert_ok(record_decode(bytes_view_of(frame, 13), text(base), SIZE, out, 16, &err), &err);
    assert_string_equal(out, "bbbbccccddddeeee");
    assert_refused(
        record_decode(bytes_view_of(frame, 13), text("ddddccccbbbbaaaa"), SIZE, out, 16, &err),
        &err, ERROR_BAD_FRAME);
    assert_refused(record_decode(bytes_view_of(frame, 13), text("aaaa"), SIZE, out, 16, &err), &err,
                   ERROR_BAD_FRAME);
    assert_refused(record_decode(bytes_view_of(frame, 13), text("aaaab"), SIZE, out, 16, &err),
                   &err, ERROR_BAD_FRAME);
    assert_refused(record_decode(bytes_view_of(frame, 13), text(base), 0, out, 16, &err), &err,
                   ERROR_BAD_FRAME);
    assert_refused(
        record_decode(bytes_view_of(frame, 13), text(base), LIMIT_RECORD_BYTES + 1, out, 16, &err),
        &err, ERROR_BAD_FRAME);
    shows_case("C7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changed_is_all_that_a_frame_holds),
        cmocka_unit_test(what_does_not_ascend_is_not_encoded),
        cmocka_unit_test(hostile_frames_are_refused),
        cmocka_unit_test(a_base_that_is_another_one_is_refused_or_gives_other_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
