/* SPDX-License-Identifier: ISC
 *
 * SHA-384 of many messages at once: independent ones lie side by side in the lanes of wide
 * registers, so that one thread digests several for the time of one. Which way is taken is chosen
 * at run time by what processor and system offer; digests are the same on each. One message by
 * itself is no faster: digest.h.
 *
 * A message is whole in memory, of any length and alignment, and borrowed until it is delivered.
 * Lanes are refilled one by one: short messages flow past a long one. No system calls, no threads;
 * one set of lanes belongs to one thread.
 */
#ifndef MEDIA_DIGEST_LANES_H
#define MEDIA_DIGEST_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/digest.h"

enum digest_path {
    DIGEST_PATH_AUTO, /* the fastest that can be used here */
    DIGEST_PATH_SCALAR,
    DIGEST_PATH_AVX2,
    DIGEST_PATH_AVX512,
    DIGEST_PATH_COUNT
};

/* Whether this build and this processor have it. AUTO and SCALAR always. */
bool digest_path_usable(enum digest_path path);
/* "scalar"; AUTO gives the name of what is taken. */
const char *digest_path_name(enum digest_path path);
/* How many messages lie side by side; what is put at once should be at least so many. */
size_t digest_path_width(enum digest_path path);

struct digest_lanes;

/* Is given each digest once, in no order, by digest_lanes_put() and _finish(). The message is not
 * needed any more then. It must not call functions of the same lanes. */
typedef void (*digest_lanes_deliver)(void *context, void *tag,
                                     const uint8_t digest[static DIGEST_BYTES]);

/* A few KiB, whatever is put. A path that can't be used is as SCALAR. */
struct digest_lanes *digest_lanes_new(enum digest_path path, digest_lanes_deliver deliver,
                                      void *context);
/* Begins a message; when that fills the lanes, works until one of them is free again. data may be
 * NULL where size is 0. */
void digest_lanes_put(struct digest_lanes *lanes, const void *data, size_t size, void *tag);
/* Delivers all that were put; the lanes may then be used again. */
void digest_lanes_finish(struct digest_lanes *lanes);
/* What was not delivered never will be. NULL is fine. */
void digest_lanes_free(struct digest_lanes *lanes);

/* out[i] is the digest of messages[i]. Allocates nothing. */
void digest_many(const struct bytes_view *messages, size_t count, uint8_t (*out)[DIGEST_BYTES]);

#endif
