/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/pack.h"
#include "tests/run.h"
#include "tests/scratch.h"

#define FRAMES 5

static const size_t sizes[FRAMES] = {1, 512, 513, 70000, 20};

/* A pack in memory, as a reader of it. */
struct image {
    uint8_t *data;
    uint64_t size;
};

static int read_image(void *context, uint64_t offset, void *out, size_t size, struct error *err)
{
    const struct image *image = context;

    if (offset > image->size || size > image->size - offset)
        return error_set(err, ERROR_MEDIUM_DAMAGED, "past the end");
    memcpy(out, image->data + offset, size);
    return 0;
}

static void make_frame(size_t i, uint8_t *data, uint8_t digest[static DIGEST_BYTES])
{
    memset(data, (int)(i + 1), sizes[i]);
    digest_of(data, sizes[i], digest);
}

/* Writes the frames, from last to first when backwards, to an unlinked file. */
static int write_pack(int backwards, uint8_t id[static DIGEST_BYTES], uint64_t *size)
{
    static uint8_t data[70000];
    struct error err = {0};
    struct pack_writer *writer;
    uint8_t digest[DIGEST_BYTES];
    uint64_t foretold;
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_ok(pack_write_open(fd, 0, &writer, &err), &err);
    for (size_t n = 0; n < FRAMES; n++) {
        size_t i = backwards ? FRAMES - 1 - n : n;

        make_frame(i, data, digest);
        assert_ok(pack_write_frame(writer, digest, data, sizes[i], &err), &err);
    }
    foretold = pack_write_size(writer);
    assert_ok(pack_write_close(writer, id, size, &err), &err);
    assert_true(*size == foretold);
    return fd;
}

static void load(int fd, uint64_t size, struct image *image)
{
    struct error err = {0};
    struct stat status;

    assert_int_equal(fstat(fd, &status), 0);
    assert_true((uint64_t)status.st_size == size);
    image->data = bytes_allocate(1, size);
    image->size = size;
    assert_ok(path_pread(fd, image->data, size, 0, &err), &err);
    close(fd);
}

static void make_image(struct image *image)
{
    uint8_t id[DIGEST_BYTES];
    uint64_t size;
    int fd = write_pack(0, id, &size);

    load(fd, size, image);
}

static void every_frame_is_found_where_the_index_says(void **state)
{
    static uint8_t data[70000];
    struct error err = {0};
    struct pack_entry *entries;
    struct image image;
    uint8_t digest[DIGEST_BYTES];
    size_t count;

    make_image(&image);
    assert_ok(pack_index(read_image, &image, image.size, &entries, &count, &err), &err);
    assert_int_equal(count, FRAMES);
    for (size_t i = 0; i < FRAMES; i++) {
        const struct pack_entry *entry;

        make_frame(i, data, digest);
        entry = pack_find(entries, count, digest);
        assert_non_null(entry);
        assert_int_equal(entry->length, sizes[i]);
        assert_memory_equal(image.data + entry->offset, data, sizes[i]);
    }
    digest[0] ^= 1;
    assert_null(pack_find(entries, count, digest));
    assert_null(pack_find(NULL, 0, digest));
    free(entries);
    free(image.data);
}

static void the_same_frames_give_the_same_bytes_and_any_order_the_same_name(void **state)
{
    uint8_t first[DIGEST_BYTES], second[DIGEST_BYTES], backwards[DIGEST_BYTES];
    struct image a, b;
    uint64_t size;
    int fd = write_pack(0, first, &size);

    load(fd, size, &a);
    fd = write_pack(0, second, &size);
    load(fd, size, &b);
    assert_true(a.size == b.size);
    assert_memory_equal(a.data, b.data, a.size);
    assert_memory_equal(first, second, DIGEST_BYTES);
    close(write_pack(1, backwards, &size));
    assert_memory_equal(first, backwards, DIGEST_BYTES);
    free(a.data);
    free(b.data);
}

/* Unpacks with tar and asks sha384sum about every name, the index included. */
static void tar_and_sha384sum_agree_with_every_name(void **state)
{
    struct scratch *scratch = *state;
    static struct run list, run;
    struct image image;
    size_t count = 0;

    make_image(&image);
    scratch_put(scratch->fd, "pack.tar", image.data, image.size);
    RUN(&list, scratch->fd, "tar", "tf", "pack.tar");
    assert_int_equal(list.status, 0);
    RUN(&run, scratch->fd, "tar", "xf", "pack.tar");
    assert_int_equal(run.status, 0);
    for (char *name = list.output; *name != '\0'; name += DIGEST_TEXT_BYTES) {
        assert_int_equal(name[DIGEST_TEXT_BYTES - 1], '\n');
        name[DIGEST_TEXT_BYTES - 1] = '\0';
        RUN(&run, scratch->fd, "sha384sum", name);
        assert_int_equal(run.status, 0);
        run.output[DIGEST_TEXT_BYTES - 1] = '\0';
        assert_string_equal(run.output, name);
        count++;
    }
    assert_int_equal(count, FRAMES + 1);
    free(image.data);
}

