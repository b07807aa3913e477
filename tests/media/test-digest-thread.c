/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/digest-thread.h"

#define STREAM_BYTES (3 * DIGEST_THREAD_BUFFERS * DIGEST_THREAD_BYTES + 77)

struct stream {
    uint8_t *bytes;
    uint8_t digest[DIGEST_BYTES];
};

static int make_stream(void **state)
{
    struct stream *stream = bytes_allocate(1, sizeof(*stream));

    stream->bytes = bytes_allocate(1, STREAM_BYTES);
    for (size_t i = 0; i < STREAM_BYTES; i++)
        stream->bytes[i] = (uint8_t)(i * 31 + i / 251);
    digest_of(stream->bytes, STREAM_BYTES, stream->digest);
    *state = stream;
    return 0;
}

static int free_stream(void **state)
{
    struct stream *stream = *state;

    free(stream->bytes);
    free(stream);
    return 0;
}

static struct digest_thread *start(void)
{
    struct error err = {.code = ERROR_OK};
    struct digest_thread *thread;

    assert_ok(digest_thread_start(&thread, &err), &err);
    return thread;
}

static void added_pieces_of_any_size_give_the_digest_of_the_whole(void **state)
{
    const struct stream *stream = *state;
    struct digest_thread *thread = start();
    uint8_t digest[DIGEST_BYTES];

    for (size_t done = 0, size = 0; done < STREAM_BYTES; done += size) {
        size = 1 + (done * 7 + 513) % (2 * DIGEST_THREAD_BYTES);
        size = size < STREAM_BYTES - done ? size : STREAM_BYTES - done;
        digest_thread_add(thread, stream->bytes + done, size);
    }
    digest_thread_finish(thread, digest);
    assert_memory_equal(digest, stream->digest, DIGEST_BYTES);
}

/* More buffers than there are, not all of them full, and each still readable once it was put. */
static void buffers_come_back_only_after_they_were_digested(void **state)
{
    const struct stream *stream = *state;
    struct digest_thread *thread = start();
    uint8_t digest[DIGEST_BYTES];

    for (size_t done = 0, size = 0; done < STREAM_BYTES; done += size) {
        uint8_t *buffer = digest_thread_buffer(thread);

        assert_ptr_equal(buffer, digest_thread_buffer(thread));
        size = DIGEST_THREAD_BYTES - done % 1000;
        size = size < STREAM_BYTES - done ? size : STREAM_BYTES - done;
        memcpy(buffer, stream->bytes + done, size);
        digest_thread_put(thread, size);
        assert_memory_equal(buffer, stream->bytes + done, size);
    }
    digest_thread_finish(thread, digest);
    assert_memory_equal(digest, stream->digest, DIGEST_BYTES);
}

static void a_stream_of_no_bytes_has_a_digest(void **state)
{
    uint8_t digest[DIGEST_BYTES], expected[DIGEST_BYTES];

    digest_thread_finish(start(), digest);
    digest_of(NULL, 0, expected);
    assert_memory_equal(digest, expected, DIGEST_BYTES);
}

static void giving_up_leaves_nothing(void **state)
{
    const struct stream *stream = *state;
    struct digest_thread *thread = start();

    digest_thread_add(thread, stream->bytes, 5 * DIGEST_THREAD_BYTES + 1);
    digest_thread_finish(thread, NULL);
    digest_thread_finish(start(), NULL);
    digest_thread_finish(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(added_pieces_of_any_size_give_the_digest_of_the_whole),
        cmocka_unit_test(buffers_come_back_only_after_they_were_digested),
        cmocka_unit_test(a_stream_of_no_bytes_has_a_digest),
        cmocka_unit_test(giving_up_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, make_stream, free_stream);
}
