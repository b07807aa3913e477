/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <signal.h>

#include "mirror/flushed-file.h"

#define FILE_BYTES (30 * (size_t)MIB + 4097) /* buffers come round, and some flushes */
#define NAME       "file"

struct writing {
    struct flushed_file file;
    struct progress progress;
    struct interrupt interrupt;
    uint8_t *bytes;
    uint8_t digest[DIGEST_BYTES];
};

static void begin(struct writing *writing, int fd, bool pipe)
{
    struct error err = {.code = ERROR_OK};

    *writing = (struct writing){.interrupt = {.fd = -1}};
    writing->bytes = bytes_allocate(1, FILE_BYTES);
    scratch_noise(writing->bytes, FILE_BYTES, 7);
    assert_ok(
        flushed_file_begin(&writing->file, fd, pipe, &writing->progress, &writing->interrupt, &err),
        &err);
}

/* All of the bytes, in pieces of many sizes, or up to a failure. */
static int write_all(struct writing *writing, struct error *err)
{
    int result = 0;

    *err = (struct error){.code = ERROR_OK};
    for (size_t done = 0, size = 0; done < FILE_BYTES && result == 0; done += size) {
        size = 1 + (done * 13 + 511) % (3 * (size_t)MIB);
        size = size < FILE_BYTES - done ? size : FILE_BYTES - done;
        result = flushed_file_write(&writing->file, writing->bytes + done, size, err);
    }
    if (result == 0)
        result = flushed_file_finish(&writing->file, writing->digest, err);
    return result;
}

static void end(struct writing *writing)
{
    flushed_file_abort(&writing->file);
    free(writing->bytes);
}

static void a_file_has_its_bytes_and_their_digest(void **state)
{
    const struct scratch *scratch = *state;
    int fd = openat(scratch->fd, NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    uint8_t expected[DIGEST_BYTES], read[DIGEST_BYTES];
    struct writing writing;
    struct error err;

    begin(&writing, fd, false);
    assert_ok(write_all(&writing, &err), &err);
    assert_int_equal(writing.file.size, FILE_BYTES);
    assert_int_equal(writing.progress.done, FILE_BYTES);
    digest_of(writing.bytes, FILE_BYTES, expected);
    assert_memory_equal(writing.digest, expected, DIGEST_BYTES);
    assert_int_equal(lseek(fd, 0, SEEK_END), FILE_BYTES);
    assert_ok(digest_of_file(fd, 0, FILE_BYTES, read, &err), &err);
    assert_memory_equal(read, expected, DIGEST_BYTES);
    end(&writing);
    close(fd);
}

static void a_full_disk_is_told(void **state)
{
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct writing writing;
    struct error err;

    begin(&writing, fd, false);
    assert_refused(write_all(&writing, &err), &err, ERROR_NO_SPACE);
    end(&writing);
    close(fd);
}

static void a_signal_ends_the_writing(void **state)
{
    const struct scratch *scratch = *state;
    int fd = openat(scratch->fd, NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    struct error err = {.code = ERROR_OK};
    struct writing writing;

    begin(&writing, fd, false);
    assert_ok(interrupt_begin(&writing.interrupt, &err), &err);
    raise(SIGTERM);
    assert_refused(write_all(&writing, &err), &err, ERROR_INTERRUPTED);
    interrupt_end(&writing.interrupt);
    end(&writing);
    close(fd);
}

static void a_pipe_that_nobody_reads_is_told(void **state)
{
    struct error err = {.code = ERROR_OK};
    struct writing writing;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    begin(&writing, ends[1], true);
    assert_ok(interrupt_begin(&writing.interrupt, &err), &err);
    assert_refused(write_all(&writing, &err), &err, ERROR_PEER_GONE);
    interrupt_end(&writing.interrupt);
    end(&writing);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_has_its_bytes_and_their_digest, scratch_open,
                                        scratch_close),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test_setup_teardown(a_signal_ends_the_writing, scratch_open, scratch_close),
        cmocka_unit_test(a_pipe_that_nobody_reads_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