static int walk(struct image *image, struct error *err)
{
    return pack_walk(read_image, image, image->size, NULL, NULL, err);
}

static void every_prefix_is_refused(void **state)
{
    struct error err = {0};
    struct image image;
    uint64_t whole;

    make_image(&image);
    whole = image.size;
    for (image.size = 0; image.size < whole; image.size++)
        assert_true(walk(&image, &err) < 0);
    assert_ok(walk(&image, &err), &err);
    free(image.data);
}

/* Flips each byte of index and footer: each is covered by a rule or by the footer's digest. */
static void every_flipped_byte_of_the_index_is_refused(void **state)
{
    struct error err = {0};
    struct image image;
    uint64_t index;

    make_image(&image);
    index = image.size - PACK_TAIL_BYTES - PACK_BLOCK_BYTES;
    for (uint64_t i = index; i < image.size - 1024; i++) {
        image.data[i] ^= 0x41;
        assert_true(walk(&image, &err) < 0);
        image.data[i] ^= 0x41;
    }
    assert_ok(walk(&image, &err), &err);
    free(image.data);
}

/* Puts a value into a row and makes the footer's digest right again: only the rules are left. */
static void forge(struct image *image, size_t row, size_t at, uint64_t value, size_t size)
{
    uint8_t *rows = image->data + image->size - PACK_TAIL_BYTES - PACK_BLOCK_BYTES;

    for (size_t i = 0; i < size; i++)
        rows[row * PACK_ROW_BYTES + at + i] = (uint8_t)(value >> (8 * i));
    digest_of(rows, PACK_BLOCK_BYTES, rows + PACK_BLOCK_BYTES + 32);
}

static void overlapping_and_out_of_range_rows_are_refused(void **state)
{
    static const struct {
        size_t row, at;
        uint64_t value;
        size_t size;
    } forgeries[] = {
        {0, 48, 0, 8},                     /* where its tar header must be */
        {0, 48, 513, 8},                   /* not on a block */
        {1, 48, 512, 8},                   /* where the first one is */
        {1, 48, 1024, 8},                  /* where its own header must be */
        {4, 48, UINT64_MAX - 511, 8},      /* overflow */
        {4, 48, UINT64_C(1) << 40, 8},     /* past the end */
        {4, 56, 100000, 4},                /* into the index */
        {3, 56, 80000, 4},                 /* into the next frame */
        {2, 56, 0, 4},                     /* empty */
        {2, 56, LIMIT_FRAME_BYTES + 1, 4}, /* too long */
    };
    struct error err = {0};
    struct image image;

    for (size_t i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
        make_image(&image);
        forge(&image, forgeries[i].row, forgeries[i].at, forgeries[i].value, forgeries[i].size);
        if (walk(&image, &err) != -ERROR_BAD_PACK)
            fail_msg("forgery %zu: %s", i, err.words);
        free(image.data);
    }
}

static void a_frame_with_two_rows_is_refused(void **state)
{
    struct error err = {0};
    struct pack_entry *entries;
    struct image image;
    uint8_t *rows;
    size_t count;

    make_image(&image);
    rows = image.data + image.size - PACK_TAIL_BYTES - PACK_BLOCK_BYTES;
    memcpy(rows, rows + PACK_ROW_BYTES, DIGEST_BYTES);
    forge(&image, 0, 48, 512, 8);
    assert_refused(pack_index(read_image, &image, image.size, &entries, &count, &err), &err,
                   ERROR_BAD_PACK);
    assert_null(entries);
    free(image.data);
}

static void a_count_beyond_the_limit_is_refused_before_memory_is_asked_for(void **state)
{
    struct error err = {0};
    struct image image;

    make_image(&image);
    image.data[image.size - PACK_TAIL_BYTES + 24 + 7] = 0x7f;
    assert_refused(walk(&image, &err), &err, ERROR_LIMIT);
    free(image.data);
    shows_case("D6");
}

