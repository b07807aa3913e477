/* SPDX-License-Identifier: ISC
 *
 * Every path gives the digests that GnuTLS gives, each message's once and under its own tag,
 * whatever lies beside it. What this processor lacks is skipped.
 */
#include "tests/test.h"

#include <pthread.h>
#include <sys/mman.h>

#include "media/digest-lanes.h"

#define LENGTHS    4097
#define QUEUED     600
#define LONG_BYTES (1024 * 1024)
#define HUGE_BYTES ((UINT64_C(4) << 30) + 5)

struct message {
    struct bytes_view data;
    uint8_t digest[DIGEST_BYTES];
    unsigned delivered;
};

static uint8_t noise[LONG_BYTES + LENGTHS];

static uint64_t next_number(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int make_noise(void **state)
{
    uint64_t number = 384;

    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (uint8_t)next_number(&number);
    return 0;
}

static void note(void *context, void *tag, const uint8_t digest[static DIGEST_BYTES])
{
    struct message *message = tag;
    size_t *delivered = context;

    memcpy(message->digest, digest, DIGEST_BYTES);
    message->delivered++;
    (*delivered)++;
}

/* Whether all of them came out right, and once. */
static bool digests_agree(const struct message *messages, size_t count)
{
    uint8_t expected[DIGEST_BYTES];

    for (size_t i = 0; i < count; i++) {
        digest_of(messages[i].data.data, messages[i].data.size, expected);
        if (messages[i].delivered != 1 || memcmp(messages[i].digest, expected, DIGEST_BYTES) != 0)
            return false;
    }
    return true;
}

static bool go_through(enum digest_path path, struct message *messages, size_t count)
{
    size_t delivered = 0;
    struct digest_lanes *lanes = digest_lanes_new(path, note, &delivered);

    for (size_t i = 0; i < count; i++)
        digest_lanes_put(lanes, messages[i].data.data, messages[i].data.size, &messages[i]);
    digest_lanes_finish(lanes);
    digest_lanes_free(lanes);
    return delivered == count && digests_agree(messages, count);
}

static enum digest_path path_of(void **state)
{
    enum digest_path path = *(const enum digest_path *)*state;

    if (!digest_path_usable(path))
        skip();
    return path;
}

static void every_length_comes_out(void **state)
{
    enum digest_path path = path_of(state);
    struct message *messages = bytes_allocate(LENGTHS, sizeof(*messages));

    for (size_t i = 0; i < LENGTHS; i++)
        messages[i].data = bytes_view_of(noise + i, i);
    assert_true(go_through(path, messages, LENGTHS));
    free(messages);
}

/* Any number of messages, so that the lanes are left filled in every way. */
static void every_count_comes_out(void **state)
{
    enum digest_path path = path_of(state);

    for (size_t count = 0; count <= 20; count++) {
        struct message messages[20] = {0};

        for (size_t i = 0; i < count; i++)
            messages[i].data = bytes_view_of(noise + i * 7, 100 + (i * 577 + count) % 1500);
        assert_true(go_through(path, messages, count));
    }
}

/* Mostly short, some long, from nothing to a megabyte. */
static void make_queue(struct message *messages, uint64_t seed)
{
    for (size_t i = 0; i < QUEUED; i++) {
        size_t most = (size_t)1 << next_number(&seed) % 14;

        if (i % 97 == 3)
            most = LONG_BYTES;
        messages[i] = (struct message){
            .data = bytes_view_of(noise + next_number(&seed) % LENGTHS, next_number(&seed) % most)};
    }
}

static void mixed_queues_come_out(void **state)
{
    enum digest_path path = path_of(state);
    struct message *messages = bytes_allocate(QUEUED, sizeof(*messages));

    for (uint64_t seed = 1; seed <= 4; seed++) {
        make_queue(messages, seed);
        assert_true(go_through(path, messages, QUEUED));
    }
    free(messages);
}

/* FIPS 180-4's examples, in all lanes at once. */
static void known_values_come_out(void **state)
{
    static const char two_blocks[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                                     "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
    static const char *const expected[] = {
        "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f148"
        "98b95b",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134"
        "c825a7",
        "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91"
        "746039",
    };
    const struct bytes_view inputs[] = {bytes_view_of(NULL, 0), bytes_view_of("abc", 3),
                                        bytes_view_of(two_blocks, strlen(two_blocks))};
    struct message messages[24] = {0};
    char text[DIGEST_TEXT_BYTES];

    for (size_t i = 0; i < 24; i++)
        messages[i].data = inputs[i % 3];
    assert_true(go_through(path_of(state), messages, 24));
    for (size_t i = 0; i < 24; i++)
        assert_string_equal(digest_text(messages[i].digest, text), expected[i % 3]);
}

/* Short ones are delivered while a long one is under way. */
static void a_long_message_holds_up_no_short_ones(void **state)
{
    enum digest_path path = path_of(state);
    struct message messages[50] = {{.data = bytes_view_of(noise, LONG_BYTES)}};
    size_t delivered = 0;
    struct digest_lanes *lanes = digest_lanes_new(path, note, &delivered);

    for (size_t i = 0; i < 50; i++) {
        if (i > 0)
            messages[i].data = bytes_view_of(noise, 100);
        digest_lanes_put(lanes, messages[i].data.data, messages[i].data.size, &messages[i]);
    }
    if (path != DIGEST_PATH_SCALAR)
        assert_int_equal(messages[0].delivered, 0);
    assert_true(delivered >= 50 - digest_path_width(path));
    digest_lanes_finish(lanes);
    assert_true(digests_agree(messages, 50));
    digest_lanes_free(lanes);
}

static void lanes_are_used_again_and_given_up(void **state)
{
    struct message messages[13] = {0};
    size_t delivered = 0;
    struct digest_lanes *lanes = digest_lanes_new(path_of(state), note, &delivered);

    digest_lanes_finish(lanes);
    for (size_t round = 1; round <= 3; round++) {
        for (size_t i = 0; i < 13; i++) {
            messages[i] = (struct message){.data = bytes_view_of(noise + round, i * 300)};
            digest_lanes_put(lanes, messages[i].data.data, messages[i].data.size, &messages[i]);
        }
        digest_lanes_finish(lanes);
        assert_int_equal(delivered, 13 * round);
        assert_true(digests_agree(messages, 13));
    }
    digest_lanes_put(lanes, noise, 1000, &messages[0]);
    digest_lanes_free(lanes);
}

/* A length that takes more than 32 bits, in bits and in bytes. Nothing is behind the pages. */
static void a_huge_message_comes_out(void **state)
{
    enum digest_path path = path_of(state);
    struct message messages[3] = {0};
    void *zeros;

    if (getenv("SALLYPORT_LONG") == NULL)
        skip();
    zeros = mmap(NULL, HUGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(zeros != MAP_FAILED);
    messages[0].data = bytes_view_of(zeros, HUGE_BYTES);
    messages[1].data = bytes_view_of(zeros, HUGE_BYTES / 8 + 1);
    messages[2].data = bytes_view_of(zeros, 1);
    assert_true(go_through(path, messages, 3));
    munmap(zeros, HUGE_BYTES);
}

static void many_at_once_come_out(void **state)
{
    struct bytes_view views[100];
    uint8_t digests[100][DIGEST_BYTES], expected[DIGEST_BYTES];

    for (size_t i = 0; i < 100; i++)
        views[i] = bytes_view_of(noise + i, i * i);
    digest_many(views, 100, digests);
    for (size_t i = 0; i < 100; i++) {
        digest_of(views[i].data, views[i].size, expected);
        assert_memory_equal(digests[i], expected, DIGEST_BYTES);
    }
    digest_many(NULL, 0, NULL);
}

static void the_best_path_is_taken(void **state)
{
    assert_true(digest_path_usable(DIGEST_PATH_AUTO));
    assert_true(digest_path_usable(DIGEST_PATH_SCALAR));
    assert_int_equal(digest_path_width(DIGEST_PATH_SCALAR), 1);
    for (enum digest_path path = DIGEST_PATH_SCALAR; path < DIGEST_PATH_COUNT; path++) {
        if (!digest_path_usable(path))
            continue;
        assert_true(digest_path_width(DIGEST_PATH_AUTO) >= digest_path_width(path));
        print_message("# %s: %zu messages at once\n", digest_path_name(path),
                      digest_path_width(path));
    }
}

static void *digest_in_thread(void *argument)
{
    const enum digest_path *path = argument;
    struct message *messages = bytes_allocate(QUEUED, sizeof(*messages));
    bool good;

    make_queue(messages, 10 + (uint64_t)*path);
    good = go_through(*path, messages, QUEUED);
    free(messages);
    return good ? argument : NULL;
}

/* A set of lanes each, of whichever path. */
static void threads_do_not_meet(void **state)
{
    static const enum digest_path paths[] = {DIGEST_PATH_AUTO, DIGEST_PATH_AVX2, DIGEST_PATH_AVX512,
                                             DIGEST_PATH_AUTO};
    pthread_t threads[4];
    void *result;

    for (size_t i = 0; i < 4; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, digest_in_thread, (void *)(uintptr_t)&paths[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_non_null(result);
    }
}

static enum digest_path scalar = DIGEST_PATH_SCALAR, avx2 = DIGEST_PATH_AVX2,
                        avx512 = DIGEST_PATH_AVX512;

/* clang-format off */
#define ON_EACH_PATH(test)                                                                         \
    {#test "_scalar", test, NULL, NULL, &scalar},                                                  \
    {#test "_avx2", test, NULL, NULL, &avx2},                                                      \
    {#test "_avx512", test, NULL, NULL, &avx512}
/* clang-format on */

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EACH_PATH(known_values_come_out),
        ON_EACH_PATH(every_length_comes_out),
        ON_EACH_PATH(every_count_comes_out),
        ON_EACH_PATH(mixed_queues_come_out),
        ON_EACH_PATH(a_long_message_holds_up_no_short_ones),
        ON_EACH_PATH(lanes_are_used_again_and_given_up),
        ON_EACH_PATH(a_huge_message_comes_out),
        cmocka_unit_test(many_at_once_come_out),
        cmocka_unit_test(the_best_path_is_taken),
        cmocka_unit_test(threads_do_not_meet),
    };

    return cmocka_run_group_tests(tests, make_noise, NULL);
}
