/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <zstd.h>

#include "media/frame-codec.h"

#define PLAIN_BYTES 5000

struct fixture {
    struct frame_decoder *decoder;
    struct frame_encoder *encoder;
    uint8_t plain[PLAIN_BYTES]; /* compresses well */
    uint8_t noise[PLAIN_BYTES]; /* does not */
    uint8_t out[PLAIN_BYTES + 16];
};

static int set_up(void **state)
{
    struct fixture *fixture = bytes_allocate(1, sizeof(*fixture));
    uint64_t seed = 1;

    fixture->decoder = frame_decoder_new();
    fixture->encoder = frame_encoder_new(3);
    for (size_t i = 0; i < PLAIN_BYTES; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        fixture->noise[i] = (uint8_t)(seed >> 56);
        fixture->plain[i] = (uint8_t)(i / 50);
    }
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    frame_decoder_free(fixture->decoder);
    frame_encoder_free(fixture->encoder);
    free(fixture);
    return 0;
}

static struct bytes_view encode(struct fixture *fixture, const uint8_t *plain, uint8_t expected)
{
    struct error err = {0};
    struct bytes_view packed;
    uint8_t codec;

    assert_ok(
        frame_encode(fixture->encoder, bytes_view_of(plain, PLAIN_BYTES), &packed, &codec, &err),
        &err);
    assert_int_equal(codec, expected);
    return packed;
}

static void what_compresses_is_zstd_and_comes_back(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    struct bytes_view packed = encode(fixture, fixture->plain, CODEC_ZSTD);

    assert_true(packed.size < PLAIN_BYTES / 4);
    assert_ok(frame_decode(fixture->decoder, CODEC_ZSTD, packed, fixture->out, PLAIN_BYTES, &err),
              &err);
    assert_memory_equal(fixture->out, fixture->plain, PLAIN_BYTES);
}

/* Nothing but the middle compresses, which is between two samples; then a part of one as well. */
static void what_looks_like_noise_is_not_tried(void **state)
{
    struct fixture *fixture = *state;
    size_t size = 26 * PLAIN_BYTES;
    uint8_t *plain = bytes_allocate(1, size), codec;
    struct bytes_view packed;
    struct error err = {0};
    uint64_t seed = 1;

    for (size_t i = 0; i < size; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        plain[i] = (uint8_t)(seed >> 56);
    }
    memset(plain + size * 7 / 16, 0, size / 8);
    assert_ok(frame_encode(fixture->encoder, bytes_view_of(plain, size), &packed, &codec, &err),
              &err);
    assert_int_equal(codec, CODEC_STORED);
    memset(plain + size / 12, 0, 2000);
    assert_ok(frame_encode(fixture->encoder, bytes_view_of(plain, size), &packed, &codec, &err),
              &err);
    assert_int_equal(codec, CODEC_ZSTD);
    free(plain);
}

static void what_does_not_compress_is_stored(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    struct bytes_view packed = encode(fixture, fixture->noise, CODEC_STORED);

    assert_int_equal(packed.size, PLAIN_BYTES);
    assert_ok(frame_decode(fixture->decoder, CODEC_STORED, packed, fixture->out, PLAIN_BYTES, &err),
              &err);
    assert_memory_equal(fixture->out, fixture->noise, PLAIN_BYTES);
    assert_refused(
        frame_decode(fixture->decoder, CODEC_STORED, packed, fixture->out, PLAIN_BYTES - 1, &err),
        &err, ERROR_BAD_FRAME);
}

static void the_same_bytes_give_the_same_frame(void **state)
{
    struct fixture *fixture = *state;
    struct bytes_view packed = encode(fixture, fixture->plain, CODEC_ZSTD);
    size_t size = packed.size;
    uint8_t *first = bytes_allocate(1, size);

    memcpy(first, packed.data, size);
    encode(fixture, fixture->noise, CODEC_STORED);
    packed = encode(fixture, fixture->plain, CODEC_ZSTD);
    assert_int_equal(packed.size, size);
    assert_memory_equal(packed.data, first, size);
    free(first);
}

