/* SPDX-License-Identifier: ISC
 *
 * Recipes: the signed list of frames that rebuilds a package's files. Binary, little-endian, fixed
 * width. Authentic because the package names its digest: callers check the digest before
 * recipe_parse(). (sallyport-set.5, Recipe). Writing is recipe-write.c, in libmediawrite only.
 */
#ifndef MEDIA_RECIPE_H
#define MEDIA_RECIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/digest.h"

enum recipe_codec { CODEC_STORED = 0, CODEC_ZSTD = 1, CODEC_ZSTD_PREFIX = 2, CODEC_RECORDS = 3 };

struct recipe_file {
    const char *name; /* borrowed from the recipe */
    uint64_t size;
    uint32_t record_size;              /* 0, or bytes of one record for codec 3 */
    uint8_t digest[DIGEST_BYTES];      /* whole file */
    uint64_t first_chunk, chunk_count; /* rows of the chunk table that make this file; a run of
                                          small files shares one chunk: see first_offset */
    uint64_t first_offset;             /* where the file begins in its first chunk */
};

struct recipe_chunk {
    uint8_t frame[DIGEST_BYTES];   /* bytes as stored */
    uint8_t content[DIGEST_BYTES]; /* plain bytes */
    uint32_t packed, length;
    uint8_t codec;
    uint32_t base_file;
    uint64_t base_offset, base_length;
};

struct recipe {
    bool has_base;
    uint64_t bytes;  /* sum of file sizes */
    uint64_t packed; /* sum of packed lengths over distinct frames */
    uint32_t file_count;
    struct recipe_file *files; /* sorted by name */
    uint32_t chunk_count;
    struct recipe_chunk *chunks; /* in file order */
};

/* Parses and checks everything that can be checked without the frames: sizes add up, names are
 * valid, sorted and distinct after case folding, chunks cover the files exactly, codecs are known.
 * Codec 2 and 3: ERROR_UNKNOWN_CODEC for now. The recipe borrows from `data`. recipe_clear()
 * always. */
int recipe_parse(struct bytes_view data, struct recipe *recipe, struct error *err) ERROR_MUST_CHECK;
void recipe_clear(struct recipe *recipe);
int recipe_write(const struct recipe *recipe, struct bytes *out,
                 struct error *err) ERROR_MUST_CHECK;

#endif
