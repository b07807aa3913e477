/* SPDX-License-Identifier: ISC
 *
 * Expected: the vectors of the reference, which `openssl mac -macopt size:16 SIPHASH` gives too.
 */
#include "tests/test.h"

#include "media/base/siphash.h"
#include "media/base/text.h"

static void hashes_are_the_references(void **state)
{
    static const struct {
        size_t size;
        const char *hex;
    } cases[] = {
        {0, "a3817f04ba25a8e66df67214c7550293"},  {1, "da87c1d86b99af44347659119b22fc45"},
        {7, "a1f1ebbed8dbc153c0b84aa61ff08239"},  {8, "3b62a9ba6258f5610f83e264f31497b4"},
        {9, "264499060ad9baabc47f8b02bb6d71ed"},  {15, "5493e99933b0a8117e08ec0f97cfc3d9"},
        {16, "6ee2a4ca67b054bbfd3315bf85230577"}, {63, "5150d1772f50834a503e069a973fbd7c"},
    };
    const struct siphash_key key = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
    uint8_t data[64], bytes[16];
    char hex[33];

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct siphash hash = siphash(&key, bytes_view_of(data, cases[i].size));

        for (size_t j = 0; j < sizeof(bytes); j++)
            bytes[j] = (uint8_t)(hash.halves[j / 8] >> (8 * (j % 8)));
        text_hex(bytes, sizeof(bytes), hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

static void keys_differ(void **state)
{
    struct siphash_key a = {{0, 0}}, b = {{0, 0}};
    struct error err = {0};

    assert_ok(siphash_make_key(&a, &err), &err);
    assert_ok(siphash_make_key(&b, &err), &err);
    assert_memory_not_equal(&a, &b, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_the_references),
        cmocka_unit_test(keys_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
