/* SPDX-License-Identifier: ISC
 *
 * The plain bytes of a content that lies in a folder, in the order of its recipe, read anywhere.
 * Nothing vouches for them: whoever reads compares with the recipe's digests.
 */
#ifndef MIRROR_FOLDER_STREAM_H
#define MIRROR_FOLDER_STREAM_H

#include "media/package-source.h"
#include "media/recipe.h"

struct folder_stream;

/* All are borrowed. held: the recipe's files, open; NULL: they lie beneath folder_fd. */
struct folder_stream *folder_stream_new(int folder_fd, const struct package_source *held,
                                        const struct recipe *recipe);
void folder_stream_free(struct folder_stream *stream);

/* A delta_read (media/delta-records.h): context is the stream. */
int folder_stream_read(void *context, uint64_t offset, void *out, size_t size,
                       struct error *err) ERROR_MUST_CHECK;

#endif
