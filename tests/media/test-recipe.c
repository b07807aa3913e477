/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/recipe.h"

#define FILES  5
#define CHUNKS 5

/* Digests that only have to differ: digest n is 48 times the byte n. */
static uint8_t digests[64][DIGEST_BYTES];

/* A run of three small files and an empty one in two chunks, then a large file in three, of which
 * two are the same frame. */
static struct recipe_file sample_files[FILES];
static struct recipe_chunk sample_chunks[CHUNKS];

static void make_sample(struct recipe *recipe)
{
    static const struct recipe_file files[FILES] = {
        {.name = "a", .size = 10},   {.name = "b/empty", .size = 0},  {.name = "b/x", .size = 20},
        {.name = "b/y", .size = 30}, {.name = "big", .size = 100000},
    };
    static const struct recipe_chunk chunks[CHUNKS] = {
        {.packed = 15, .length = 15},
        {.packed = 20, .length = 45, .codec = CODEC_ZSTD},
        {.packed = 900, .length = 40000, .codec = CODEC_ZSTD},
        {.packed = 900, .length = 40000, .codec = CODEC_ZSTD},
        {.packed = 20000, .length = 20000},
    };
    static const uint8_t frames[CHUNKS] = {21, 22, 23, 23, 25};
    static const uint8_t contents[CHUNKS] = {21, 32, 33, 33, 25};

    for (size_t i = 0; i < 64; i++)
        memset(digests[i], (int)i, DIGEST_BYTES);
    memcpy(sample_files, files, sizeof(files));
    memcpy(sample_chunks, chunks, sizeof(chunks));
    for (size_t i = 0; i < FILES; i++)
        sample_files[i].digest = digests[i];
    for (size_t i = 0; i < CHUNKS; i++) {
        sample_chunks[i].frame = digests[frames[i]];
        sample_chunks[i].content = digests[contents[i]];
    }
    *recipe = (struct recipe){
        .file_count = FILES, .files = sample_files, .chunk_count = CHUNKS, .chunks = sample_chunks};
}

static void write_sample(struct bytes *out)
{
    struct error err = {0};
    struct recipe recipe;

    make_sample(&recipe);
    bytes_init(out, 1 * MIB);
    assert_ok(recipe_write(&recipe, out, &err), &err);
}

static void a_recipe_comes_back_and_says_where_files_lie(void **state)
{
    struct error err = {0};
    struct recipe recipe;
    struct bytes data;

    write_sample(&data);
    assert_int_equal(data.size, RECIPE_HEADER_BYTES + FILES * (RECIPE_FILE_BYTES + 1) +
                                    CHUNKS * RECIPE_CHUNK_BYTES + strlen("ab/emptyb/xb/ybig"));
    assert_memory_equal(data.data, "SPRC\1\0\0\0\5\0\0\0\5\0\0\0", 16);
    assert_ok(recipe_parse(bytes_view(&data), &recipe, &err), &err);
    assert_false(recipe.has_base);
    assert_true(recipe.bytes == 100060);
    assert_true(recipe.packed == 15 + 20 + 900 + 20000);
    assert_string_equal(recipe.files[4].name, "big");
    assert_memory_equal(recipe.files[4].digest, digests[4], DIGEST_BYTES);
    assert_int_equal(recipe.files[4].first_chunk, 2);
    assert_int_equal(recipe.files[4].chunk_count, 3);
    assert_int_equal(recipe.files[1].chunk_count, 0);
    assert_int_equal(recipe.files[2].first_chunk, 0);
    assert_int_equal(recipe.files[2].first_offset, 10);
    assert_int_equal(recipe.files[2].chunk_count, 2);
    assert_int_equal(recipe.files[3].first_chunk, 1);
    assert_int_equal(recipe.files[3].first_offset, 15);
    assert_int_equal(recipe.chunks[1].file, 2);
    assert_int_equal(recipe.chunks[1].file_offset, 5);
    assert_int_equal(recipe.chunks[4].file_offset, 80000);
    recipe_clear(&recipe);
    bytes_clear(&data);
}

