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

/* Digest of a whole file beneath dirfd, which must have been flushed. *direct tells whether the page
 * cache was passed by. */
int read_back_digest(int dirfd, const char *name, uint64_t size,
                     uint8_t digest[static DIGEST_BYTES], bool *direct, struct progress *progress,
                     struct error *err) ERROR_MUST_CHECK;

#endif
