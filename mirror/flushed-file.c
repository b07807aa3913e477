/* SPDX-License-Identifier: ISC */
#include "mirror/flushed-file.h"

#include <errno.h>
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

int flushed_file_write(void *context, const void *data, size_t size, struct error *err)
{
    struct flushed_file *file = context;
    int result = file->interrupt != NULL ? interrupt_check(file->interrupt, err) : 0;

    if (result < 0)
        return result;
    errno = 0;
    result = path_write(file->fd, data, size, err);
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
