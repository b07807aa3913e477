/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include "drivers/unseal.h"
#include "media/base/bytes.h"
#include "media/base/path.h"
#include "media/seal.h"
#include "tests/media/seal-by-hand.h"

#define PLAIN_BYTES (200 * KIB) /* noise: four segments */

static const struct seal_key seal_key = {.id = "2026-a", .key = {9, 8, 7}};
static const struct unseal_expected expected = {
    .type = "flags", .name = "dir/file", .key_id = "2026-a", .plain_limit = PLAIN_BYTES};

static int temporary(void)
{
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    return fd;
}

static void make_plain(uint8_t *plain, size_t size)
{
    uint64_t seed = 3;

    for (size_t i = 0; i < size; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        plain[i] = (uint8_t)(seed >> 56);
    }
}

static void seal(const uint8_t *plain, size_t plain_size, const char *name, struct bytes *sealed)
{
    struct error err = {0};
    int in = temporary(), scratch = temporary(), out = temporary();
    uint8_t *place;
    uint64_t size;

    assert_ok(path_write(in, plain, plain_size, &err), &err);
    assert_ok(seal_file(&seal_key, "flags", name, 3, in, scratch, out, &size, &err), &err);
    assert_true((uint64_t)lseek(out, 0, SEEK_END) == size);
    bytes_init(sealed, size);
    assert_ok(bytes_reserve(sealed, size, &place, &err), &err);
    assert_ok(path_pread(out, place, size, 0, &err), &err);
    close(in);
    close(scratch);
    close(out);
}

static int collect(void *context, const void *data, size_t size, struct error *err)
{
    return bytes_put(context, data, size, err);
}

static int open_sealed(const uint8_t *data, size_t size, const uint8_t *key,
                       const struct unseal_expected *wanted, struct bytes *plain, struct error *err)
{
    struct error ignored = {0};
    int fd = temporary();
    int result;

    bytes_init(plain, PLAIN_BYTES);
    assert_ok(path_write(fd, data, size, &ignored), &ignored);
    result = unseal_file(fd, size, key, wanted, collect, plain, err);
    close(fd);
    return result;
}

static void every_size_comes_back(void **state)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, PLAIN_BYTES};
    uint8_t *plain = bytes_allocate(1, PLAIN_BYTES);
    struct error err = {0};
    struct bytes sealed, opened;

    make_plain(plain, PLAIN_BYTES);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        seal(plain, sizes[i], "dir/file", &sealed);
        assert_ok(open_sealed(sealed.data, sealed.size, seal_key.key, &expected, &opened, &err),
                  &err);
        assert_int_equal(opened.size, sizes[i]);
        if (sizes[i] > 0)
            assert_memory_equal(opened.data, plain, sizes[i]);
        bytes_clear(&opened);
        bytes_clear(&sealed);
    }
    free(plain);
}

static void equal_files_are_equal_and_other_names_share_nothing(void **state)
{
    uint8_t *plain = bytes_allocate(1, PLAIN_BYTES);
    struct bytes first, again, renamed;
    size_t same = 0;

    make_plain(plain, PLAIN_BYTES);
    seal(plain, PLAIN_BYTES, "dir/file", &first);
    seal(plain, PLAIN_BYTES, "dir/file", &again);
    seal(plain, PLAIN_BYTES, "dir/fil2", &renamed);
    assert_int_equal(first.size, again.size);
    assert_memory_equal(first.data, again.data, first.size);
    assert_int_equal(first.size, renamed.size);
    for (size_t i = SEAL_HEADER_BYTES + 20; i < first.size; i++)
        same += first.data[i] == renamed.data[i];
    assert_in_range(same, 0, first.size / 128); /* chance: one in 256 */
    bytes_clear(&first);
    bytes_clear(&again);
    bytes_clear(&renamed);
    free(plain);
}