static void pieces_cover_every_file_once(void **state)
{
    struct error err = {0};
    uint64_t covered[FILES] = {0};
    struct recipe_piece piece;
    struct recipe recipe;
    struct bytes data;

    write_sample(&data);
    assert_ok(recipe_parse(bytes_view(&data), &recipe, &err), &err);
    for (uint32_t i = 0; i < recipe.chunk_count; i++) {
        uint32_t at = 0;

        recipe_first_piece(&recipe, i, &piece);
        do {
            assert_true(piece.size > 0);
            assert_int_equal(piece.chunk_offset, at);
            assert_true(piece.file_offset == covered[piece.file]);
            covered[piece.file] += piece.size;
            at += piece.size;
        } while (recipe_next_piece(&recipe, i, &piece));
        assert_int_equal(at, recipe.chunks[i].length);
    }
    for (uint32_t i = 0; i < FILES; i++)
        assert_true(covered[i] == recipe.files[i].size);
    recipe_clear(&recipe);
    bytes_clear(&data);
}

static void every_prefix_and_a_trailing_byte_are_refused(void **state)
{
    struct error err = {0};
    struct recipe recipe;
    struct bytes data;

    write_sample(&data);
    for (size_t size = 0; size < data.size; size++) {
        uint8_t *exact = bytes_allocate(1, size); /* so that a sanitizer sees a read too far */

        memcpy(exact, data.data, size);
        assert_refused(recipe_parse(bytes_view_of(exact, size), &recipe, &err), &err,
                       ERROR_BAD_RECIPE);
        recipe_clear(&recipe);
        free(exact);
    }
    assert_ok(bytes_put_u8(&data, 0, &err), &err);
    assert_refused(recipe_parse(bytes_view(&data), &recipe, &err), &err, ERROR_BAD_RECIPE);
    recipe_clear(&recipe);
    bytes_clear(&data);
}

/* One byte of the sample changed, and what must be said about it. */
struct flip {
    size_t offset;
    uint8_t value;
    enum error_code expected;
};

#define FILE_ROW(i)  (RECIPE_HEADER_BYTES + (i)*RECIPE_FILE_BYTES)
#define NAMES        FILE_ROW(FILES)
#define CHUNK_ROW(i) (NAMES + 17 + FILES + (i)*RECIPE_CHUNK_BYTES)

static const struct flip flips[] = {
    {0, 'X', ERROR_BAD_RECIPE},                   /* magic */
    {4, 2, ERROR_BAD_RECIPE},                     /* version */
    {6, 2, ERROR_BAD_RECIPE},                     /* a flag that no one knows */
    {8, 4, ERROR_BAD_RECIPE},                     /* file count */
    {8, 0, ERROR_BAD_RECIPE},                     /* no files */
    {10, 0xff, ERROR_LIMIT},                      /* too many files */
    {12, 6, ERROR_BAD_RECIPE},                    /* chunk count */
    {15, 0x7f, ERROR_LIMIT},                      /* too many chunks */
    {16, 23, ERROR_BAD_RECIPE},                   /* names size */
    {23, 0xff, ERROR_BAD_RECIPE},                 /* names size beyond all */
    {24, 0, ERROR_BAD_RECIPE},                    /* bytes */
    {31, 1, ERROR_LIMIT},                         /* bytes beyond the limit */
    {32, 0, ERROR_BAD_RECIPE},                    /* packed */
    {FILE_ROW(0), 11, ERROR_BAD_RECIPE},          /* a size that no longer adds up */
    {FILE_ROW(0) + 7, 0x80, ERROR_LIMIT},         /* a size beyond the limit */
    {FILE_ROW(0) + 8, 3, ERROR_BAD_RECIPE},       /* record size that does not divide */
    {FILE_ROW(0) + 12, 2, ERROR_BAD_RECIPE},      /* name size */
    {FILE_ROW(4) + 15, 0xff, ERROR_BAD_RECIPE},   /* name size beyond the names */
    {NAMES, '/', ERROR_BAD_RECIPE},               /* name "/" */
    {NAMES, '.', ERROR_BAD_RECIPE},               /* name "." */
    {NAMES, '-', ERROR_BAD_RECIPE},               /* name "-" */
    {NAMES, 0, ERROR_BAD_RECIPE},                 /* NUL inside a name */
    {NAMES, 'z', ERROR_BAD_RECIPE},               /* not sorted */
    {NAMES, 'b', ERROR_BAD_RECIPE},               /* file "b" and folder "b" */
    {NAMES, 'B', ERROR_BAD_RECIPE},               /* file "B" and folder "b" */
    {NAMES + 1, 'a', ERROR_BAD_RECIPE},           /* no NUL after a name */
    {NAMES + 10, 'B', ERROR_BAD_RECIPE},          /* folders "b" and "B" */
    {CHUNK_ROW(0) + 96, 14, ERROR_BAD_RECIPE},    /* stored, but packed differs */
    {CHUNK_ROW(0) + 48, 99, ERROR_BAD_RECIPE},    /* stored, but content differs */
    {CHUNK_ROW(0) + 100, 0, ERROR_BAD_RECIPE},    /* an empty chunk */
    {CHUNK_ROW(1) + 99, 1, ERROR_LIMIT},          /* packed beyond the limit */
    {CHUNK_ROW(1) + 103, 1, ERROR_LIMIT},         /* plain beyond the limit */
    {CHUNK_ROW(1) + 100, 44, ERROR_BAD_RECIPE},   /* a byte short: big starts in a run */
    {CHUNK_ROW(4) + 97, 0, ERROR_BAD_RECIPE},     /* the last file is not filled */
    {CHUNK_ROW(3) + 100, 0x3f, ERROR_BAD_RECIPE}, /* the chunks end too early */
    {CHUNK_ROW(3) + 48, 1, ERROR_BAD_RECIPE},     /* one frame, two contents */
    {CHUNK_ROW(3) + 96, 1, ERROR_BAD_RECIPE},     /* one frame, two sizes */
    {CHUNK_ROW(1) + 104, 2, ERROR_BAD_RECIPE},    /* zstd with prefix, without a base */
    {CHUNK_ROW(1) + 104, 3, ERROR_BAD_RECIPE},    /* sorted records, without a base */
    {CHUNK_ROW(1) + 104, 4, ERROR_UNKNOWN_CODEC}, /* no such codec */
    {CHUNK_ROW(1) + 105, 1, ERROR_BAD_RECIPE},    /* a base file without need */
    {CHUNK_ROW(1) + 109, 1, ERROR_BAD_RECIPE},    /* a base offset without need */
    {CHUNK_ROW(1) + 117, 1, ERROR_BAD_RECIPE},    /* a base length without need */
};

