/* SPDX-License-Identifier: ISC
 *
 * From two versions of a content to the recipe that makes the new one of the old one
 * (libmediawrite). Each chunk of the new one is a copy where the old one has its bytes, a frame
 * packed against what is like it there where that is clearly smaller, else the frame of the full
 * recipe. Lists of sorted records are merged. The same input gives the same bytes.
 */
#ifndef MEDIA_DELTA_BUILD_H
#define MEDIA_DELTA_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "media/delta-records.h"
#include "media/digest.h"
#include "media/package-build.h"
#include "media/recipe.h"

#define DELTA_BUILD_LEVEL 3 /* zstd; measured: 9 takes twice as long for 0.4 % less */

/* One version: its full recipe, parsed, and its plain bytes. Borrowed. */
struct delta_side {
    const struct recipe *recipe;
    delta_read read;
    void *context;
};

struct delta_build_options {
    int level;                 /* zstd level, 0: DELTA_BUILD_LEVEL */
    uint64_t limit;            /* packed bytes that are worth it; more ends the build */
    package_build_store store; /* gets the frames that the full recipe does not have */
    void (*progress)(void *context, uint64_t bytes); /* of the new stream, done; may be NULL */
    void *context;                                   /* of both */
};

struct delta_built {
    bool worth; /* false: the rest is of no meaning */
    struct bytes recipe;
    uint8_t recipe_digest[DIGEST_BYTES];
    uint64_t packed; /* bytes of distinct frames beside those of copies */
};

/* ERROR_IO when the new stream's bytes are not those of its recipe. built is initialised here;
 * delta_built_clear() always. */
int delta_build(const struct delta_side *base, const struct delta_side *fresh,
                const struct delta_build_options *options, struct delta_built *built,
                struct error *err) ERROR_MUST_CHECK;
/* From a content to itself: copies alone, but for chunks with more small files than a range may
 * touch, which stay as they are in the full recipe. */
int delta_build_same(const struct recipe *full, struct delta_built *built,
                     struct error *err) ERROR_MUST_CHECK;
void delta_built_clear(struct delta_built *built);

#endif
