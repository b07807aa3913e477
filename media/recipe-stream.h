/* SPDX-License-Identifier: ISC
 *
 * Places in a recipe's stream (media/recipe.h: all files, one after the other), and what two recipes
 * have in common. All recipes are parsed and borrowed.
 */
#ifndef MEDIA_RECIPE_STREAM_H
#define MEDIA_RECIPE_STREAM_H

#include "media/recipe.h"

#define RECIPE_NO_ROW UINT32_MAX

struct recipe_stream {
    const struct recipe *recipe;
    uint64_t
        *files; /* where each begins, and the end of the last: one more than it has files; owned */
};

void recipe_stream_open(struct recipe_stream *stream, const struct recipe *recipe);
/* Also of one that is all zeros. */
void recipe_stream_clear(struct recipe_stream *stream);

/* Where a chunk begins; behind the last one: the end. */
uint64_t recipe_stream_chunk(const struct recipe_stream *stream, uint32_t chunk);
/* The last file that begins at or before this place: never an empty one, but at the very end. */
uint32_t recipe_stream_file(const struct recipe_stream *stream, uint64_t place);

/* Rows of the chunk table sorted by content, then by row: chunk_count numbers, the caller's (free). */
uint32_t *recipe_contents_sorted(const struct recipe *recipe);
/* The first row with this content; RECIPE_NO_ROW. sorted: as above. */
uint32_t recipe_find_content(const struct recipe *recipe, const uint32_t *sorted,
                             const uint8_t content[static DIGEST_BYTES]);

/* For each file of a recipe the file of the base that has its name, size and digest, or RECIPE_NO_ROW:
 * file_count numbers, the caller's (free). */
uint32_t *recipe_find_same(const struct recipe *base, const struct recipe *recipe);

#endif