static void every_rule_has_its_refusal(void **state)
{
    struct error err = {0};
    struct recipe recipe;
    struct bytes data;

    write_sample(&data);
    for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
        uint8_t before = data.data[flips[i].offset];

        assert_int_not_equal(before, flips[i].value);
        data.data[flips[i].offset] = flips[i].value;
        if (recipe_parse(bytes_view(&data), &recipe, &err) != -(int)flips[i].expected)
            fail_msg("flip %zu at %zu: %s: %s", i, flips[i].offset, error_name(err.code),
                     err.words);
        recipe_clear(&recipe);
        data.data[flips[i].offset] = before;
    }
    assert_ok(recipe_parse(bytes_view(&data), &recipe, &err), &err);
    recipe_clear(&recipe);
    bytes_clear(&data);
}

/* On a base: a run with a prefix, then a list of records of 8 bytes as a copy and twice changed. */
static void make_delta(struct recipe *recipe)
{
    make_sample(recipe);
    recipe->has_base = true;
    sample_files[4].record_size = 8;
    sample_chunks[1].codec = CODEC_ZSTD_PREFIX;
    sample_chunks[1].base_file = 7;
    sample_chunks[1].base_length = LIMIT_BASE_BYTES;
    sample_chunks[2].codec = sample_chunks[3].codec = CODEC_RECORDS;
    sample_chunks[2].base_offset = 16;
    sample_chunks[2].base_length = 40008;
    sample_chunks[3].content = digests[34]; /* one frame, two contents: on two ranges */
    sample_chunks[4].base_length = 20000;
    sample_chunks[4].base_offset = 80001;
}

static int write_delta(const struct recipe *recipe, struct error *err)
{
    struct bytes out;
    int result;

    bytes_init(&out, 1 * MIB);
    result = recipe_write(recipe, &out, err);
    bytes_clear(&out);
    return result;
}

static void a_delta_counts_what_must_be_read(void **state)
{
    struct error err = {0};
    struct recipe recipe, found;
    struct bytes data;

    make_delta(&recipe);
    bytes_init(&data, 1 * MIB);
    assert_ok(recipe_write(&recipe, &data, &err), &err);
    assert_ok(recipe_parse(bytes_view(&data), &found, &err), &err);
    assert_true(found.has_base);
    assert_true(found.packed == 15 + 20 + 900);
    assert_true(recipe_is_copy(&found.chunks[4]));
    assert_false(recipe_is_copy(&found.chunks[3]));
    assert_false(recipe_is_copy(&found.chunks[0]));
    recipe_clear(&found);
    bytes_clear(&data);
}

