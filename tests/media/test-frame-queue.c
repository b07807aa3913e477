/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/limits.h"
#include "media/frame-codec.h"
#include "media/frame-queue.h"

#define CHUNKS 500 /* more than all batches of all workers hold */

/* Chunk i: of its own size; every third compresses. */
static size_t make_chunk(size_t i, uint8_t *data)
{
    size_t size = 1 + i * 9770 % 200000;
    uint64_t seed = i;

    for (size_t j = 0; j < size; j++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        data[j] = i % 3 == 0 ? (uint8_t)i : (uint8_t)(seed >> 56);
    }
    return size;
}

struct taken {
    size_t count;
    size_t fail_at; /* SIZE_MAX: never */
    uint8_t *chunk;
    struct frame_encoder *encoder;
};

/* The frame must be what one thread makes of the chunk whose turn it is. */
static int compare(void *context, const struct frame_packed *packed, struct error *err)
{
    struct taken *taken = context;
    struct error ignored = {0};
    struct bytes_view expected;
    uint8_t digest[DIGEST_BYTES];
    size_t size = make_chunk(taken->count, taken->chunk);
    uint8_t codec;

    if (taken->count == taken->fail_at)
        return error_set(err, ERROR_NO_SPACE, "full");
    assert_ok(frame_encode(taken->encoder, bytes_view_of(taken->chunk, size), &expected, &codec,
                           &ignored),
              &ignored);
    assert_int_equal(packed->codec, codec);
    assert_int_equal(packed->length, size);
    assert_true(bytes_equal(packed->packed, expected));
    digest_of(taken->chunk, size, digest);
    assert_memory_equal(packed->content, digest, DIGEST_BYTES);
    digest_of(expected.data, expected.size, digest);
    assert_memory_equal(packed->frame, digest, DIGEST_BYTES);
    taken->count++;
    return 0;
}

/* Puts CHUNKS chunks and finishes. */
static int run(struct taken *taken, struct error *err)
{
    uint8_t *chunk = bytes_allocate(1, LIMIT_FRAME_BYTES);
    struct error ignored = {0};
    struct frame_queue *queue;
    int result = 0;

    taken->chunk = bytes_allocate(1, LIMIT_FRAME_BYTES);
    taken->encoder = frame_encoder_new(3);
    assert_ok(frame_queue_open(3, compare, taken, &queue, &ignored), &ignored);
    for (size_t i = 0; i < CHUNKS && result == 0; i++) {
        size_t size = make_chunk(i, chunk);

        result = frame_queue_put(queue, bytes_view_of(chunk, size), err);
    }
    if (result == 0)
        result = frame_queue_finish(queue, err);
    frame_queue_close(queue);
    frame_encoder_free(taken->encoder);
    free(taken->chunk);
    free(chunk);
    return result;
}

static void frames_come_in_the_order_of_their_chunks(void **state)
{
    struct taken taken = {.fail_at = SIZE_MAX};
    struct error err = {0};

    assert_ok(run(&taken, &err), &err);
    assert_int_equal(taken.count, CHUNKS);
}

static void a_taker_that_fails_ends_the_work(void **state)
{
    static const size_t places[] = {0, 1, CHUNKS / 2, CHUNKS - 1};
    struct error err = {0};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct taken taken = {.fail_at = places[i]};

        assert_refused(run(&taken, &err), &err, ERROR_NO_SPACE);
        assert_int_equal(taken.count, places[i]);
    }
}

static void sizes_that_are_no_chunk_are_refused(void **state)
{
    static const uint8_t byte;
    struct taken taken = {.fail_at = SIZE_MAX};
    struct error err = {0};
    struct frame_queue *queue;

    assert_ok(frame_queue_open(3, compare, &taken, &queue, &err), &err);
    assert_refused(frame_queue_put(queue, bytes_view_of(&byte, 0), &err), &err, ERROR_LIMIT);
    assert_refused(frame_queue_put(queue, bytes_view_of(&byte, LIMIT_FRAME_BYTES + 1), &err), &err,
                   ERROR_LIMIT);
    frame_queue_close(queue);
    frame_queue_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_in_the_order_of_their_chunks),
        cmocka_unit_test(a_taker_that_fails_ends_the_work),
        cmocka_unit_test(sizes_that_are_no_chunk_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
