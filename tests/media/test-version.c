/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/version.h"

#define TEN   "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void versions_that_people_write_are_good(void **state)
{
    static const char *const good[] = {"1", "2026.11.23-1", "v1", "1:2~rc1+dfsg_3", SIXTY "abcd"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(version_valid(good[i]));
}

static void others_are_not(void **state)
{
    static const char *const bad[] = {"",    " 1",   "1 ",  "-1",       ".",
                                      "1/2", "1\\n", "1\n", "\xc3\xa4", SIXTY "abcde"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(version_valid(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_that_people_write_are_good),
        cmocka_unit_test(others_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
