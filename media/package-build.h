/* SPDX-License-Identifier: ISC
 *
 * From a source folder to a package's frames and recipe (libmediawrite): names are checked, files
 * sealed where asked, cut into chunks, packed into frames, listed. The same folder and options give
 * the same bytes every time, so unchanged content reuses its frames.
 */
#ifndef MEDIA_PACKAGE_BUILD_H
#define MEDIA_PACKAGE_BUILD_H

#include <stdint.h>

#include "media/base/bytes.h"
#include "media/digest.h"
#include "media/package-source.h"
#include "media/seal.h"

#define PACKAGE_BUILD_LEVEL 3 /* zstd; measured: see sallyport-architecture.7 */

/* Stores one frame. Called in recipe order, from one thread; a frame that was there before, in this
 * package or another, comes again. Negative ends the build with that error. */
typedef int (*package_build_store)(void *context, const uint8_t digest[static DIGEST_BYTES],
                                   struct bytes_view packed, struct error *err);

struct package_build_options {
    int level;                   /* zstd level, 0: PACKAGE_BUILD_LEVEL */
    const char *type;            /* content type; only sealing uses it */
    const struct seal_key *seal; /* NULL: not sealed */
    const struct package_source
        *held;      /* the files, open, instead of those beneath source_fd; NULL */
    int scratch_fd; /* a folder for nameless temporary files, when sealing; else -1 */
    package_build_store store;
    void *context;
};

/* What the package document says about it (media/package.h). */
struct package_built {
    struct bytes recipe; /* the recipe's bytes */
    uint8_t recipe_digest[DIGEST_BYTES];
    uint64_t files, bytes; /* of the content as installed (sealed: as sealed) */
    uint64_t packed;       /* bytes of the distinct frames */
    uint32_t chunks;       /* rows of the chunk table */
};

/* source_fd is a folder; every name beneath it must be a folder or a regular file and fit the
 * format's rules, or ERROR_BAD_CONTENT names it. A file that changes while it is read is ERROR_IO.
 * built is initialised here; package_built_clear() always. */
int package_build(int source_fd, const struct package_build_options *options,
                  struct package_built *built, struct error *err) ERROR_MUST_CHECK;
void package_built_clear(struct package_built *built);

#endif
