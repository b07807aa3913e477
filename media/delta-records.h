/* SPDX-License-Identifier: ISC
 *
 * Walks a list of sorted records beside the list that it grew from (libmediawrite): some records of
 * the new one, and those of the base that lie between the first and the last of them.
 */
#ifndef MEDIA_DELTA_RECORDS_H
#define MEDIA_DELTA_RECORDS_H

#include <stdint.h>

#include "media/base/bytes.h"

/* Reads size bytes of a package's stream (media/recipe.h) from offset on, all or ERROR_*. */
typedef int (*delta_read)(void *context, uint64_t offset, void *out, size_t size,
                          struct error *err);

/* A list as a part of a stream. */
struct delta_list {
    delta_read read;
    void *context;
    uint64_t at, end; /* what is still to be walked: whole records */
};

struct delta_records {
    struct delta_list fresh, base; /* filled in by the caller, as is the next */
    uint32_t record_size;
    uint8_t *records; /* LIMIT_FRAME_BYTES, the caller's */
    uint8_t *window;  /* LIMIT_BASE_BYTES, the caller's */

    /* What a step gives. */
    struct bytes_view plain;  /* of records */
    struct bytes_view before; /* of window; may be empty */
    uint64_t before_at;       /* in the base's stream */
};

/* 1: the next piece; 0: the list has ended. */
int delta_records_step(struct delta_records *walk, struct error *err) ERROR_MUST_CHECK;

#endif