static void sizes_that_no_pack_can_have_are_refused_unread(void **state)
{
    struct error err = {0};
    struct image image = {.data = NULL};

    image.size = LIMIT_PACK_BYTES + 1;
    assert_refused(walk(&image, &err), &err, ERROR_LIMIT);
    image.size = PACK_TAIL_BYTES;
    assert_refused(walk(&image, &err), &err, ERROR_BAD_PACK);
    image.size = 10 * PACK_BLOCK_BYTES + 1;
    assert_refused(walk(&image, &err), &err, ERROR_BAD_PACK);
}

static void two_thousand_frames_are_all_found(void **state)
{
    struct error err = {0};
    struct pack_writer *writer;
    struct pack_entry *entries;
    struct image image;
    uint8_t digest[DIGEST_BYTES], id[DIGEST_BYTES];
    uint64_t size;
    size_t count;
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_ok(pack_write_open(fd, 0, &writer, &err), &err);
    for (uint32_t i = 0; i < 2000; i++) { /* more rows than are read at once */
        digest_of(&i, sizeof(i), digest);
        assert_ok(pack_write_frame(writer, digest, &i, sizeof(i), &err), &err);
    }
    assert_ok(pack_write_close(writer, id, &size, &err), &err);
    load(fd, size, &image);
    assert_ok(pack_index(read_image, &image, image.size, &entries, &count, &err), &err);
    assert_int_equal(count, 2000);
    for (uint32_t i = 0; i < 2000; i++) {
        digest_of(&i, sizeof(i), digest);
        assert_memory_equal(image.data + pack_find(entries, count, digest)->offset, &i, sizeof(i));
    }
    free(entries);
    free(image.data);
}

static void frames_that_no_pack_can_hold_are_refused(void **state)
{
    struct error err = {0};
    struct pack_writer *writer;
    uint8_t digest[DIGEST_BYTES] = {1}, id[DIGEST_BYTES];
    uint64_t size;
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_ok(pack_write_open(fd, 0, &writer, &err), &err);
    assert_refused(pack_write_frame(writer, digest, "", 0, &err), &err, ERROR_LIMIT);
    assert_refused(pack_write_frame(writer, digest, "", LIMIT_FRAME_BYTES + 1, &err), &err,
                   ERROR_LIMIT);
    assert_ok(pack_write_frame(writer, digest, "x", 1, &err), &err);
    assert_ok(pack_write_frame(writer, digest, "x", 1, &err), &err);
    assert_refused(pack_write_close(writer, id, &size, &err), &err, ERROR_INTERNAL); /* twice */
    close(fd);
}

static void a_full_pack_says_so_and_stays_whole(void **state)
{
    struct error err = {0};
    struct pack_writer *writer;
    struct image image;
    uint8_t data[600] = {0}, digest[DIGEST_BYTES], id[DIGEST_BYTES];
    uint64_t size;
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    int result;

    assert_true(fd >= 0);
    assert_ok(pack_write_open(fd, 10000, &writer, &err), &err);
    do {
        data[0]++;
        digest_of(data, sizeof(data), digest);
        result = pack_write_frame(writer, digest, data, sizeof(data), &err);
    } while (result == 0);
    assert_int_equal(result, -ERROR_LIMIT);
    assert_ok(pack_write_close(writer, id, &size, &err), &err);
    assert_in_range(size, 8000, 10000);
    load(fd, size, &image);
    assert_ok(walk(&image, &err), &err);
    free(image.data);
}

static void a_pack_given_up_leaves_nothing_behind(void **state)
{
    struct error err = {0};
    struct pack_writer *writer;
    uint8_t digest[DIGEST_BYTES] = {0};
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_ok(pack_write_open(fd, 0, &writer, &err), &err);
    assert_refused(pack_write_frame(writer, digest, "x", 1, &err), &err, ERROR_NO_SPACE);
    pack_write_abort(writer);
    pack_write_abort(NULL);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_is_found_where_the_index_says),
        cmocka_unit_test(the_same_frames_give_the_same_bytes_and_any_order_the_same_name),
        cmocka_unit_test_setup_teardown(tar_and_sha384sum_agree_with_every_name, scratch_open,
                                        scratch_close),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(every_flipped_byte_of_the_index_is_refused),
        cmocka_unit_test(overlapping_and_out_of_range_rows_are_refused),
        cmocka_unit_test(a_frame_with_two_rows_is_refused),
        cmocka_unit_test(a_count_beyond_the_limit_is_refused_before_memory_is_asked_for),
        cmocka_unit_test(sizes_that_no_pack_can_have_are_refused_unread),
        cmocka_unit_test(two_thousand_frames_are_all_found),
        cmocka_unit_test(frames_that_no_pack_can_hold_are_refused),
        cmocka_unit_test(a_full_pack_says_so_and_stays_whole),
        cmocka_unit_test(a_pack_given_up_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