static void without_a_base_codecs_2_and_3_are_refused_by_name(void **state)
{
    struct fixture *fixture = *state;
    struct bytes_view packed = bytes_view_of(fixture->plain, 10);
    struct error err = {0};

    assert_refused(frame_decode(fixture->decoder, 2, packed, fixture->out, 10, &err), &err,
                   ERROR_BASE_MISSING);
    assert_non_null(strstr(err.words, "zstd with prefix"));
    assert_refused(frame_decode(fixture->decoder, 3, packed, fixture->out, 10, &err), &err,
                   ERROR_BASE_MISSING);
    assert_non_null(strstr(err.words, "sorted records"));
    assert_refused(frame_decode(fixture->decoder, 4, packed, fixture->out, 10, &err), &err,
                   ERROR_UNKNOWN_CODEC);
}

/* The noise with a few bytes between. */
static void a_prefix_costs_only_what_is_new(void **state)
{
    struct fixture *fixture = *state;
    struct frame_base base = {.range = bytes_view_of(fixture->noise, PLAIN_BYTES)};
    uint8_t plain[PLAIN_BYTES + 3];
    struct bytes_view packed;
    struct error err = {0};

    memcpy(plain, fixture->noise, 2000);
    memcpy(plain + 2000, "new", 3);
    memcpy(plain + 2003, fixture->noise + 2000, PLAIN_BYTES - 2000);
    assert_ok(frame_encode_prefix(fixture->encoder, bytes_view_of(plain, sizeof(plain)), &base,
                                  &packed, &err),
              &err);
    assert_true(packed.size < 64);
    assert_ok(frame_decode_on(fixture->decoder, &base, CODEC_ZSTD_PREFIX, packed, fixture->out,
                              sizeof(plain), &err),
              &err);
    assert_memory_equal(fixture->out, plain, sizeof(plain));
    /* The next frame has no prefix any more. */
    assert_refused(
        frame_decode(fixture->decoder, CODEC_ZSTD, packed, fixture->out, sizeof(plain), &err), &err,
        ERROR_BAD_FRAME);
    base.range.size = 100;
    assert_refused(frame_decode_on(fixture->decoder, &base, CODEC_ZSTD_PREFIX, packed, fixture->out,
                                   sizeof(plain), &err),
                   &err, ERROR_BAD_FRAME);
    shows_case("C7");
}

/* A prefix of the largest range reaches from a chunk's end to its own beginning. */
static void the_largest_prefix_is_within_reach(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *range = bytes_allocate(1, LIMIT_BASE_BYTES),
            *out = bytes_allocate(1, LIMIT_FRAME_BYTES);
    uint8_t *plain = bytes_allocate(1, LIMIT_FRAME_BYTES);
    struct frame_base base = {.range = bytes_view_of(range, LIMIT_BASE_BYTES)};
    struct bytes_view packed;
    struct error err = {0};
    uint64_t seed = 3;

    for (size_t i = 0; i < LIMIT_BASE_BYTES; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        range[i] = (uint8_t)(seed >> 56);
    }
    memcpy(plain, range + LIMIT_BASE_BYTES / 2, LIMIT_FRAME_BYTES / 2);
    memcpy(plain + LIMIT_FRAME_BYTES / 2, range, LIMIT_FRAME_BYTES / 2);
    assert_ok(frame_encode_prefix(fixture->encoder, bytes_view_of(plain, LIMIT_FRAME_BYTES), &base,
                                  &packed, &err),
              &err);
    assert_true(packed.size < 64 * KIB);
    assert_ok(frame_decode_on(fixture->decoder, &base, CODEC_ZSTD_PREFIX, packed, out,
                              LIMIT_FRAME_BYTES, &err),
              &err);
    assert_memory_equal(out, plain, LIMIT_FRAME_BYTES);
    free(range);
    free(plain);
    free(out);
}

static void records_come_back_on_their_base(void **state)
{
    struct fixture *fixture = *state;
    struct frame_base base = {.range = bytes_view_of("aabbdd", 6), .record_size = 2};
    struct bytes_view packed;
    struct error err = {0};

    assert_ok(
        frame_encode_records(fixture->encoder, bytes_view_of("bbccdd", 6), &base, &packed, &err),
        &err);
    assert_ok(
        frame_decode_on(fixture->decoder, &base, CODEC_RECORDS, packed, fixture->out, 6, &err),
        &err);
    assert_memory_equal(fixture->out, "bbccdd", 6);
    assert_refused(
        frame_encode_records(fixture->encoder, bytes_view_of("ddcc", 4), &base, &packed, &err),
        &err, ERROR_BAD_CONTENT);
}

