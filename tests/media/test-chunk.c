/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/chunk.h"

#define STREAM_BYTES (24 * MIB)

/* Reproducible noise: cut places depend on it. */
static uint8_t *make_noise(size_t size)
{
    uint8_t *data = bytes_allocate(1, size);
    uint64_t state = 1;

    for (size_t i = 0; i < size; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        data[i] = (uint8_t)(state >> 56);
    }
    return data;
}

static size_t cut_all(const struct chunk_cutter *cutter, const uint8_t *data, size_t size,
                      size_t *cuts, size_t max)
{
    size_t count = 0;
    size_t at = 0;

    while (at < size) {
        size_t length = chunk_cut(cutter, data + at, size - at);

        assert_true(length > 0 && length <= size - at);
        assert_true(length <= cutter->maximum);
        if (at + length < size)
            assert_true(length > cutter->minimum);
        at += length;
        assert_true(count < max);
        cuts[count++] = at;
    }
    return count;
}

static void lengths_stay_between_minimum_and_maximum_and_near_the_average(void **state)
{
    uint8_t *noise = make_noise(STREAM_BYTES);
    struct chunk_cutter cutter;
    size_t cuts[2048];

    for (unsigned log = CHUNK_AVERAGE_LOG; log <= CHUNK_AVERAGE_LOG_MAX; log++) {
        size_t count;

        chunk_cutter_init(&cutter, log);
        assert_true(cutter.maximum <= LIMIT_FRAME_BYTES);
        count = cut_all(&cutter, noise, STREAM_BYTES, cuts, 2048);
        assert_in_range(STREAM_BYTES / count, cutter.average / 2, cutter.average * 2);
    }
    free(noise);
}

static void an_insertion_moves_only_cuts_beside_it(void **state)
{
    uint8_t *before = make_noise(STREAM_BYTES);
    uint8_t *after = bytes_allocate(1, STREAM_BYTES + 100);
    size_t place = STREAM_BYTES / 2;
    struct chunk_cutter cutter;
    size_t a[2048], b[2048];
    size_t count_a, count_b, same = 0;

    memcpy(after, before, place);
    memset(after + place, 7, 100);
    memcpy(after + place + 100, before + place, STREAM_BYTES - place);
    chunk_cutter_init(&cutter, CHUNK_AVERAGE_LOG);
    count_a = cut_all(&cutter, before, STREAM_BYTES, a, 2048);
    count_b = cut_all(&cutter, after, STREAM_BYTES + 100, b, 2048);
    for (size_t i = 0; i < count_a; i++) {
        for (size_t j = 0; j < count_b; j++)
            same += a[i] == (a[i] <= place ? b[j] : b[j] - 100);
    }
    assert_true(same + 8 >= count_a);
    free(before);
    free(after);
}

static void cuts_are_the_same_in_every_build(void **state)
{
    static const size_t expected[] = {144416,  274054,  424393,  557269,  691231,
                                      724345,  958623,  1125865, 1271215, 1411464,
                                      1591100, 1745321, 1893530, 2097152};
    uint8_t *noise = make_noise(2 * MIB);
    struct chunk_cutter cutter;
    size_t cuts[64];
    size_t count;

    chunk_cutter_init(&cutter, CHUNK_AVERAGE_LOG);
    count = cut_all(&cutter, noise, 2 * MIB, cuts, 64);
    assert_int_equal(count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(cuts[i], expected[i]);
    free(noise);
}

static void bytes_without_a_cut_end_at_the_maximum(void **state)
{
    uint8_t *zeros = bytes_allocate(1, LIMIT_FRAME_BYTES);
    struct chunk_cutter cutter;

    chunk_cutter_init(&cutter, CHUNK_AVERAGE_LOG);
    assert_int_equal(chunk_cut(&cutter, zeros, LIMIT_FRAME_BYTES), cutter.maximum);
    assert_int_equal(chunk_cut(&cutter, zeros, 5), 5);
    assert_int_equal(chunk_cut(&cutter, zeros, 0), 0);
    free(zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_stay_between_minimum_and_maximum_and_near_the_average),
        cmocka_unit_test(an_insertion_moves_only_cuts_beside_it),
        cmocka_unit_test(cuts_are_the_same_in_every_build),
        cmocka_unit_test(bytes_without_a_cut_end_at_the_maximum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