static void no_base(struct recipe *recipe)
{
    recipe->has_base = false;
}
static void prefix_of_nothing(struct recipe *recipe)
{
    sample_chunks[1].base_length = 0;
}
static void prefix_too_long(struct recipe *recipe)
{
    sample_chunks[1].base_length = LIMIT_BASE_BYTES + 1;
}
static void offset_too_far(struct recipe *recipe)
{
    sample_chunks[1].base_offset = LIMIT_CONTENT_BYTES + 1;
}
static void copy_of_another_length(struct recipe *recipe)
{
    sample_chunks[4].base_length--;
}
static void an_offset_without_a_range(struct recipe *recipe)
{
    sample_chunks[4].base_length = 0;
}
static void records_in_a_run(struct recipe *recipe)
{
    sample_chunks[1].codec = CODEC_RECORDS;
}
static void no_record_size(struct recipe *recipe)
{
    sample_files[4].record_size = 0;
}
static void records_too_long(struct recipe *recipe)
{
    sample_files[4].record_size = 1000;
}
static void half_a_record_of_the_base(struct recipe *recipe)
{
    sample_chunks[2].base_length -= 4;
}
static void half_a_record_before(struct recipe *recipe)
{
    sample_chunks[2].base_offset += 4;
}
static void half_a_record(struct recipe *recipe)
{
    sample_chunks[2].length += 4;
    sample_chunks[3].length -= 4;
}
static void one_frame_two_codecs(struct recipe *recipe)
{
    sample_chunks[3].codec = CODEC_ZSTD_PREFIX;
    sample_chunks[3].base_length = 1;
}

