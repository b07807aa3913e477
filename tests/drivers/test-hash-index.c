/* SPDX-License-Identifier: ISC
 *
 * The hash index: what is there is found with all its bits and its value, and every departure from
 * the format is refused with the place named. The index is put together here by hand, byte by byte
 * after the page, not by the writer.
 */
#include "tests/scratch.h"

#include "drivers/hash-index.h"

#define COUNT   1000
#define HIGHEST 3
#define RECORD  33
#define TABLE   64
#define BITS    9 /* 2^10 >= 1000 > 2^9 */
#define RECORDS (64 + ((4 * ((1 << BITS) + 1) + 63) / 64) * 64)
#define SIZE    (RECORDS + COUNT * RECORD)

struct image {
    uint8_t data[SIZE + 64];
    size_t size;
};

static void put(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* Key i: rises with i, several with a prefix of their own, odd ones are in the index. */
static void make_key(uint32_t i, uint8_t key[32])
{
    scratch_noise(key, 32, i);
    key[0] = (uint8_t)(i >> 3);
    key[1] = (uint8_t)((i << 5) & 0xe0);
}

static void make(struct image *image)
{
    uint32_t starts[(1 << BITS) + 1] = {0};

    memset(image, 0, sizeof(*image));
    image->size = SIZE;
    memcpy(image->data, "SPHASHIX", 8);
    put(image->data + 8, 1, 4);
    put(image->data + 12, 32, 1);
    put(image->data + 13, 1, 1);
    put(image->data + 14, BITS, 1);
    put(image->data + 16, COUNT, 8);
    put(image->data + 24, TABLE, 8);
    put(image->data + 32, 4 * ((1 << BITS) + 1), 8);
    put(image->data + 40, RECORDS, 8);
    put(image->data + 48, COUNT * RECORD, 8);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint8_t *record = image->data + RECORDS + i * RECORD;

        make_key(2 * i + 1, record);
        record[32] = (uint8_t)(i % (HIGHEST + 1));
        starts[(record[0] << 1 | record[1] >> 7) + 1]++;
    }
    for (uint32_t i = 1; i <= 1 << BITS; i++)
        starts[i] += starts[i - 1];
    for (uint32_t i = 0; i <= 1 << BITS; i++)
        put(image->data + TABLE + 4 * i, starts[i], 4);
}

static int open_image(const struct scratch *scratch, const struct image *image,
                      struct hash_index **index, struct error *err)
{
    uint64_t size;
    int fd, result;

    scratch_put(scratch->fd, "image", image->data, image->size);
    assert_ok(path_open_regular(scratch->fd, "image", SIZE + 64, &fd, &size, err), err);
    result = hash_index_open(fd, size, index, err);
    close(fd);
    return result;
}

/* Opening and, where that goes well, the whole check. */
static int judge(const struct scratch *scratch, const struct image *image, struct error *err)
{
    struct hash_index *index;
    int result = open_image(scratch, image, &index, err);

    if (result == 0)
        result = hash_index_validate(index, HIGHEST, NULL, NULL, err);
    hash_index_close(index);
    return result;
}

static void count_calls(void *context, uint64_t record)
{
    assert_int_equal(record, 0);
    ++*(int *)context;
}

static void finds_each(void **state)
{
    struct image *image = bytes_allocate(1, sizeof(*image));
    uint8_t keys[2 * COUNT][32];
    uint32_t records[2 * COUNT], record;
    struct hash_index *index;
    struct error err = {0};
    int calls = 0;

    make(image);
    assert_ok(open_image(*state, image, &index, &err), &err);
    assert_ok(hash_index_validate(index, HIGHEST, count_calls, &calls, &err), &err);
    assert_int_equal(calls, 1);
    assert_int_equal(hash_index_count(index), COUNT);
    assert_int_equal(hash_index_value_bytes(index), 1);
    assert_int_equal(hash_index_file_bytes(index), SIZE);
    for (uint32_t i = 0; i < 2 * COUNT; i++) {
        make_key(i, keys[i]);
        assert_int_equal(hash_index_find(index, keys[i], &record), i % 2);
        if (i % 2 == 0)
            continue;
        assert_int_equal(record, i / 2);
        assert_memory_equal(hash_index_key(index, record), keys[i], 32);
        assert_int_equal(hash_index_value(index, record), (i / 2) % (HIGHEST + 1));
    }
    hash_index_find_many(index, (const uint8_t(*)[32])keys, 2 * COUNT - 3, records);
    for (uint32_t i = 0; i < 2 * COUNT - 3; i++)
        assert_int_equal(records[i], i % 2 ? i / 2 : HASH_INDEX_NONE);
    hash_index_close(index);
    free(image);
}

