/* SPDX-License-Identifier: ISC
 *
 * Reading what was written from the medium itself, not from memory: O_DIRECT where the filesystem
 * has it, else with the page cache dropped for the file.
 */
#ifndef MIRROR_READ_BACK_H
#define MIRROR_READ_BACK_H

#include <stdbool.h>
#include <stdint.h>

#include "media/digest.h"
#include "mirror/progress.h"

/* A file beneath dirfd that was written and flushed, of `size` bytes: ERROR_MEDIUM_DAMAGED when it
 * has another size. *direct tells whether the page cache is passed by. The caller closes *fd. */
int read_back_open(int dirfd, const char *name, uint64_t size, int *fd, bool *direct,
                   struct error *err) ERROR_MUST_CHECK;

/* Memory for reads of up to `size` bytes from it; *memory is what is freed. */
uint8_t *read_back_block(size_t size, void **memory);
/* Bytes of the file from any place of it, in the block: *bytes. */
int read_back_range(int fd, uint64_t offset, size_t size, uint8_t *block, const uint8_t **bytes,
                    struct error *err) ERROR_MUST_CHECK;

/* Digest of a whole file beneath dirfd, which must have been flushed. *direct tells whether the page
 * cache was passed by. */
int read_back_digest(int dirfd, const char *name, uint64_t size,
                     uint8_t digest[static DIGEST_BYTES], bool *direct, struct progress *progress,
                     struct error *err) ERROR_MUST_CHECK;

#endif
