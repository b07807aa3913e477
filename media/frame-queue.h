/* SPDX-License-Identifier: ISC
 *
 * Packing chunks into frames on all processors (libmediawrite): chunks go in one after the other,
 * frames come out in the same order and with the same bytes as if one thread had made them. They travel
 * in batches, whose digests are made side by side (media/digest-lanes.h). Memory is bounded by the
 * number of processors, not by the number of chunks: 8 MiB for each, and for two more.
 */
#ifndef MEDIA_FRAME_QUEUE_H
#define MEDIA_FRAME_QUEUE_H

#include <stdint.h>

#include "media/base/bytes.h"
#include "media/digest.h"

#define FRAME_QUEUE_WORKERS 8 /* at most */

/* A packed chunk: a row of a recipe's chunk table and the frame's bytes (borrowed). */
struct frame_packed {
    uint8_t frame[DIGEST_BYTES];
    uint8_t content[DIGEST_BYTES];
    struct bytes_view packed;
    uint32_t length;
    uint8_t codec;
};

/* Is given each frame in order, in the thread that calls frame_queue_put() and _finish(). Negative
 * ends the work with that error. */
typedef int (*frame_queue_take)(void *context, const struct frame_packed *packed,
                                struct error *err);

struct frame_queue;

/* level: zstd's. ERROR_INTERNAL when no thread can be started. */
int frame_queue_open(int level, frame_queue_take take, void *context, struct frame_queue **queue,
                     struct error *err) ERROR_MUST_CHECK;
/* Copies a chunk of 1..LIMIT_FRAME_BYTES. May give frames of earlier chunks. After a failure only
 * frame_queue_close() is allowed. */
int frame_queue_put(struct frame_queue *queue, struct bytes_view plain,
                    struct error *err) ERROR_MUST_CHECK;
/* Gives all frames that are still on their way. */
int frame_queue_finish(struct frame_queue *queue, struct error *err) ERROR_MUST_CHECK;
/* Ends the threads; what was not given is thrown away. */
void frame_queue_close(struct frame_queue *queue);

#endif