static void another_key_name_type_or_key_id_is_refused(void **state)
{
    static const uint8_t other_key[SEAL_KEY_BYTES] = {9, 8, 6};
    static const struct {
        struct unseal_expected wanted;
        enum error_code code;
    } cases[] = {
        {{"Flags", "dir/file", "2026-a", PLAIN_BYTES}, ERROR_BAD_CONTENT},
        {{"flags", "dir/fil", "2026-a", PLAIN_BYTES}, ERROR_BAD_CONTENT},
        {{"flags", "dir/file", "2026-b", PLAIN_BYTES}, ERROR_WRONG_SECRET},
        {{"flags", "dir/file", "2026-a", 99}, ERROR_LIMIT},
    };
    uint8_t plain[100] = {0};
    struct error err = {0};
    struct bytes sealed, opened;

    seal(plain, sizeof(plain), "dir/file", &sealed);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_refused(
            open_sealed(sealed.data, sealed.size, seal_key.key, &cases[i].wanted, &opened, &err),
            &err, cases[i].code);
        assert_int_equal(opened.size, 0);
    }
    assert_refused(open_sealed(sealed.data, sealed.size, other_key, &expected, &opened, &err), &err,
                   ERROR_WRONG_SECRET);
    bytes_clear(&sealed);
}

static void every_flipped_byte_and_every_prefix_is_refused(void **state)
{
    uint8_t plain[300] = {0};
    struct error err = {0};
    struct bytes sealed, opened;

    make_plain(plain, sizeof(plain));
    seal(plain, sizeof(plain), "dir/file", &sealed);
    for (size_t i = 0; i < sealed.size; i++) {
        sealed.data[i] ^= 0x10;
        assert_true(open_sealed(sealed.data, sealed.size, seal_key.key, &expected, &opened, &err) <
                    0);
        assert_int_equal(opened.size, 0);
        sealed.data[i] ^= 0x10;
        assert_true(open_sealed(sealed.data, i, seal_key.key, &expected, &opened, &err) < 0);
        assert_int_equal(opened.size, 0);
    }
    bytes_clear(&sealed);
}

/* What a medium could do with segments without the key. */
static void segments_moved_dropped_or_doubled_are_refused(void **state)
{
    size_t head = SEAL_HEADER_BYTES + strlen("flagsdir/file2026-a");
    size_t segment = SEAL_SEGMENT_BYTES + SEAL_TAG_BYTES;
    uint8_t *plain = bytes_allocate(1, PLAIN_BYTES);
    uint8_t *copy;
    struct error err = {0};
    struct bytes sealed, opened;

    make_plain(plain, PLAIN_BYTES);
    seal(plain, PLAIN_BYTES, "dir/file", &sealed);
    copy = bytes_allocate(1, sealed.size);
    memcpy(copy, sealed.data, sealed.size); /* the first two change places */
    memcpy(copy + head, sealed.data + head + segment, segment);
    memcpy(copy + head + segment, sealed.data + head, segment);
    assert_refused(open_sealed(copy, sealed.size, seal_key.key, &expected, &opened, &err), &err,
                   ERROR_WRONG_SECRET);
    bytes_clear(&opened);
    memcpy(copy, sealed.data, sealed.size); /* the third is the second again */
    memcpy(copy + head + 2 * segment, sealed.data + head + segment, segment);
    assert_refused(open_sealed(copy, sealed.size, seal_key.key, &expected, &opened, &err), &err,
                   ERROR_BAD_CONTENT);
    bytes_clear(&opened);
    memcpy(copy, sealed.data, sealed.size); /* cut after two, and the header says so */
    for (size_t i = 0; i < 8; i++)
        copy[20 + i] = (uint8_t)((2 * SEAL_SEGMENT_BYTES) >> (8 * i));
    assert_refused(open_sealed(copy, head + 2 * segment, seal_key.key, &expected, &opened, &err),
                   &err, ERROR_WRONG_SECRET);
    bytes_clear(&opened);
    bytes_clear(&sealed);
    free(copy);
    free(plain);
}

/* zstd as seal.c uses it, over everything at once. */
static size_t compress(const uint8_t *plain, size_t plain_size, uint8_t *out, size_t out_size)
{
    size_t size = ZSTD_compress(out, out_size, plain, plain_size, 3);

    assert_false(ZSTD_isError(size));
    return size;
}