/* One bit beside a key that is there is another key. */
static void compares_all_bits(void **state)
{
    struct image *image = bytes_allocate(1, sizeof(*image));
    struct hash_index *index;
    struct error err = {0};
    uint8_t key[32];
    uint32_t record;

    make(image);
    assert_ok(open_image(*state, image, &index, &err), &err);
    for (unsigned bit = 0; bit < 256; bit++) {
        make_key(777, key);
        key[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(hash_index_find(index, key, &record));
    }
    hash_index_close(index);
    free(image);
}

/* What a row changes, and the words that the refusal must hold. */
struct departure {
    const char *name;
    size_t offset, bytes;
    uint64_t value;
    const char *words;
};

#define AT(record) (RECORDS + (record)*RECORD)

static const struct departure departures[] = {
    {"magic", 0, 1, 'X', "offset 0: is no hash index"},
    {"version", 8, 4, 2, "offset 8: version 2, expected 1"},
    {"key bytes", 12, 1, 31, "offset 12: keys of 31 bytes"},
    {"no value", 13, 1, 0, "offset 13: values of 0 bytes"},
    {"long value", 13, 1, 9, "offset 13: values of 9 bytes"},
    {"other value", 13, 1, 2, "offset 48: bytes of the records"},
    {"prefix bits", 14, 1, BITS + 1, "offset 14: prefix bits: 10, expected 9"},
    {"reserved byte", 15, 1, 1, "offset 15"},
    {"one more", 16, 8, COUNT + 1, "offset 48: bytes of the records"},
    {"count beyond the file", 16, 8, 1 << 20, "offset 16: 1048576 records do not fit"},
    {"count overflows", 16, 8, UINT64_MAX / RECORD + 2, "offset 16"},
    {"count of all ones", 16, 8, UINT64_MAX, "offset 16"},
    {"table offset", 24, 8, TABLE + 4, "offset 24"},
    {"table bytes", 32, 8, 4, "offset 32"},
    {"records offset", 40, 8, RECORDS - 64, "offset 40"},
    {"records bytes", 48, 8, (uint64_t)COUNT *RECORD + 1, "offset 48"},
    {"reserved bytes", 56, 8, 1, "offset 56"},
    {"table begins late", TABLE, 4, 1, "prefix table entry 0"},
    {"table falls", TABLE + 4 * 3, 4, 1, "prefix table entry 3"},
    {"table too high", TABLE + 4 * 3, 4, COUNT + 1, "prefix table entry 3"},
    {"table ends early", TABLE + 4 * (1 << BITS), 4, COUNT - 1, "prefix table entry 512"},
    {"table leads elsewhere", TABLE + 4 * 5, 4, 11, "record 10: the prefix table does not lead"},
    {"padding", RECORDS - 1, 1, 1, "expected zeros up to record 0"},
    {"value", AT(321) + 32, 1, HIGHEST + 1, "record 321: its value is out of range"},
    {"order", AT(40), 1, 0, "record 40: has a key below that of the record before it"},
};

static void refuses_departures(void **state)
{
    struct image *image = bytes_allocate(1, sizeof(*image));

    for (size_t i = 0; i < sizeof(departures) / sizeof(departures[0]); i++) {
        const struct departure *row = &departures[i];
        struct error err = {0};

        make(image);
        put(image->data + row->offset, row->value, row->bytes);
        if (judge(*state, image, &err) != -(int)ERROR_BAD_CONTENT ||
            strstr(err.words, row->words) == NULL)
            fail_msg("%s: \"%s\", expected \"%s\"", row->name, err.words, row->words);
    }
    free(image);
}

static void refuses_duplicate(void **state)
{
    struct image *image = bytes_allocate(1, sizeof(*image));
    struct error err = {0};

    make(image);
    memcpy(image->data + AT(501), image->data + AT(500), 32);
    assert_refused(judge(*state, image, &err), &err, ERROR_BAD_CONTENT);
    assert_string_equal(err.words,
                        "record 501: has the key of the record before it (offset 18709)");
    free(image);
}

/* Cut anywhere: within the header, the table, a record, and at the edge of each. */
static void refuses_truncated(void **state)
{
    static const struct {
        size_t size;
        const char *words;
    } rows[] = {
        {0, "ends inside the header"},          {63, "ends inside the header"},
        {64, "offset 16: 1000 records do not"}, {RECORDS + 9, "offset 16: 1000 records do not"},
        {AT(940), "record 940: the file ends"}, {SIZE - 1, "record 999: the file ends"},
        {AT(999), "record 999: the file ends"}, {SIZE + 1, "1 bytes after the last of 1000"},
    };
    struct image *image = bytes_allocate(1, sizeof(*image));

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};

        make(image);
        image->size = rows[i].size;
        assert_refused(judge(*state, image, &err), &err, ERROR_BAD_CONTENT);
        if (strstr(err.words, rows[i].words) == NULL)
            fail_msg("%zu bytes: \"%s\", expected \"%s\"", rows[i].size, err.words, rows[i].words);
    }
    free(image);
}

