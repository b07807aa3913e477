/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/bytes.h"
#include "media/record-scan.h"

#define COUNT 6000

/* Records that rise, a big-endian number first. */
static uint8_t *make(size_t size, size_t count)
{
    uint8_t *list = bytes_allocate(count, size);

    for (size_t i = 0; i < count; i++) {
        memset(list + i * size, (int)(0xff - i % 251), size);
        list[i * size] = (uint8_t)(i >> 16);
        list[i * size + 1] = (uint8_t)(i >> 8);
        list[i * size + 2] = (uint8_t)i;
    }
    return list;
}

static uint32_t scan(const uint8_t *data, size_t size, size_t step)
{
    struct record_scan scan;

    record_scan_begin(&scan, size);
    for (size_t at = 0; at < size; at += step)
        record_scan_add(&scan, data + at, size - at < step ? size - at : step);
    return record_scan_result(&scan);
}

static void each_size_is_found_however_the_bytes_come(void **state)
{
    static const uint32_t sizes[] = {16, 20, 24, 32, 36, 40, 48, 64};
    static const size_t steps[] = {1, 7, 33, 4096, 1 << 20};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t *list = make(sizes[i], COUNT);

        for (size_t j = 0; j < sizeof(steps) / sizeof(steps[0]); j++)
            assert_int_equal(scan(list, sizes[i] * COUNT, steps[j]), sizes[i]);
        free(list);
    }
}

static void one_record_out_of_order_is_no_list(void **state)
{
    static const size_t steps[] = {1, 31, 1 << 20};
    static const size_t places[] = {2, COUNT / 2, COUNT - 2};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        uint8_t *list = make(32, COUNT);

        /* Rising is strictly; an even place, where records of twice the size begin as well. */
        memcpy(list + places[i] * 32, list + (places[i] - 2) * 32, 64);
        for (size_t j = 0; j < sizeof(steps) / sizeof(steps[0]); j++)
            assert_int_equal(scan(list, 32 * COUNT, steps[j]), 0);
        free(list);
    }
}

static void what_is_short_or_of_another_size_is_no_list(void **state)
{
    uint8_t *list = make(32, COUNT);

    assert_int_equal(scan(list, 32 * COUNT - 1, 4096), 0);
    assert_int_equal(scan(list, RECORD_SCAN_LEAST_BYTES, 4096), 32);
    assert_int_equal(scan(list, RECORD_SCAN_LEAST_BYTES - 32, 4096), 0);
    assert_int_equal(scan(list, 0, 4096), 0);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_size_is_found_however_the_bytes_come),
        cmocka_unit_test(one_record_out_of_order_is_no_list),
        cmocka_unit_test(what_is_short_or_of_another_size_is_no_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
