/* SPDX-License-Identifier: ISC
 *
 * Names of a hash index: found by record, and every departure from the format refused.
 */
#include "tests/scratch.h"

#include "drivers/hash-names.h"

#define RECORDS 100
#define NAMES   3
#define TEXT    (64 + 8 * NAMES)

static const char text[] = "lseicar\xc3\xa4";
#define SIZE (TEXT + sizeof(text) - 1)

static void put(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* Record 0 "ls", record 7 "eicar", record 99 a letter of two bytes. */
static void make(uint8_t image[SIZE])
{
    static const uint32_t entries[NAMES][2] = {{0, 0}, {7, 2}, {99, 7}};

    memset(image, 0, SIZE);
    memcpy(image, "SPHASHNM", 8);
    put(image + 8, 1, 4);
    put(image + 16, RECORDS, 8);
    put(image + 24, NAMES, 8);
    put(image + 32, 64, 8);
    put(image + 40, 8 * NAMES, 8);
    put(image + 48, TEXT, 8);
    put(image + 56, sizeof(text) - 1, 8);
    for (size_t i = 0; i < NAMES; i++) {
        put(image + 64 + 8 * i, entries[i][0], 4);
        put(image + 68 + 8 * i, entries[i][1], 4);
    }
    memcpy(image + TEXT, text, sizeof(text) - 1);
}

static int open_image(const struct scratch *scratch, const uint8_t *image, size_t bytes,
                      struct hash_names **names, struct error *err)
{
    uint64_t size;
    int fd, result;

    scratch_put(scratch->fd, "image", image, bytes);
    assert_ok(path_open_regular(scratch->fd, "image", SIZE + 64, &fd, &size, err), err);
    result = hash_names_open(fd, size, names, err);
    close(fd);
    return result;
}

static int judge(const struct scratch *scratch, const uint8_t *image, size_t bytes,
                 struct error *err)
{
    struct hash_names *names;
    int result = open_image(scratch, image, bytes, &names, err);

    if (result == 0)
        result = hash_names_validate(names, RECORDS, NULL, NULL, err);
    hash_names_close(names);
    return result;
}

static void gives_names(void **state)
{
    struct hash_names *names;
    struct error err = {0};
    struct bytes_view name;
    uint8_t image[SIZE];
    int found = 0;

    make(image);
    assert_ok(open_image(*state, image, SIZE, &names, &err), &err);
    assert_ok(hash_names_validate(names, RECORDS, NULL, NULL, &err), &err);
    assert_int_equal(hash_names_count(names), NAMES);
    for (uint32_t i = 0; i < RECORDS + 5; i++)
        found += hash_names_get(names, i, &name);
    assert_int_equal(found, NAMES);
    assert_true(hash_names_get(names, 0, &name));
    assert_true(bytes_equal(name, bytes_view_of("ls", 2)));
    assert_true(hash_names_get(names, 7, &name));
    assert_true(bytes_equal(name, bytes_view_of("eicar", 5)));
    assert_true(hash_names_get(names, 99, &name));
    assert_true(bytes_equal(name, bytes_view_of("\xc3\xa4", 2)));
    assert_refused(hash_names_validate(names, RECORDS + 1, NULL, NULL, &err), &err,
                   ERROR_BAD_CONTENT);
    hash_names_close(names);
}

static void refuses_departures(void **state)
{
    static const struct {
        size_t offset, bytes;
        uint64_t value;
        const char *words;
    } rows[] = {
        {0, 1, 'X', "offset 0"},
        {8, 4, 2, "offset 8: version: 2, expected 1"},
        {12, 4, 1, "offset 12"},
        {16, 8, 2, "offset 24: 3 names for 2 records"},
        {16, 8, RECORDS + 1, "offset 16: belongs to an index of 101 records"},
        {16, 8, UINT64_MAX, "offset 24"},
        {24, 8, NAMES - 1, "offset 40"},
        {24, 8, 50, "offset 24: 50 names do not fit"},
        {32, 8, 72, "offset 32"},
        {40, 8, 8, "offset 40"},
        {48, 8, 8, "offset 48"},
        {56, 8, sizeof(text), "offset 56"},
        {64, 4, 7, "record 7: name 1: records rise"},
        {64, 4, 8, "record 7: name 1: records rise"},
        {68, 4, 1, "record 0: name 0: the first one starts at 0"},
        {76, 4, 0, "record 0: name 0: names are 1 to 255 bytes"},
        {76, 4, 60, "record 0: name 0: names are 1 to 255 bytes"},
        {80, 4, RECORDS, "record 100: name 2: the index has no such record"},
        {84, 4, UINT32_MAX, "record 7: name 1: names are 1 to 255 bytes"},
        {TEXT, 1, '\n', "record 0: name 0: names are UTF-8"},
        {TEXT, 1, 0x7f, "record 0: name 0: names are UTF-8"},
        {TEXT + 7, 2, 0x80c2, "record 99: name 2: names are UTF-8"},
        {TEXT + 8, 1, 'x', "record 99: name 2: names are UTF-8"},
    };
    uint8_t image[SIZE];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};

        make(image);
        put(image + rows[i].offset, rows[i].value, rows[i].bytes);
        if (judge(*state, image, SIZE, &err) != -(int)ERROR_BAD_CONTENT ||
            strstr(err.words, rows[i].words) == NULL)
            fail_msg("row %zu: \"%s\", expected \"%s\"", i, err.words, rows[i].words);
    }
}

static void refuses_other_sizes(void **state)
{
    uint8_t image[SIZE + 1] = {0};
    struct error err = {0};

    make(image);
    for (size_t size = 0; size <= SIZE + 1; size++) {
        if (size == SIZE)
            continue;
        assert_refused(judge(*state, image, size, &err), &err, ERROR_BAD_CONTENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gives_names, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(refuses_departures, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(refuses_other_sizes, scratch_open, scratch_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
