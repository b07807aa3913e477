/* SPDX-License-Identifier: ISC
 *
 * Recipes: the signed list of frames that rebuilds a package's files. Authentic because the package
 * names its digest: callers check the digest before recipe_parse(). (sallyport-set.5, Recipe).
 * Writing is recipe-write.c, in libmediawrite only.
 *
 * The bytes of a recipe, integers little-endian, nothing aligned, nothing after the last row:
 *
 *   header, 40 bytes
 *      0  magic "SPRC"
 *      4  version u16          1
 *      6  flags u16            bit 0: builds on a base package; all other bits 0
 *      8  file count u32       1..LIMIT_PACKAGE_FILES
 *     12  chunk count u32      0..LIMIT_CHUNKS
 *     16  names size u64       bytes of the names block
 *     24  bytes u64            sum of the file sizes
 *     32  packed u64           sum of the packed lengths, each distinct frame counted once
 *   file table, 64 bytes a row, in the order of the names (compared as bytes)
 *      0  size u64
 *      8  record size u32      0, or the bytes of one record (codec 3); it then divides size
 *     12  name size u32        without the NUL
 *     16  digest [48]          SHA-384 of the whole file
 *   names block: each file's name in the same order, each followed by one NUL
 *   chunk table, 121 bytes a row, in file order
 *      0  frame digest [48]    SHA-384 of the bytes as stored
 *     48  content digest [48]  SHA-384 of the plain bytes
 *     96  packed length u32    1..LIMIT_FRAME_BYTES
 *    100  length u32           1..LIMIT_FRAME_BYTES
 *    104  codec u8             enum recipe_codec
 *    105  base file u32        with base offset u64 (109) and base length u32 (117): a range of the
 *                              base package; all 0 where there is none
 *
 * The stream: all files, one after the other in name order, without anything between them. The
 * chunks cut this stream without gap or overlap, so no row says which file it belongs to. A file of
 * RECIPE_RUN_BYTES or more starts and ends at a chunk's edge. The smaller files between two such
 * files form a run; the edges of a run are edges of chunks, inside it a chunk may hold many files
 * and a file may lie in two chunks. An empty file has no bytes in the stream.
 *
 * Rows that name one frame agree in packed length and codec, and, but for codecs 2 and 3, whose frames
 * mean something on their range only, in content and length. Codec 0: packed length = length and frame digest =
 * content digest.
 *
 * A recipe that builds on a base package (flags bit 0) may name ranges of it: they begin in a file
 * of the base's own file table, at an offset, and run on over the ends of files as its stream does.
 *   codec 0, 1  of the chunk's length: a copy. The same bytes lie there; the frame is for an
 *               endpoint on which they don't, `packed` of the header does not count it (unless a
 *               row that is no copy has it too), and an
 *               export to somebody who has the base leaves it out
 *   codec 2     1..LIMIT_BASE_BYTES: the zstd frame's prefix (RFC 8878 calls it a dictionary)
 *   codec 3     0..LIMIT_BASE_BYTES: whole records of one file; length and base length are multiples of the
 *               file's record size, and the chunk lies in no run (media/record-codec.h)
 */
#ifndef MEDIA_RECIPE_H
#define MEDIA_RECIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/digest.h"

#define RECIPE_HEADER_BYTES 40
#define RECIPE_FILE_BYTES   64
#define RECIPE_CHUNK_BYTES  121
#define RECIPE_RUN_BYTES    (32 * KIB) /* smaller files share chunks */

enum recipe_codec { CODEC_STORED = 0, CODEC_ZSTD = 1, CODEC_ZSTD_PREFIX = 2, CODEC_RECORDS = 3 };

/* Digests and names are borrowed from the recipe's bytes, so that a recipe of 200,000 chunks is
 * held once. */
struct recipe_file {
    const char *name;
    const uint8_t *digest; /* DIGEST_BYTES, whole file */
    uint64_t size;
    uint32_t record_size;              /* 0, or bytes of one record for codec 3 */
    uint32_t first_chunk, chunk_count; /* set by recipe_parse: the rows that hold bytes of this file
                                          (count 0: an empty file) */
    uint32_t first_offset;             /* set by recipe_parse: where it begins in its first chunk */
};

struct recipe_chunk {
    const uint8_t *frame;   /* DIGEST_BYTES, bytes as stored */
    const uint8_t *content; /* DIGEST_BYTES, plain bytes */
    uint32_t packed, length;
    uint8_t codec;
    uint32_t base_file;
    uint64_t base_offset;
    uint32_t base_length;
    uint32_t file;        /* set by recipe_parse: the file of this chunk's first byte */
    uint64_t file_offset; /* set by recipe_parse: and where in that file it lies */
};

struct recipe {
    bool has_base;
    uint64_t bytes;  /* sum of file sizes */
    uint64_t packed; /* sum of packed lengths over distinct frames, those of copies left out */
    uint32_t file_count;
    struct recipe_file *files; /* sorted by name */
    uint32_t chunk_count;
    struct recipe_chunk *chunks; /* in file order */
};

/* The part of one file that lies in one chunk. */
struct recipe_piece {
    uint32_t file;
    uint32_t size;         /* bytes, at least 1 */
    uint32_t chunk_offset; /* where in the chunk */
    uint64_t file_offset;  /* where in the file */
};

/* Parses and checks everything that can be checked without the frames: sizes add up, names are
 * valid, sorted and distinct after case folding (whole names and each folder's name; no file is
 * also a folder), chunks cover the files exactly, codecs are known. ERROR_BAD_RECIPE,
 * ERROR_LIMIT, ERROR_UNKNOWN_CODEC. Whether the base has the ranges is for whoever has the base. The
 * recipe borrows from `data`. recipe_clear() always, after a failure too. */
int recipe_parse(struct bytes_view data, struct recipe *recipe, struct error *err) ERROR_MUST_CHECK;
void recipe_clear(struct recipe *recipe);

/* Whether a chunk's plain bytes are told to lie in the base package as they are. */
bool recipe_is_copy(const struct recipe_chunk *chunk);
/* Whether its frame builds on the range (codecs 2 and 3). */
bool recipe_builds(const struct recipe_chunk *chunk);

/* The pieces of chunk i in order: the first one; then the one after *piece, false after the last.
 * A parsed recipe only. */
void recipe_first_piece(const struct recipe *recipe, uint32_t chunk, struct recipe_piece *piece);
bool recipe_next_piece(const struct recipe *recipe, uint32_t chunk, struct recipe_piece *piece);

/* Rows of the chunk table sorted by frame digest, then by row: for finding a frame and for counting
 * each once. chunk_count numbers, the caller's (free). */
uint32_t *recipe_frames_sorted(const struct recipe *recipe);

/* Packed bytes of the distinct frames that a row needs which is no copy; sorted: as above. */
uint64_t recipe_sum_packed(const struct recipe *recipe, const uint32_t *sorted);

/* Encodes files and chunks (name, digest, size, record_size; the columns of the chunk table).
 * `bytes` and `packed` are computed, the fields "set by recipe_parse" ignored. What recipe_parse
 * would refuse is refused. out gets the recipe appended. libmediawrite. */
int recipe_write(const struct recipe *recipe, struct bytes *out,
                 struct error *err) ERROR_MUST_CHECK;

#endif
