/* SPDX-License-Identifier: ISC */
#include "mirror/flushed-file.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/path.h"

#define STEP_BYTES (8 * MIB)

void flushed_file_begin(struct flushed_file *file, int fd, bool pipe, struct progress *progress,
                        const struct interrupt *interrupt)
{
    *file = (struct flushed_file){.fd = fd,
                                  .pipe = pipe,
                                  .digest = digest_new(),
                                  .progress = progress,
                                  .interrupt = interrupt};
}

/* A failed flush is final: what it would say the second time is worth nothing. */
static int flush(struct flushed_file *file, struct error *err)
{
    if (!file->pipe && fdatasync(file->fd) < 0)
        return error_set_errno(err, ERROR_IO, errno, "flushing");
    progress_add(file->progress, file->size - file->flushed);
    file->flushed = file->size;
    return 0;
}

/* A pipe that nobody empties would hold the work for ever, signals and all: it is waited for together
 * with them, and takes what is sure to fit. */
static int write_pipe(const struct flushed_file *file, const uint8_t *data, size_t size,
                      struct error *err)
{
    int result = 0;

    while (size > 0 && result == 0) {
        size_t length = size < PIPE_BUF ? size : PIPE_BUF;

        result = interrupt_wait(file->interrupt, file->fd, err);
        if (result == 0)
            result = path_write(file->fd, data, length, err);
        data += length;
        size -= length;
    }
    return result;
}

int flushed_file_write(void *context, const void *data, size_t size, struct error *err)
{
    struct flushed_file *file = context;
    int result = file->interrupt != NULL ? interrupt_check(file->interrupt, err) : 0;

    if (result < 0)
        return result;
    errno = 0;
    result = file->pipe && file->interrupt != NULL ? write_pipe(file, data, size, err)
                                                   : path_write(file->fd, data, size, err);
    if (result < 0 && errno == EPIPE)
        return error_set(err, ERROR_PEER_GONE, "the reader of the stream ended before its end");
    if (result < 0)
        return result;
    digest_add(file->digest, data, size);
    file->size += size;
    return file->size - file->flushed >= STEP_BYTES ? flush(file, err) : 0;
}

int flushed_file_finish(struct flushed_file *file, uint8_t *digest, struct error *err)
{
    int result = flush(file, err);

    digest_finish(file->digest, digest);
    file->digest = NULL;
    return result;
}

void flushed_file_abort(struct flushed_file *file)
{
    if (file->digest != NULL)
        digest_finish(file->digest, NULL);
    file->digest = NULL;
}
