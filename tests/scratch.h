/* SPDX-License-Identifier: ISC
 *
 * A folder of its own for one test, made beneath TMPDIR and removed with what is in it.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include "tests/test.h"

#include <fcntl.h>
#include <unistd.h>

#include "media/base/path.h"

struct scratch {
    char path[256];
    int fd;
};

/* For cmocka: setup and teardown. *state is the struct scratch. */
static inline int scratch_open(void **state)
{
    const char *top = getenv("TMPDIR");
    struct scratch *scratch = bytes_allocate(1, sizeof(*scratch));

    snprintf(scratch->path, sizeof(scratch->path), "%s/sallyport-test-XXXXXX",
             top != NULL ? top : "/tmp");
    if (mkdtemp(scratch->path) == NULL)
        return -1;
    scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = scratch;
    return scratch->fd < 0 ? -1 : 0;
}

static inline int scratch_close(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    char **names = NULL;
    size_t count = 0;
    int result = path_list(scratch->fd, SIZE_MAX, &names, &count, &err);

    for (size_t i = 0; i < count && result == 0; i++)
        result = path_remove(scratch->fd, names[i], &err);
    path_free_names(names, count);
    close(scratch->fd);
    rmdir(scratch->path);
    free(scratch);
    return result;
}

/* A file with these bytes. */
static inline void scratch_write(const struct scratch *scratch, const char *name, const char *text)
{
    int fd = openat(scratch->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* A file beneath folder_fd with these bytes, replacing what is there; the folders above it are
 * made.
 */
static inline void scratch_put(int folder_fd, const char *name, const void *data, size_t size)
{
    const char *slash = strrchr(name, '/');
    struct error err = {0};
    char above[256];
    int fd;

    if (slash != NULL) {
        snprintf(above, sizeof(above), "%.*s", (int)(slash - name), name);
        assert_ok(path_make_folders(folder_fd, above, 0700, &err), &err);
    }
    assert_ok(path_open(folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600, &fd, &err), &err);
    assert_ok(path_write(fd, data, size, &err), &err);
    close(fd);
}

/* A folder beneath folder_fd, made and opened; the caller's to close. */
static inline int scratch_folder(int folder_fd, const char *name)
{
    struct error err = {0};
    int fd;

    assert_ok(path_make_folders(folder_fd, name, 0700, &err), &err);
    assert_ok(path_open_folder(folder_fd, name, &fd, &err), &err);
    return fd;
}

/* Reproducible noise, different for each seed. */
static inline void scratch_noise(uint8_t *data, size_t size, uint64_t seed)
{
    for (size_t i = 0; i < size; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        data[i] = (uint8_t)(seed >> 56);
    }
}

#endif