/* Lookups in what was never checked, or is wrong, end and stay inside. */
static void survives_unchecked(void **state)
{
    struct image *image = bytes_allocate(1, sizeof(*image));
    struct hash_index *index;
    struct error err = {0};
    uint8_t key[32];
    uint32_t record;

    make(image);
    scratch_noise(image->data + TABLE, SIZE - TABLE, 7);
    assert_ok(open_image(*state, image, &index, &err), &err);
    for (uint32_t i = 0; i < 100000; i++) {
        scratch_noise(key, 32, i);
        if (hash_index_find(index, key, &record))
            assert_true(record < COUNT);
    }
    hash_index_close(index);
    free(image);
}

static void takes_none(void **state)
{
    struct image *image = bytes_allocate(1, sizeof(*image));
    struct hash_index *index;
    struct error err = {0};
    uint8_t key[32] = {0};
    uint32_t record;

    memcpy(image->data, "SPHASHIX", 8);
    put(image->data + 8, 1, 4);
    put(image->data + 12, 32, 1);
    put(image->data + 13, 8, 1);
    put(image->data + 24, TABLE, 8);
    put(image->data + 32, 8, 8);
    put(image->data + 40, 128, 8);
    image->size = 128;
    assert_ok(open_image(*state, image, &index, &err), &err);
    assert_ok(hash_index_validate(index, 0, NULL, NULL, &err), &err);
    assert_false(hash_index_find(index, key, &record));
    hash_index_close(index);
    free(image);
}

/* Thousands with one prefix: found all the same, without looking at each. */
static void finds_in_a_crowd(void **state)
{
    struct image *image = bytes_allocate(1, sizeof(*image));
    struct hash_index *index;
    struct error err = {0};
    uint8_t key[32] = {0};
    uint32_t record;

    make(image);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint8_t *at = image->data + AT(i);

        memset(at, 0, RECORD);
        at[30] = (uint8_t)(i >> 7);
        at[31] = (uint8_t)(i << 1);
    }
    for (uint32_t i = 1; i <= 1 << BITS; i++)
        put(image->data + TABLE + 4 * i, COUNT, 4);
    assert_ok(open_image(*state, image, &index, &err), &err);
    assert_ok(hash_index_validate(index, HIGHEST, NULL, NULL, &err), &err);
    for (uint32_t i = 0; i < 2 * COUNT; i++) {
        key[30] = (uint8_t)(i >> 8);
        key[31] = (uint8_t)i;
        assert_int_equal(hash_index_find(index, key, &record), i % 2 == 0);
        if (i % 2 == 0)
            assert_int_equal(record, i / 2);
    }
    hash_index_close(index);
    free(image);
}

/* The layout is one for each number of records. */
static void lays_out(void **state)
{
    static const struct {
        uint64_t count;
        unsigned bits;
    } rows[] = {{0, 0},         {1, 0},
                {2, 0},         {3, 1},
                {4, 1},         {5, 2},
                {8, 2},         {1000, 9},
                {1024, 9},      {1025, 10},
                {5000000, 22},  {UINT64_C(1) << 25, 24},
                {50000000, 24}, {HASH_INDEX_RECORDS, 24}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hash_index_layout layout = hash_index_layout(rows[i].count, 1);

        assert_int_equal(layout.prefix_bits, rows[i].bits);
        assert_int_equal(layout.records_offset % 64, 0);
        assert_int_equal(layout.file_bytes, layout.records_offset + rows[i].count * 33);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_each, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(compares_all_bits, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(refuses_departures, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(refuses_duplicate, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(refuses_truncated, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(survives_unchecked, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(takes_none, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(finds_in_a_crowd, scratch_open, scratch_close),
        cmocka_unit_test(lays_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