static void every_prefix_of_a_frame_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct bytes_view packed = encode(fixture, fixture->plain, CODEC_ZSTD);
    struct error err = {0};

    for (size_t size = 0; size < packed.size; size++) {
        uint8_t *exact = bytes_allocate(1, size);

        memcpy(exact, packed.data, size);
        assert_refused(frame_decode(fixture->decoder, CODEC_ZSTD, bytes_view_of(exact, size),
                                    fixture->out, PLAIN_BYTES, &err),
                       &err, ERROR_BAD_FRAME);
        free(exact);
    }
}

static void a_frame_with_more_behind_it_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct bytes_view packed = encode(fixture, fixture->plain, CODEC_ZSTD);
    uint8_t *twice = bytes_allocate(2, packed.size);
    struct error err = {0};

    memcpy(twice, packed.data, packed.size);
    memcpy(twice + packed.size, packed.data, packed.size);
    assert_refused(frame_decode(fixture->decoder, CODEC_ZSTD, bytes_view_of(twice, packed.size * 2),
                                fixture->out, PLAIN_BYTES, &err),
                   &err, ERROR_BAD_FRAME);
    assert_refused(frame_decode(fixture->decoder, CODEC_ZSTD, bytes_view_of(twice, packed.size + 1),
                                fixture->out, PLAIN_BYTES, &err),
                   &err, ERROR_BAD_FRAME);
    free(twice);
}

/* A bomb: a frame of a few bytes that holds 900,000. */
static void a_bomb_writes_nothing_past_the_length_of_the_recipe(void **state)
{
    struct fixture *fixture = *state;
    size_t bomb_size = 900000;
    uint8_t *zeros = bytes_allocate(1, bomb_size);
    struct error err = {0};
    struct bytes_view packed;
    uint8_t codec;

    assert_ok(
        frame_encode(fixture->encoder, bytes_view_of(zeros, bomb_size), &packed, &codec, &err),
        &err);
    assert_true(packed.size < 200);
    memset(fixture->out, 0xaa, sizeof(fixture->out));
    assert_refused(
        frame_decode(fixture->decoder, CODEC_ZSTD, packed, fixture->out, PLAIN_BYTES, &err), &err,
        ERROR_BAD_FRAME);
    for (size_t i = 0; i < sizeof(fixture->out); i++)
        assert_int_equal(fixture->out[i], 0xaa);
    assert_refused(
        frame_decode(fixture->decoder, CODEC_ZSTD, packed, NULL, LIMIT_FRAME_BYTES + 1, &err), &err,
        ERROR_LIMIT);
    free(zeros);
    shows_case("D6");
}

/* A frame without its content size, which our encoder never makes. */
static size_t compress_without_size(struct fixture *fixture, uint8_t *out, size_t out_size)
{
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    size_t size;

    assert_non_null(zstd);
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_contentSizeFlag, 0)));
    size = ZSTD_compress2(zstd, out, out_size, fixture->plain, PLAIN_BYTES);
    assert_false(ZSTD_isError(size));
    ZSTD_freeCCtx(zstd);
    return size;
}

static void a_frame_that_hides_its_size_is_refused(void **state)
{
    struct fixture *fixture = *state;
    uint8_t out[PLAIN_BYTES * 2];
    size_t size = compress_without_size(fixture, out, sizeof(out));
    struct error err = {0};

    assert_refused(frame_decode(fixture->decoder, CODEC_ZSTD, bytes_view_of(out, size),
                                fixture->out, PLAIN_BYTES, &err),
                   &err, ERROR_BAD_FRAME);
    shows_case("D6");
}

