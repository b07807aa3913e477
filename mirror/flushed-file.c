/* SPDX-License-Identifier: ISC */
#include "mirror/flushed-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/path.h"

#define STEP_BYTES (8 * MIB)

int flushed_file_begin(struct flushed_file *file, int fd, bool pipe, struct progress *progress,
                       const struct interrupt *interrupt, struct error *err)
{
    *file =
        (struct flushed_file){.fd = fd, .pipe = pipe, .progress = progress, .interrupt = interrupt};
    return pipe ? 0 : digest_thread_start(&file->digest, err);
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

static int write_out(struct flushed_file *file, const uint8_t *data, size_t size, struct error *err)
{
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
    file->size += size;
    if (!file->pipe) /* the medium begins while the next is gathered; flush() tells what comes of it */
        (void)sync_file_range(file->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    return file->size - file->flushed >= STEP_BYTES ? flush(file, err) : 0;
}

/* The buffer is digested while it is written. */
static int write_buffer(struct flushed_file *file, struct error *err)
{
    const uint8_t *buffer = file->buffer;
    size_t size = file->filled;

    if (buffer == NULL)
        return 0;
    file->buffer = NULL;
    file->filled = 0;
    digest_thread_put(file->digest, size);
    return write_out(file, buffer, size, err);
}

int flushed_file_write(void *context, const void *data, size_t size, struct error *err)
{
    struct flushed_file *file = context;
    const uint8_t *from = data;
    int result = 0;

    if (file->pipe)
        return write_out(file, data, size, err);
    while (size > 0 && result == 0) {
        size_t room = DIGEST_THREAD_BYTES - file->filled;
        size_t length = size < room ? size : room;

        if (file->buffer == NULL)
            file->buffer = digest_thread_buffer(file->digest);
        memcpy(file->buffer + file->filled, from, length);
        file->filled += length;
        from += length;
        size -= length;
        if (file->filled == DIGEST_THREAD_BYTES)
            result = write_buffer(file, err);
    }
    return result;
}

int flushed_file_finish(struct flushed_file *file, uint8_t digest[static DIGEST_BYTES],
                        struct error *err)
{
    int result = write_buffer(file, err);

    if (result == 0)
        result = flush(file, err);
    digest_thread_finish(file->digest, result == 0 ? digest : NULL);
    file->digest = NULL;
    return result;
}

void flushed_file_abort(struct flushed_file *file)
{
    digest_thread_finish(file->digest, NULL);
    file->digest = NULL;
}
