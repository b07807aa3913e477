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

#endif
