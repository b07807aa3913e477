/* SPDX-License-Identifier: ISC
 *
 * Packs: a deterministic pax tar of frames. Each entry's name is the hex SHA-384 of the entry's
 * bytes, the index entry included, so that `tar xf` and `sha384sum` audit all of it. mtime, uid and
 * gid 0, mode 0444, no other headers. (sallyport-set.5, Pack)
 *
 * The last entry is the index, a multiple of 512 bytes; integers little-endian:
 *   rows, 60 bytes each, in the order of the frames in the pack
 *      0  frame digest [48]
 *     48  offset u64       of the frame's bytes in the pack, a multiple of 512
 *     56  length u32       1..LIMIT_FRAME_BYTES
 *   zeros up to a multiple of 512
 *   footer, the last 512 bytes of the index, and so always at size - 1536
 *      0  magic "SPPACKIX"
 *      8  version u32      1
 *     12  zero u32
 *     16  index offset u64 of the first row in the pack
 *     24  count u64        of rows
 *     32  digest [48]      SHA-384 of rows and zeros
 *     80  zeros
 *
 * Frames are read by plain pread; the index is a hint: a wrong one costs an error, never trust.
 * Writing is pack-write.c (libmediawrite).
 */
#ifndef MEDIA_PACK_H
#define MEDIA_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/digest.h"

#define PACK_BLOCK_BYTES 512
#define PACK_ROW_BYTES   60
#define PACK_TAIL_BYTES  1536       /* footer and the tar's two closing blocks */
#define PACK_PIECE_BYTES (64 * KIB) /* most that pack_walk reads at once */

struct pack_entry {
    uint8_t digest[DIGEST_BYTES];
    uint64_t offset; /* of the frame's bytes in the pack */
    uint32_t length;
};

/* Reads exactly size bytes at offset of the pack. */
typedef int (*pack_read)(void *context, uint64_t offset, void *out, size_t size, struct error *err);
/* Is told each row, in the order of the pack. Negative ends the walk with that error. */
typedef int (*pack_visit)(void *context, const struct pack_entry *entry, struct error *err);

/* Reads footer and index of a pack of `size` bytes in little memory, whatever the index claims.
 * visit may be NULL (check only). Rows are told before the index's digest is known: after a failure
 * what was told about this pack is to be forgotten. Out of order, overlapping or out of range rows
 * are ERROR_BAD_PACK. */
int pack_walk(pack_read read, void *read_context, uint64_t size, pack_visit visit,
              void *visit_context, struct error *err) ERROR_MUST_CHECK;

/* The whole index. *entries is sorted by digest and the caller's (free); a digest that occurs twice
 * is ERROR_BAD_PACK. */
int pack_index(pack_read read, void *context, uint64_t size, struct pack_entry **entries,
               size_t *count, struct error *err) ERROR_MUST_CHECK;
/* Finds a digest in sorted entries; NULL when absent. */
const struct pack_entry *pack_find(const struct pack_entry *entries, size_t count,
                                   const uint8_t digest[static DIGEST_BYTES]);

/* What a frame takes in a pack: its tar header and its bytes, padded. And what stands behind the
 * frames of a pack of `count`. A pack's size is the sum. */
uint64_t pack_frame_bytes(uint64_t size);
uint64_t pack_index_bytes(uint64_t count);
/* The id of the pack that will hold these frames; sorts them. */
void pack_identity(uint8_t (*digests)[DIGEST_BYTES], size_t count, uint8_t id[static DIGEST_BYTES]);

/* Takes the next bytes of a pack, all of them. */
typedef int (*pack_put)(void *context, const void *data, size_t size, struct error *err);

/* Writing, through libarchive, to a descriptor at its current position (which is taken as the
 * pack's start; pipes do), or to a function. Frames are added in the order in which the importer
 * needs them. No pack passes ceiling (0: LIMIT_PACK_BYTES). The descriptor stays the caller's. */
struct pack_writer;
int pack_write_open(int fd, uint64_t ceiling, struct pack_writer **writer,
                    struct error *err) ERROR_MUST_CHECK;
int pack_write_open_to(pack_put put, void *context, uint64_t ceiling, struct pack_writer **writer,
                       struct error *err) ERROR_MUST_CHECK;
/* ERROR_LIMIT when the pack would pass its ceiling: it is then unchanged; close it and begin
 * another. The caller adds each digest once. */
int pack_write_frame(struct pack_writer *writer, const uint8_t digest[static DIGEST_BYTES],
                     const void *data, size_t size, struct error *err) ERROR_MUST_CHECK;
uint64_t pack_write_size(const struct pack_writer *writer); /* bytes so far, index included */
/* Writes index and footer. id = SHA-384 over the sorted frame digests: the pack's name. Frees the
 * writer in every case. */
int pack_write_close(struct pack_writer *writer, uint8_t id[static DIGEST_BYTES], uint64_t *size,
                     struct error *err) ERROR_MUST_CHECK;
void pack_write_abort(struct pack_writer *writer);

#endif
