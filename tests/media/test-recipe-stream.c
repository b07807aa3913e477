/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/recipe-stream.h"

/* Digests that only have to differ: digest n is 48 times the byte n. */
static uint8_t digests[64][DIGEST_BYTES];

#define FILES  5
#define CHUNKS 4
#define BIG    100000

/* Small files of 10, 0 and 20 bytes in two chunks of 15, an empty one, a large file in two. As
 * recipe_parse leaves them: a chunk's file is that of its first byte. */
static struct recipe_file files[FILES] = {{.name = "a", .size = 10},
                                          {.name = "b", .size = 0},
                                          {.name = "c", .size = 20},
                                          {.name = "empty", .size = 0},
                                          {.name = "large", .size = BIG}};
static struct recipe_chunk chunks[CHUNKS] = {{.length = 15, .file = 0, .file_offset = 0},
                                             {.length = 15, .file = 2, .file_offset = 5},
                                             {.length = 60000, .file = 4, .file_offset = 0},
                                             {.length = 40000, .file = 4, .file_offset = 60000}};
static const struct recipe recipe = {
    .file_count = FILES, .files = files, .chunk_count = CHUNKS, .chunks = chunks};

static void set_contents(const uint8_t contents[static CHUNKS])
{
    for (size_t i = 0; i < CHUNKS; i++)
        chunks[i].content = digests[contents[i]];
}

static void places_are_sums_of_what_lies_before(void **state)
{
    static const uint64_t starts[] = {0, 10, 10, 30, 30, 30 + BIG};
    static const uint64_t places[] = {0, 15, 30, 60030, 30 + BIG};
    struct recipe_stream stream;

    recipe_stream_open(&stream, &recipe);
    for (size_t i = 0; i <= FILES; i++)
        assert_int_equal(stream.files[i], starts[i]);
    for (uint32_t i = 0; i <= CHUNKS; i++)
        assert_int_equal(recipe_stream_chunk(&stream, i), places[i]);
    recipe_stream_clear(&stream);
    recipe_stream_clear(&stream);
}

static void a_place_lies_in_the_last_file_that_begins_there(void **state)
{
    static const struct {
        uint64_t place;
        uint32_t file;
    } rows[] = {{0, 0}, {9, 0}, {10, 2}, {29, 2}, {30, 4}, {29 + BIG, 4}, {30 + BIG, 4}};
    struct recipe_stream stream;

    recipe_stream_open(&stream, &recipe);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(recipe_stream_file(&stream, rows[i].place), rows[i].file);
    recipe_stream_clear(&stream);
}

static void contents_are_found_and_the_first_of_several(void **state)
{
    static const struct {
        uint8_t content;
        uint32_t row;
    } rows[] = {{1, RECIPE_NO_ROW}, {2, 1}, {3, RECIPE_NO_ROW}, {4, 2},
                {5, RECIPE_NO_ROW}, {9, 0}, {10, RECIPE_NO_ROW}};
    const struct recipe none = {.chunk_count = 0};
    uint32_t *sorted;

    set_contents((const uint8_t[]){9, 2, 4, 2});
    sorted = recipe_contents_sorted(&recipe);
    assert_memory_equal(sorted, ((const uint32_t[]){1, 3, 2, 0}), CHUNKS * sizeof(*sorted));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(recipe_find_content(&recipe, sorted, digests[rows[i].content]),
                         rows[i].row);
    free(sorted);
    sorted = recipe_contents_sorted(&none);
    assert_int_equal(recipe_find_content(&none, sorted, digests[2]), RECIPE_NO_ROW);
    free(sorted);
}

/* By name, size and digest: one that differs in any of them is another file. */
static void files_are_the_same_by_all_that_is_known_of_them(void **state)
{
    static struct recipe_file old[] = {{.name = "a", .size = 10},
                                       {.name = "b", .size = 1},
                                       {.name = "bb", .size = 3},
                                       {.name = "c", .size = 20},
                                       {.name = "large", .size = BIG}};
    const struct recipe base = {.file_count = 5, .files = old};
    uint32_t *same;

    for (size_t i = 0; i < FILES; i++)
        files[i].digest = digests[i];
    for (size_t i = 0; i < 5; i++)
        old[i].digest = digests[i];
    old[3].digest = digests[2];
    old[4].digest = digests[40];
    same = recipe_find_same(&base, &recipe);
    assert_memory_equal(same,
                        ((const uint32_t[]){0, RECIPE_NO_ROW, 3, RECIPE_NO_ROW, RECIPE_NO_ROW}),
                        FILES * sizeof(*same));
    free(same);
    old[4].digest = digests[4];
    same = recipe_find_same(&base, &recipe);
    assert_int_equal(same[4], 4);
    free(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_sums_of_what_lies_before),
        cmocka_unit_test(a_place_lies_in_the_last_file_that_begins_there),
        cmocka_unit_test(contents_are_found_and_the_first_of_several),
        cmocka_unit_test(files_are_the_same_by_all_that_is_known_of_them),
    };

    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
        memset(digests[i], (int)i, DIGEST_BYTES);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
