/* SPDX-License-Identifier: ISC
 *
 * Writing a long file in steps that are flushed one by one, so that progress tells what is on the
 * medium and not what waits in memory; and its digest on the way.
 */
#ifndef MIRROR_FLUSHED_FILE_H
#define MIRROR_FLUSHED_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "media/digest.h"
#include "mirror/interrupt.h"
#include "mirror/progress.h"

struct flushed_file {
    int fd;
    bool pipe; /* nothing can be flushed */
    uint64_t size, flushed;
    struct digest *digest;
    struct progress *progress;         /* borrowed */
    const struct interrupt *interrupt; /* borrowed; NULL: none */
};

/* Begins at the descriptor's position, which stays the caller's. */
void flushed_file_begin(struct flushed_file *file, int fd, bool pipe, struct progress *progress,
                        const struct interrupt *interrupt);
/* Writes all of it: a pack_put with the file as its context. ERROR_INTERRUPTED, ERROR_NO_SPACE,
 * ERROR_PEER_GONE when nobody reads the pipe. */
int flushed_file_write(void *file, const void *data, size_t size,
                       struct error *err) ERROR_MUST_CHECK;
/* Flushes the rest. digest (may be NULL) gets what was written. Ends the file; without it,
 * flushed_file_abort() does. */
int flushed_file_finish(struct flushed_file *file, uint8_t *digest,
                        struct error *err) ERROR_MUST_CHECK;
void flushed_file_abort(struct flushed_file *file);

#endif
