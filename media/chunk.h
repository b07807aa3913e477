/* SPDX-License-Identifier: ISC
 *
 * Content-defined chunks (libmediawrite): where to cut a stream so that an insertion moves only the
 * cuts beside it. FastCDC: a gear hash over the bytes, a stricter mask before the average length
 * than after it, nothing looked at below the minimum. The gear table is made from a fixed seed by
 * splitmix64, so that every build cuts alike.
 */
#ifndef MEDIA_CHUNK_H
#define MEDIA_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#define CHUNK_AVERAGE_LOG     17     /* 128 KiB; minimum a quarter, maximum four times of it */
#define CHUNK_AVERAGE_LOG_MAX 19     /* 512 KiB: above it frames would pass 1 MiB */
#define CHUNK_COUNT_GOAL      200000 /* the average doubles until a recipe has at most so many */

struct chunk_cutter {
    uint64_t gear[256];
    uint64_t mask_before,
        mask_after; /* bits that must be zero for a cut, before and after average */
    size_t minimum, average, maximum; /* bytes */
};

/* average_log from CHUNK_AVERAGE_LOG to CHUNK_AVERAGE_LOG_MAX. The maximum is four times the
 * average, at most LIMIT_FRAME_BYTES. */
void chunk_cutter_init(struct chunk_cutter *cutter, unsigned average_log);

/* Length of the first chunk of data. Unless the stream ends with data, size is at least the
 * maximum. size 0 gives 0. */
size_t chunk_cut(const struct chunk_cutter *cutter, const uint8_t *data, size_t size);

#endif