static void the_text_alone_is_enough_to_write_what_opens(void **state)
{
    uint8_t *plain = bytes_allocate(1, PLAIN_BYTES);
    uint8_t *compressed = bytes_allocate(2, PLAIN_BYTES);
    struct seal_by_hand what = {
        .key = &seal_key, .type = "flags", .name = "dir/file", .plain_size = PLAIN_BYTES};
    struct error err = {0};
    struct bytes sealed, opened, ours;

    make_plain(plain, PLAIN_BYTES);
    what.compressed =
        bytes_view_of(compressed, compress(plain, PLAIN_BYTES, compressed, 2 * PLAIN_BYTES));
    seal_by_hand(&what, &sealed);
    assert_ok(open_sealed(sealed.data, sealed.size, seal_key.key, &expected, &opened, &err), &err);
    assert_int_equal(opened.size, PLAIN_BYTES);
    assert_memory_equal(opened.data, plain, PLAIN_BYTES);
    seal(plain, PLAIN_BYTES, "dir/file", &ours);
    assert_true(what.compressed.size > 3 * SEAL_SEGMENT_BYTES);
    assert_int_equal(ours.size, sealed.size); /* and this is what we write, byte for byte */
    assert_memory_equal(ours.data, sealed.data, sealed.size);
    bytes_clear(&ours);
    bytes_clear(&opened);
    bytes_clear(&sealed);
    free(plain);
    free(compressed);
}

/* Whoever holds the key can still not make the opener write more than it promised. */
static void sealed_bytes_that_do_not_give_the_promised_size_are_refused(void **state)
{
    uint8_t plain[1000] = {0}, compressed[4000];
    size_t size = compress(plain, sizeof(plain), compressed, sizeof(compressed));
    const struct {
        uint64_t plain_size;
        size_t compressed_size;
        size_t doubled; /* a second frame behind the first */
    } cases[] = {
        {999, size, 0},  {1001, size, 0}, {0, size, 0},        {1000, size - 1, 0},
        {2000, size, 1}, {1000, size, 1}, {1000, size + 1, 0}, {1000, 1, 0},
    };
    struct error err = {0};
    struct bytes sealed, opened;

    memcpy(compressed + size, compressed, size);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct seal_by_hand what = {.key = &seal_key,
                                    .type = "flags",
                                    .name = "dir/file",
                                    .plain_size = cases[i].plain_size};

        what.compressed =
            bytes_view_of(compressed, cases[i].doubled ? 2 * size : cases[i].compressed_size);
        seal_by_hand(&what, &sealed);
        if (open_sealed(sealed.data, sealed.size, seal_key.key, &expected, &opened, &err) !=
            -ERROR_BAD_CONTENT)
            fail_msg("case %zu: %s: %s", i, error_name(err.code), err.words);
        assert_true(opened.size <= cases[i].plain_size);
        bytes_clear(&opened);
        bytes_clear(&sealed);
    }
}

static void a_sealed_window_above_the_limit_is_refused(void **state)
{
    /* RFC 8878: magic, no content size, a window of 2^(10 + 14), an empty last block. */
    static const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0, 14 << 3, 1, 0, 0};
    struct seal_by_hand what = {.key = &seal_key,
                                .type = "flags",
                                .name = "dir/file",
                                .compressed = {frame, sizeof(frame)}};
    struct error err = {0};
    struct bytes sealed, opened;

    seal_by_hand(&what, &sealed);
    assert_refused(open_sealed(sealed.data, sealed.size, seal_key.key, &expected, &opened, &err),
                   &err, ERROR_BAD_CONTENT);
    bytes_clear(&opened);
    bytes_clear(&sealed);
}

static void a_memory_copy_is_read_only_and_whole(void **state)
{
    struct error err = {0};
    struct bytes sealed;
    uint64_t size;
    char text[4];
    int fd = temporary();
    int plain;

    seal((const uint8_t *)"text", 4, "dir/file", &sealed);
    assert_ok(path_write(fd, sealed.data, sealed.size, &err), &err);
    assert_ok(unseal_to_memory(fd, sealed.size, seal_key.key, &expected, &plain, &size, &err),
              &err);
    assert_true(size == 4);
    assert_int_equal(read(plain, text, sizeof(text)), 4);
    assert_memory_equal(text, "text", 4);
    assert_int_equal(write(plain, "x", 1), -1);
    close(plain);
    close(fd);
    bytes_clear(&sealed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_comes_back),
        cmocka_unit_test(equal_files_are_equal_and_other_names_share_nothing),
        cmocka_unit_test(another_key_name_type_or_key_id_is_refused),
        cmocka_unit_test(every_flipped_byte_and_every_prefix_is_refused),
        cmocka_unit_test(segments_moved_dropped_or_doubled_are_refused),
        cmocka_unit_test(the_text_alone_is_enough_to_write_what_opens),
        cmocka_unit_test(sealed_bytes_that_do_not_give_the_promised_size_are_refused),
        cmocka_unit_test(a_sealed_window_above_the_limit_is_refused),
        cmocka_unit_test(a_memory_copy_is_read_only_and_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
