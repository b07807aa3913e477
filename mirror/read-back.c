/* SPDX-License-Identifier: ISC */
#include "mirror/read-back.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/path.h"

#define BLOCK_BYTES (1 * MIB)
#define ALIGNMENT   4096 /* satisfies every sector size in use */

/* Memory aligned for O_DIRECT, within a larger piece that is freed. */
static uint8_t *aligned_block(void **memory)
{
    uintptr_t start;

    *memory = bytes_allocate(1, BLOCK_BYTES + ALIGNMENT);
    start = ((uintptr_t)*memory + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return (uint8_t *)start;
}

/* O_DIRECT wants whole blocks: the read at the end of the file is asked for in full and is short. */
static int digest_blocks(int fd, uint64_t size, struct digest *digest, struct progress *progress,
                         struct error *err)
{
    void *memory;
    uint8_t *block = aligned_block(&memory);
    uint64_t done = 0;
    int result = 0;

    while (result == 0 && done < size) {
        ssize_t got = pread(fd, block, BLOCK_BYTES, (off_t)done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            result = error_set_errno(err, ERROR_IO, errno, "reading back");
        } else if (got == 0 || (uint64_t)got > size - done) {
            result =
                error_set(err, ERROR_MEDIUM_DAMAGED, "reading back: another size than written");
        } else {
            digest_add(digest, block, (size_t)got);
            done += (uint64_t)got;
            progress_add(progress, (uint64_t)got);
        }
    }
    free(memory);
    return result;
}

static int open_uncached(int dirfd, const char *name, uint64_t size, int *fd, bool *direct,
                         struct error *err)
{
    struct error refused = {.code = ERROR_OK};
    int result = path_open(dirfd, name, O_RDONLY | O_DIRECT, 0, fd, &refused);

    *direct = result == 0;
    if (result == 0)
        return 0;
    result = path_open(dirfd, name, O_RDONLY, 0, fd, err);
    if (result == 0)
        (void)posix_fadvise(*fd, 0, (off_t)size, POSIX_FADV_DONTNEED);
    return result;
}

int read_back_digest(int dirfd, const char *name, uint64_t size,
                     uint8_t digest[static DIGEST_BYTES], bool *direct, struct progress *progress,
                     struct error *err)
{
    struct digest *running;
    int fd;
    int result = open_uncached(dirfd, name, size, &fd, direct, err);

    if (result < 0)
        return result;
    running = digest_new();
    result = digest_blocks(fd, size, running, progress, err);
    digest_finish(running, result == 0 ? digest : NULL);
    (void)close(fd);
    return result < 0 ? error_context(err, "%s", name) : 0;
}