static void a_window_above_the_limit_is_refused(void **state)
{
    struct fixture *fixture = *state;
    /* RFC 8878: magic; descriptor: content size in 2 bytes (value - 256), window given; window
     * 2^(10 + exponent); one raw last block. */
    uint8_t frame[9 + 3 + 300] = {0x28, 0xb5, 0x2f, 0xfd, 0x40, 0, 44, 0};
    size_t block = 8;
    struct error err = {0};

    frame[block] = (uint8_t)(300 << 3 | 1);
    frame[block + 1] = (uint8_t)(300 >> 5);
    frame[5] = (uint8_t)((LIMIT_ZSTD_WINDOW_LOG - 10) << 3);
    assert_ok(frame_decode(fixture->decoder, CODEC_ZSTD, bytes_view_of(frame, block + 3 + 300),
                           fixture->out, 300, &err),
              &err);
    frame[5] = (uint8_t)((LIMIT_ZSTD_WINDOW_LOG - 10) << 3 | 1);
    assert_refused(frame_decode(fixture->decoder, CODEC_ZSTD, bytes_view_of(frame, block + 3 + 300),
                                fixture->out, 300, &err),
                   &err, ERROR_LIMIT);
    frame[5] = 0xff;
    assert_refused(frame_decode(fixture->decoder, CODEC_ZSTD, bytes_view_of(frame, block + 3 + 300),
                                fixture->out, 300, &err),
                   &err, ERROR_LIMIT);
    shows_case("D6");
}

/* A stored chunk's digest is its frame's, which was matched: it is not made again. */
static void content_is_held_against_its_digest(void **state)
{
    struct fixture *fixture = *state;
    uint8_t content[DIGEST_BYTES], frame[DIGEST_BYTES] = {1};
    struct recipe_chunk chunk = {
        .frame = frame, .content = content, .length = PLAIN_BYTES, .codec = CODEC_ZSTD};
    struct error err = {0};

    digest_of(fixture->plain, PLAIN_BYTES, content);
    assert_ok(frame_check_content(&chunk, fixture->plain, &err), &err);
    assert_refused(frame_check_content(&chunk, fixture->noise, &err), &err, ERROR_BAD_FRAME);
    chunk.codec = CODEC_STORED;
    assert_refused(frame_check_content(&chunk, fixture->noise, &err), &err, ERROR_BAD_FRAME);
    chunk.frame = content;
    assert_ok(frame_check_content(&chunk, fixture->noise, &err), &err);
}

static void flipped_bytes_never_give_other_lengths(void **state)
{
    struct fixture *fixture = *state;
    struct bytes_view packed = encode(fixture, fixture->plain, CODEC_ZSTD);
    uint8_t *copy = bytes_allocate(1, packed.size);
    struct error err = {0};

    memcpy(copy, packed.data, packed.size);
    memset(fixture->out, 0xaa, sizeof(fixture->out));
    for (size_t i = 0; i < packed.size * 8; i++) {
        int result;

        copy[i / 8] ^= (uint8_t)(1U << (i % 8));
        result = frame_decode(fixture->decoder, CODEC_ZSTD, bytes_view_of(copy, packed.size),
                              fixture->out, PLAIN_BYTES, &err);
        assert_true(result == 0 || result == -ERROR_BAD_FRAME || result == -ERROR_LIMIT);
        for (size_t j = PLAIN_BYTES; j < sizeof(fixture->out); j++)
            assert_int_equal(fixture->out[j], 0xaa);
        copy[i / 8] ^= (uint8_t)(1U << (i % 8));
    }
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_compresses_is_zstd_and_comes_back),
        cmocka_unit_test(what_does_not_compress_is_stored),
        cmocka_unit_test(what_looks_like_noise_is_not_tried),
        cmocka_unit_test(the_same_bytes_give_the_same_frame),
        cmocka_unit_test(without_a_base_codecs_2_and_3_are_refused_by_name),
        cmocka_unit_test(a_prefix_costs_only_what_is_new),
        cmocka_unit_test(the_largest_prefix_is_within_reach),
        cmocka_unit_test(records_come_back_on_their_base),
        cmocka_unit_test(every_prefix_of_a_frame_is_refused),
        cmocka_unit_test(a_frame_with_more_behind_it_is_refused),
        cmocka_unit_test(a_bomb_writes_nothing_past_the_length_of_the_recipe),
        cmocka_unit_test(a_frame_that_hides_its_size_is_refused),
        cmocka_unit_test(a_window_above_the_limit_is_refused),
        cmocka_unit_test(content_is_held_against_its_digest),
        cmocka_unit_test(flipped_bytes_never_give_other_lengths),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