static void a_delta_that_lies_is_refused(void **state)
{
    static const struct {
        void (*spoil)(struct recipe *recipe);
        enum error_code expected;
    } rows[] = {
        {no_base, ERROR_BAD_RECIPE},
        {prefix_of_nothing, ERROR_BAD_RECIPE},
        {prefix_too_long, ERROR_LIMIT},
        {offset_too_far, ERROR_LIMIT},
        {copy_of_another_length, ERROR_BAD_RECIPE},
        {an_offset_without_a_range, ERROR_BAD_RECIPE},
        {records_in_a_run, ERROR_BAD_RECIPE},
        {no_record_size, ERROR_BAD_RECIPE},
        {records_too_long, ERROR_BAD_RECIPE},
        {half_a_record_of_the_base, ERROR_BAD_RECIPE},
        {half_a_record_before, ERROR_BAD_RECIPE},
        {half_a_record, ERROR_BAD_RECIPE},
        {one_frame_two_codecs, ERROR_BAD_RECIPE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        struct recipe recipe;

        make_delta(&recipe);
        rows[i].spoil(&recipe);
        if (write_delta(&recipe, &err) != -(int)rows[i].expected)
            fail_msg("row %zu: %s %s", i, error_name(err.code), err.words);
    }
    shows_case("C7");
}

/* Names that can't be made by one flip: two files of one byte each. */
static int write_two(const char *first, const char *second, struct error *err)
{
    struct recipe recipe;
    struct bytes out;
    int result;

    make_sample(&recipe);
    sample_files[0] = (struct recipe_file){.name = first, .size = 1, .digest = digests[1]};
    sample_files[1] = (struct recipe_file){.name = second, .size = 1, .digest = digests[2]};
    sample_chunks[0].packed = sample_chunks[0].length = 2;
    recipe.file_count = 2;
    recipe.chunk_count = 1;
    bytes_init(&out, 1 * MIB);
    result = recipe_write(&recipe, &out, err);
    bytes_clear(&out);
    return result;
}

static void names_that_could_collide_or_escape_are_refused(void **state)
{
    static const char *const bad[][2] = {
        {"a", "a"},         {"A", "a"},    {"README", "readme"}, {"b", "a"},   {"..", "x"},
        {"a/../b", "x"},    {"-x", "x"},   {"a/-x", "x"},        {"/a", "x"},  {"a/", "x"},
        {"a//b", "x"},      {"a b", "x"},  {"x", "x/y"},         {"X", "x/y"}, {"A/x", "a/y"},
        {"q/A/x", "q/a/y"}, {"a\\b", "x"}, {"a", "b\x80"},       {".", "x"},   {"", "x"},
    };
    static const char *const good[][2] = {
        {"a", "b"}, {"a", "ab"}, {"A/x", "A/y"}, {"a-b", "a/b"}, {"a.b", "a/b"}, {".hidden", "a"},
    };
    struct error err = {0};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(write_two(bad[i][0], bad[i][1], &err), &err, ERROR_BAD_RECIPE);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_ok(write_two(good[i][0], good[i][1], &err), &err);
    shows_case("C6");
    shows_case("D1");
}

static void a_collision_shows_however_far_apart_the_names_sort(void **state)
{
    /* "B" sorts before "a", "b" after it. */
    struct error err = {0};
    struct recipe recipe;
    struct bytes out;

    make_sample(&recipe);
    recipe.file_count = 3;
    recipe.chunk_count = 1;
    sample_files[0] = (struct recipe_file){.name = "B", .size = 1, .digest = digests[1]};
    sample_files[1] = (struct recipe_file){.name = "a", .size = 1, .digest = digests[1]};
    sample_files[2] = (struct recipe_file){.name = "b", .size = 1, .digest = digests[1]};
    sample_chunks[0].packed = sample_chunks[0].length = 3;
    bytes_init(&out, 1 * MIB);
    assert_refused(recipe_write(&recipe, &out, &err), &err, ERROR_BAD_RECIPE);
    bytes_clear(&out);
    shows_case("C6");
    shows_case("D7");
}

static void a_large_file_shares_no_chunk(void **state)
{
    struct error err = {0};
    struct recipe recipe;
    struct bytes out;

    make_sample(&recipe);
    recipe.file_count = 2;
    recipe.chunk_count = 1;
    sample_files[0] = (struct recipe_file){.name = "a", .size = 1, .digest = digests[1]};
    sample_files[1] =
        (struct recipe_file){.name = "b", .size = RECIPE_RUN_BYTES, .digest = digests[1]};
    sample_chunks[0].packed = sample_chunks[0].length = RECIPE_RUN_BYTES + 1;
    bytes_init(&out, 1 * MIB);
    assert_refused(recipe_write(&recipe, &out, &err), &err, ERROR_BAD_RECIPE);
    bytes_clear(&out);
}

static void a_chunk_past_the_last_file_is_refused(void **state)
{
    struct error err = {0};
    struct recipe recipe;
    struct bytes out;

    make_sample(&recipe);
    recipe.file_count = 1;
    recipe.chunk_count = 2; /* 15 and 45 bytes for a file of 10 */
    bytes_init(&out, 1 * MIB);
    assert_refused(recipe_write(&recipe, &out, &err), &err, ERROR_BAD_RECIPE);
    bytes_clear(&out);
}

static void bytes_between_names_and_chunks_are_refused(void **state)
{
    struct error err = {0};
    struct recipe recipe;
    struct bytes data;

    write_sample(&data);
    data.data[FILE_ROW(4) + 12] = 2; /* "big" is now "bi", with "g" left over */
    data.data[NAMES + 17 + FILES - 2] = 0;
    assert_refused(recipe_parse(bytes_view(&data), &recipe, &err), &err, ERROR_BAD_RECIPE);
    recipe_clear(&recipe);
    bytes_clear(&data);
}

static void a_recipe_above_the_limit_is_refused_unread(void **state)
{
    struct error err = {0};
    struct recipe recipe;

    assert_refused(recipe_parse((struct bytes_view){NULL, LIMIT_RECIPE_BYTES + 1}, &recipe, &err),
                   &err, ERROR_LIMIT);
    recipe_clear(&recipe);
}

static void empty_files_alone_need_no_chunk(void **state)
{
    struct error err = {0};
    struct recipe recipe, again;
    struct bytes out;

    make_sample(&recipe);
    recipe.file_count = 1;
    recipe.chunk_count = 0;
    sample_files[0].size = 0;
    bytes_init(&out, 1 * MIB);
    assert_ok(recipe_write(&recipe, &out, &err), &err);
    assert_ok(recipe_parse(bytes_view(&out), &again, &err), &err);
    assert_int_equal(again.files[0].chunk_count, 0);
    recipe_clear(&again);
    bytes_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recipe_comes_back_and_says_where_files_lie),
        cmocka_unit_test(pieces_cover_every_file_once),
        cmocka_unit_test(every_prefix_and_a_trailing_byte_are_refused),
        cmocka_unit_test(every_rule_has_its_refusal),
        cmocka_unit_test(a_delta_counts_what_must_be_read),
        cmocka_unit_test(a_delta_that_lies_is_refused),
        cmocka_unit_test(names_that_could_collide_or_escape_are_refused),
        cmocka_unit_test(a_collision_shows_however_far_apart_the_names_sort),
        cmocka_unit_test(a_large_file_shares_no_chunk),
        cmocka_unit_test(a_chunk_past_the_last_file_is_refused),
        cmocka_unit_test(bytes_between_names_and_chunks_are_refused),
        cmocka_unit_test(a_recipe_above_the_limit_is_refused_unread),
        cmocka_unit_test(empty_files_alone_need_no_chunk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
