/* SPDX-License-Identifier: ISC
 *
 * Parts of files and the digests that they must have: read and judged on all of the workers, on each
 * as many at once as its lanes take. Every byte is read and digested once.
 */
#ifndef AGENT_VERIFY_PARTS_H
#define AGENT_VERIFY_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/verify-workers.h"
#include "media/digest.h"

struct verify_part {
    int fd;                /* borrowed; -1: its bytes are there already */
    uint64_t offset;       /* in the file */
    uint32_t length;       /* 0..LIMIT_FRAME_BYTES */
    uint8_t *bytes;        /* where they are, or are wanted; NULL: nowhere in particular */
    const uint8_t *digest; /* DIGEST_BYTES, borrowed: what it must be */
    uint32_t file, number; /* for whoever gives the part */
};

/* Both are called by one thread at a time. next: the part to judge, or false when there are no more.
 * bad: a part that can't be read, or (ERROR_BAD_DIGEST, no words) is not what it must be. */
typedef bool (*verify_parts_next)(void *context, struct verify_part *part);
typedef void (*verify_parts_bad)(void *context, const struct verify_part *part,
                                 const struct error *problem);

struct verify_parts;

/* Memory for each worker: as many times LIMIT_FRAME_BYTES as it has lanes, used as far as parts are
 * long. */
struct verify_parts *verify_parts_new(struct verify_workers *workers);
/* Judges all that `next` gives; returns when all are judged. */
void verify_parts_judge(struct verify_parts *parts, verify_parts_next next, verify_parts_bad bad,
                        void *context);
/* NULL is fine. */
void verify_parts_free(struct verify_parts *parts);

#endif
