/* SPDX-License-Identifier: ISC */
#include "media/base/http-range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void what_clients_ask(void **state)
{
    static const struct {
        const char *text;
        uint64_t size;
        enum http_range range;
        uint64_t first, last;
    } cases[] = {
        {"bytes=0-0", 10, HTTP_RANGE_PART, 0, 0},
        {"bytes=2-5", 10, HTTP_RANGE_PART, 2, 5},
        {"bytes=2-99", 10, HTTP_RANGE_PART, 2, 9},
        {"bytes=9-", 10, HTTP_RANGE_PART, 9, 9},
        {"bytes=-3", 10, HTTP_RANGE_PART, 7, 9},
        {"bytes=-99", 10, HTTP_RANGE_PART, 0, 9},
        {"bytes=0-18446744073709551615", 10, HTTP_RANGE_PART, 0, 9},
        {"bytes=10-", 10, HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=10-11", 10, HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=-0", 10, HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=0-", 0, HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=-1", 0, HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=5-2", 10, HTTP_RANGE_NONE, 0, 0},
        {"bytes=0-1,3-4", 10, HTTP_RANGE_NONE, 0, 0},
        {"bytes=0-18446744073709551616", 10, HTTP_RANGE_NONE, 0, 0},
        {"bytes=", 10, HTTP_RANGE_NONE, 0, 0},
        {"bytes=-", 10, HTTP_RANGE_NONE, 0, 0},
        {"bytes=a-b", 10, HTTP_RANGE_NONE, 0, 0},
        {"bytes= 0-1", 10, HTTP_RANGE_NONE, 0, 0},
        {"bytes=0-1 ", 10, HTTP_RANGE_NONE, 0, 0},
        {"lines=0-1", 10, HTTP_RANGE_NONE, 0, 0},
        {"", 10, HTTP_RANGE_NONE, 0, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t first, last;

        if (http_range_read(cases[i].text, cases[i].size, &first, &last) != cases[i].range)
            fail_msg("%s of %lu", cases[i].text, (unsigned long)cases[i].size);
        if (cases[i].range != HTTP_RANGE_PART)
            continue;
        assert_int_equal(first, cases[i].first);
        assert_int_equal(last, cases[i].last);
    }
}

static void what_servers_say(void **state)
{
    static const char *const wrong[] = {
        "",
        "bytes",
        "bytes 0-1",
        "bytes 0-1/*",
        "bytes */2",
        "bytes 1-0/2",
        "bytes 0-2/2",
        "bytes 0-1/2 ",
        "bytes  0-1/2",
        "Bytes 0-1/2",
        "bytes=0-1/2",
        "bytes 0-1/99999999999999999999",
        "bytes -1-1/2",
        "bytes 0x0-1/2",
    };
    uint64_t first, last, size;

    assert_int_equal(http_range_content("bytes 3-7/20", &first, &last, &size), 0);
    assert_int_equal(first, 3);
    assert_int_equal(last, 7);
    assert_int_equal(size, 20);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (http_range_content(wrong[i], &first, &last, &size) == 0)
            fail_msg("taken: %s", wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_clients_ask),
        cmocka_unit_test(what_servers_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
