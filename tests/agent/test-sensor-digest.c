/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include <fcntl.h>
#include <gnutls/crypto.h>
#include <stdbool.h>
#include <unistd.h>

#include "agent/sensor-digest.h"
#include "media/base/limits.h"
#include "tests/scratch.h"

/* A file that nobody has changed for a while. */
#define SETTLED "/bin/sh"

static void assert_digest(struct sensor_digests *digests, int fd, const void *data, size_t size)
{
    uint8_t found[SENSOR_DIGEST_BYTES], expected[SENSOR_DIGEST_BYTES];

    assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, data, size, expected), 0);
    assert_true(sensor_digest_file(digests, fd, found));
    assert_memory_equal(found, expected, sizeof(expected));
}

static int open_file(const struct scratch *scratch, const char *name)
{
    int fd = openat(scratch->fd, name, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static void all_bytes_count_wherever_the_position_is(void **state)
{
    const size_t size = 256 * KIB + 17;
    const struct scratch *scratch = *state;
    struct sensor_digests *digests = sensor_digests_new();
    uint8_t *data = bytes_allocate(1, size);
    int fd;

    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i * 7);
    scratch_put(scratch->fd, "file", data, size);
    fd = open_file(scratch, "file");
    assert_int_equal(lseek(fd, 5, SEEK_SET), 5);
    assert_digest(digests, fd, data, size);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 5);
    close(fd);
    scratch_write(scratch, "none", "");
    fd = open_file(scratch, "none");
    assert_digest(digests, fd, "", 0);
    close(fd);
    free(data);
    sensor_digests_free(digests);
}

/* Times of files are coarser than our writes on most kernels: some of these have the same. With O_PATH
 * nothing can be read: what is answered was remembered. */
static void what_changes_at_once_is_read_anew(void **state)
{
    const struct scratch *scratch = *state;
    struct sensor_digests *digests = sensor_digests_new();
    uint8_t out[SENSOR_DIGEST_BYTES];
    int fd, shut;

    scratch_write(scratch, "file", "0000");
    fd = openat(scratch->fd, "file", O_RDWR | O_CLOEXEC);
    shut = openat(scratch->fd, "file", O_PATH | O_CLOEXEC);
    for (int i = 0; i < 200; i++) {
        char text[16];

        snprintf(text, sizeof(text), "%04d", i);
        assert_int_equal(pwrite(fd, text, 4, 0), 4);
        assert_digest(digests, fd, text, 4);
        assert_false(sensor_digest_file(digests, shut, out));
    }
    close(fd);
    close(shut);
    sensor_digests_free(digests);
}

static void what_stays_is_read_once(void **state)
{
    struct sensor_digests *digests = sensor_digests_new();
    uint8_t first[SENSOR_DIGEST_BYTES], second[SENSOR_DIGEST_BYTES];
    int fd = open(SETTLED, O_RDONLY | O_CLOEXEC), shut = open(SETTLED, O_PATH | O_CLOEXEC);

    (void)state;
    assert_false(sensor_digest_file(digests, shut, second));
    assert_true(sensor_digest_file(digests, fd, first));
    assert_true(sensor_digest_file(digests, shut, second));
    assert_memory_equal(first, second, sizeof(first));
    close(fd);
    close(shut);
    sensor_digests_free(digests);
}

static void only_regular_files_of_a_size_have_one(void **state)
{
    const struct scratch *scratch = *state;
    struct sensor_digests *digests = sensor_digests_new();
    uint8_t out[SENSOR_DIGEST_BYTES];
    int ends[2], fd;

    assert_false(sensor_digest_file(digests, scratch->fd, out));
    assert_false(sensor_digest_file(digests, -1, out));
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_false(sensor_digest_file(digests, ends[0], out));
    close(ends[0]);
    close(ends[1]);
    scratch_write(scratch, "large", "");
    fd = openat(scratch->fd, "large", O_RDWR | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, (off_t)LIMIT_EVENT_HASH_BYTES + 1), 0);
    assert_false(sensor_digest_file(digests, fd, out));
    close(fd);
    sensor_digests_free(digests);
    sensor_digests_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_bytes_count_wherever_the_position_is),
        TEST(what_changes_at_once_is_read_anew),
        TEST(what_stays_is_read_once),
        TEST(only_regular_files_of_a_size_have_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
