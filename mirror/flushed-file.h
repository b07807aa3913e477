/* SPDX-License-Identifier: ISC
 *
 * Writing a long file in steps that are flushed one by one, so that progress tells what is on the
 * medium and not what waits in memory; and its digest on the way, beside the writing. A pipe gets its
 * bytes as they come, and has no digest.
 */
#ifndef MIRROR_FLUSHED_FILE_H
#define MIRROR_FLUSHED_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "media/digest-thread.h"
#include "mirror/interrupt.h"
#include "mirror/progress.h"

struct flushed_file {
    int fd;
    bool pipe; /* nothing can be flushed */
    uint64_t size, flushed;
    struct digest_thread *digest;
    uint8_t *buffer; /* of the digest's, gathered before it is written; NULL: none yet */
    size_t filled;
    struct progress *progress;         /* borrowed */
    const struct interrupt *interrupt; /* borrowed; NULL: none */
};

/* Begins at the descriptor's position, which stays the caller's. ERROR_INTERNAL when there is no
 * thread for the digest. flushed_file_abort() in every case. */
int flushed_file_begin(struct flushed_file *file, int fd, bool pipe, struct progress *progress,
                       const struct interrupt *interrupt, struct error *err) ERROR_MUST_CHECK;
/* Takes all of it: a pack_put with the file as its context; a part is written when the next comes, or
 * at the end. ERROR_INTERRUPTED, ERROR_NO_SPACE, ERROR_PEER_GONE when nobody reads the pipe. */
int flushed_file_write(void *file, const void *data, size_t size,
                       struct error *err) ERROR_MUST_CHECK;
/* Writes and flushes the rest. digest gets what was written; a pipe's is left alone. */
int flushed_file_finish(struct flushed_file *file, uint8_t digest[static DIGEST_BYTES],
                        struct error *err) ERROR_MUST_CHECK;
/* Ends it, finished or not. */
void flushed_file_abort(struct flushed_file *file);

#endif
