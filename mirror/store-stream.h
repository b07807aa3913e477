/* SPDX-License-Identifier: ISC
 *
 * The plain bytes of a package that is in the store, read anywhere: by its full recipe, from frames
 * that have their digest, with the chunks that were needed last kept in memory.
 */
#ifndef MIRROR_STORE_STREAM_H
#define MIRROR_STORE_STREAM_H

#include "media/recipe.h"
#include "mirror/repository.h"

struct store_stream;

/* The recipe is full, and borrowed. */
struct store_stream *store_stream_new(struct repository *repository, const struct recipe *recipe);
void store_stream_free(struct store_stream *stream);

/* A delta_read (media/delta-records.h): context is the stream. ERROR_NOT_FOUND, ERROR_BAD_DIGEST and
 * ERROR_BAD_FRAME when the store can't give these bytes. */
int store_stream_read(void *context, uint64_t offset, void *out, size_t size,
                      struct error *err) ERROR_MUST_CHECK;

/* Whether a read failed: what is wrong lies in the store. */
bool store_stream_failed(const struct store_stream *stream);

#endif
