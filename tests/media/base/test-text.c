/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/text.h"

static void what_acts_on_a_terminal_is_escaped(void **state)
{
    static const struct {
        const char *input, *expected;
    } cases[] = {
        {"plain text 1.2-3", "plain text 1.2-3"},
        {"\x1b[31mred", "\\u{1B}[31mred"},             /* ESC CSI */
        {"\x1b]0;title\x07", "\\u{1B}]0;title\\u{7}"}, /* ESC OSC ... BEL */
        {"a\nb\tc\rd", "a\\u{A}b\\u{9}c\\u{D}d"},      /* forged lines */
        {"\x7f", "\\u{7F}"},                           /* DEL */
        {"\xc2\x9b"
         "2J",
         "\\u{9B}2J"},           /* C1 CSI as UTF-8 */
        {"\xc2\x9d", "\\u{9D}"}, /* C1 OSC as UTF-8 */
        {"\x9b"
         "2J",
         "\\x9B2J"},                                          /* C1 CSI as a raw byte */
        {"\xe2\x80\xaegpj", "\\u{202E}gpj"},                  /* right-to-left override */
        {"\xe2\x81\xa6x\xe2\x81\xa9", "\\u{2066}x\\u{2069}"}, /* bidi isolates */
        {"\xd8\x9c", "\\u{61C}"},                             /* Arabic letter mark */
        {"a\xe2\x80\x8b"
         "b",
         "a\\u{200B}b"}, /* zero-width space */
        {"a\xe2\x80\x8d"
         "b",
         "a\\u{200D}b"},                                    /* zero-width joiner */
        {"\xef\xbb\xbf", "\\u{FEFF}"},                      /* byte order mark */
        {"\xc2\xad", "\\u{AD}"},                            /* soft hyphen */
        {"\xcd\x8f", "\\u{34F}"},                           /* combining grapheme joiner */
        {"\xe3\x85\xa4", "\\u{3164}"},                      /* Hangul filler: drawn as nothing */
        {"\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}"}, /* line, paragraph separator */
        {"\xee\x80\x80", "\\u{E000}"},                      /* private use */
        {"\xf4\x8f\xbf\xbf", "\\u{10FFFF}"},                /* noncharacter */
        {"\xf3\xa0\x81\x81", "\\u{E0041}"},                 /* tag character */
        {"C:\\x", "C:\\\\x"},                               /* the escape's own letter */
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x99\x82",
         "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x99\x82"},
    };
    char out[128];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(text_escape_string(cases[i].input, out, sizeof(out)),
                            cases[i].expected);
    shows_case("J6");
}

static void bytes_that_are_not_utf8_become_hex(void **state)
{
    static const struct {
        const char *input, *expected;
    } cases[] = {
        {"\xff\xfe", "\\xFF\\xFE"},
        {"\xc0\x80", "\\xC0\\x80"},                   /* overlong NUL */
        {"\xe0\x80\xaf", "\\xE0\\x80\\xAF"},          /* overlong slash */
        {"\xed\xa0\x80", "\\xED\\xA0\\x80"},          /* surrogate */
        {"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"}, /* above U+10FFFF */
        {"a\xe2\x82", "a\\xE2\\x82"},                 /* cut character */
        {"\xe2\x1b[m", "\\xE2\\u{1B}[m"},             /* a lead byte does not swallow an ESC */
    };
    char out[64];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(text_escape_string(cases[i].input, out, sizeof(out)),
                            cases[i].expected);
        assert_false(text_is_utf8(cases[i].input, strlen(cases[i].input)));
    }
    assert_string_equal(text_escape("a\0b", 3, out, sizeof(out)), "a\\u{0}b");
    assert_true(text_is_utf8("a\0b", 3));
    assert_true(text_is_utf8(NULL, 0));
    shows_case("J6");
}

/* No byte whatever may leave a control character or a broken sequence behind. */
static void no_pair_of_bytes_gets_through_raw(void **state)
{
    char out[32];

    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            uint8_t input[2] = {(uint8_t)first, (uint8_t)second};
            const char *escaped = text_escape(input, 2, out, sizeof(out));

            assert_true(text_is_utf8(escaped, strlen(escaped)));
            for (const char *c = escaped; *c != '\0'; c++) {
                assert_false((unsigned char)*c < 0x20 || *c == 0x7f);
                assert_false((unsigned char)*c == 0xc2 && (unsigned char)c[1] < 0xa0);
            }
        }
    }
    shows_case("J6");
}

static void what_does_not_fit_is_cut_at_a_whole_escape(void **state)
{
    static const char input[] = "a\x1b\xe2\x82\xac\\b"; /* a \u{1B} EUR \\ b: 1 + 6 + 3 + 2 + 1 */
    static const char whole[] = "a\\u{1B}\xe2\x82\xac\\\\b";
    static const size_t ends[] = {0, 1, 7, 10, 12, 13};
    char out[32];

    for (size_t size = 1; size < 16; size++) {
        size_t expected = 0;

        memset(out, '#', sizeof(out));
        text_escape_string(input, out, size);
        for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
            if (ends[i] < size)
                expected = ends[i];
        assert_int_equal(strlen(out), expected);
        assert_memory_equal(out, whole, expected);
        assert_int_equal(out[size], '#');
    }
}

static void hex_goes_both_ways_and_only_lower_case(void **state)
{
    static const uint8_t data[3] = {0x00, 0x9a, 0xff};
    uint8_t back[3];
    char hex[7];

    text_hex(data, 3, hex);
    assert_string_equal(hex, "009aff");
    assert_int_equal(text_unhex("009aff", back, 3), 0);
    assert_memory_equal(back, data, 3);
    assert_int_equal(text_unhex("009AFF", back, 3), -1);
    assert_int_equal(text_unhex("009af", back, 3), -1);
    assert_int_equal(text_unhex("009aff0", back, 3), -1);
    assert_int_equal(text_unhex("009afg", back, 3), -1);
    assert_int_equal(text_unhex("", back, 3), -1);
}

static void distance_counts_edits(void **state)
{
    char longer[80];

    memset(longer, 'a', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(text_distance("promote", "promote"), 0);
    assert_int_equal(text_distance("promte", "promote"), 1);
    assert_int_equal(text_distance("", "abc"), 3);
    assert_int_equal(text_distance("kitten", "sitting"), 3);
    assert_true(text_distance(longer, "a") > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_acts_on_a_terminal_is_escaped),
        cmocka_unit_test(bytes_that_are_not_utf8_become_hex),
        cmocka_unit_test(no_pair_of_bytes_gets_through_raw),
        cmocka_unit_test(what_does_not_fit_is_cut_at_a_whole_escape),
        cmocka_unit_test(hex_goes_both_ways_and_only_lower_case),
        cmocka_unit_test(distance_counts_edits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
