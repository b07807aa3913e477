/* SPDX-License-Identifier: ISC */
#include "mirror/read-back.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/path.h"

#define BLOCK_BYTES (1 * MIB)
#define ALIGNMENT   4096 /* satisfies every sector size in use */

/* Memory aligned for O_DIRECT, within a larger piece that is freed: whole sectors around the bytes. */
uint8_t *read_back_block(size_t size, void **memory)
{
    uintptr_t start;

    *memory = bytes_allocate(1, size + 3 * ALIGNMENT);
    start = ((uintptr_t)*memory + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return (uint8_t *)start;
}

/* O_DIRECT wants whole sectors: the read at the end of the file is asked for in full and is short. */
int read_back_range(int fd, uint64_t offset, size_t size, uint8_t *block, const uint8_t **bytes,
                    struct error *err)
{
    size_t before = offset % ALIGNMENT;
    size_t wanted = before + size;
    size_t asked = (wanted + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t done = 0;

    while (done < wanted) {
        ssize_t got = pread(fd, block + done, asked - done, (off_t)(offset - before + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, ERROR_IO, errno, "reading back");
        if (got == 0)
            return error_set(err, ERROR_MEDIUM_DAMAGED, "reading back: another size than written");
        done += (size_t)got;
    }
    *bytes = block + before;
    return 0;
}

static int digest_blocks(int fd, uint64_t size, struct digest *digest, struct progress *progress,
                         struct error *err)
{
    void *memory;
    uint8_t *block = read_back_block(BLOCK_BYTES, &memory);
    int result = 0;

    for (uint64_t done = 0; result == 0 && done < size;) {
        size_t length = size - done < BLOCK_BYTES ? (size_t)(size - done) : BLOCK_BYTES;
        const uint8_t *bytes;

        result = read_back_range(fd, done, length, block, &bytes, err);
        if (result == 0) {
            digest_add(digest, bytes, length);
            progress_add(progress, length);
            done += length;
        }
    }
    free(memory);
    return result;
}

static int check_size(int fd, uint64_t size, struct error *err)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "reading back");
    if ((uint64_t)status.st_size != size)
        return error_set(err, ERROR_MEDIUM_DAMAGED, "reading back: another size than written");
    return 0;
}

int read_back_open(int dirfd, const char *name, uint64_t size, int *fd, bool *direct,
                   struct error *err)
{
    struct error refused = {.code = ERROR_OK};
    int result = path_open(dirfd, name, O_RDONLY | O_DIRECT, 0, fd, &refused);

    *direct = result == 0;
    if (result < 0)
        result = path_open(dirfd, name, O_RDONLY, 0, fd, err);
    if (result < 0)
        return result;
    if (!*direct)
        (void)posix_fadvise(*fd, 0, (off_t)size, POSIX_FADV_DONTNEED);
    result = check_size(*fd, size, err);
    if (result == 0)
        return 0;
    (void)close(*fd);
    return error_context(err, "%s", name);
}

int read_back_digest(int dirfd, const char *name, uint64_t size,
                     uint8_t digest[static DIGEST_BYTES], bool *direct, struct progress *progress,
                     struct error *err)
{
    struct digest *running;
    int fd;
    int result = read_back_open(dirfd, name, size, &fd, direct, err);

    if (result < 0)
        return result;
    running = digest_new();
    result = digest_blocks(fd, size, running, progress, err);
    digest_finish(running, result == 0 ? digest : NULL);
    (void)close(fd);
    return result < 0 ? error_context(err, "%s", name) : 0;
}
