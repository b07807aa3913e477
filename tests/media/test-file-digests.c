/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/file-digests.h"

#define FILES (4 * FILE_DIGESTS_WAITING)

static int make_file(size_t size, uint8_t seed)
{
    uint8_t *bytes = bytes_allocate(1, size + 1);
    int fd = memfd_create("content", MFD_CLOEXEC);

    assert_true(fd >= 0);
    memset(bytes, seed, size);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    free(bytes);
    return fd;
}

static void check_file(size_t size, uint8_t seed, const uint8_t *found)
{
    uint8_t *bytes = bytes_allocate(1, size + 1), expected[DIGEST_BYTES];

    memset(bytes, seed, size);
    digest_of(bytes, size, expected);
    assert_memory_equal(found, expected, DIGEST_BYTES);
    free(bytes);
}

/* More files than may wait, each closed by its owner as soon as it was put. */
static void each_file_gets_its_own(void **state)
{
    static uint8_t found[FILES][DIGEST_BYTES];
    struct file_digests *digests;
    struct error err = {0};

    assert_ok(file_digests_open(&digests, &err), &err);
    for (size_t i = 0; i < FILES; i++) {
        int fd = make_file(i * 7919, (uint8_t)i);

        assert_ok(file_digests_put(digests, fd, i * 7919, "file", found[i], &err), &err);
        close(fd);
    }
    assert_ok(file_digests_finish(digests, &err), &err);
    for (size_t i = 0; i < FILES; i++)
        check_file(i * 7919, (uint8_t)i, found[i]);
    file_digests_close(digests);
}

static void a_file_that_is_too_short_is_named(void **state)
{
    uint8_t good[DIGEST_BYTES], bad[DIGEST_BYTES];
    int fd = make_file(100, 7);
    struct file_digests *digests;
    struct error err = {0};

    assert_ok(file_digests_open(&digests, &err), &err);
    assert_ok(file_digests_put(digests, fd, 101, "a/short", bad, &err), &err);
    assert_ok(file_digests_put(digests, fd, 100, "a/good", good, &err), &err);
    assert_refused(file_digests_finish(digests, &err), &err, ERROR_MEDIUM_DAMAGED);
    assert_non_null(strstr(err.words, "a/short"));
    check_file(100, 7, good);
    file_digests_close(digests);
    close(fd);
}

static void what_nobody_waits_for_is_closed(void **state)
{
    static uint8_t found[FILE_DIGESTS_WAITING][DIGEST_BYTES];
    int fd = make_file(MIB, 1), next;
    struct file_digests *digests;
    struct error err = {0};

    assert_ok(file_digests_open(&digests, &err), &err);
    for (size_t i = 0; i < FILE_DIGESTS_WAITING; i++)
        assert_ok(file_digests_put(digests, fd, MIB, "file", found[i], &err), &err);
    file_digests_close(digests);
    file_digests_close(NULL);
    next = dup(fd);
    assert_int_equal(next, fd + 1);
    close(next);
    close(fd);
}

static void a_descriptor_that_is_none_is_refused(void **state)
{
    uint8_t found[DIGEST_BYTES];
    struct file_digests *digests;
    struct error err = {0};

    assert_ok(file_digests_open(&digests, &err), &err);
    assert_refused(file_digests_put(digests, -1, 1, "file", found, &err), &err, ERROR_IO);
    assert_ok(file_digests_finish(digests, &err), &err);
    file_digests_close(digests);
}

struct writer {
    int fd;
    atomic_bool ending;
};

/* Goes on writing the same byte. */
static void *write_on(void *context)
{
    struct writer *writer = context;
    const uint8_t byte = 1;

    while (!atomic_load(&writer->ending))
        assert_int_equal(pwrite(writer->fd, &byte, 1, 0), 1);
    return NULL;
}

static void a_file_that_changes_is_named(void **state)
{
    uint8_t found[DIGEST_BYTES];
    size_t size = 64 * MIB;
    struct writer writer = {.fd = make_file(size, 1)};
    struct file_digests *digests;
    struct error err = {0};
    pthread_t thread;

    assert_ok(file_digests_open(&digests, &err), &err);
    assert_int_equal(pthread_create(&thread, NULL, write_on, &writer), 0);
    assert_ok(file_digests_put(digests, writer.fd, size, "a/changing", found, &err), &err);
    assert_refused(file_digests_finish(digests, &err), &err, ERROR_IO);
    assert_non_null(strstr(err.words, "a/changing"));
    atomic_store(&writer.ending, true);
    pthread_join(thread, NULL);
    file_digests_close(digests);
    close(writer.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_file_gets_its_own),
        cmocka_unit_test(a_file_that_is_too_short_is_named),
        cmocka_unit_test(what_nobody_waits_for_is_closed),
        cmocka_unit_test(a_descriptor_that_is_none_is_refused),
        cmocka_unit_test(a_file_that_changes_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
