/* SPDX-License-Identifier: ISC
 *
 * Packs: a deterministic pax tar of frames; entry name = hex SHA-384 of the entry's bytes; the last
 * entry is the index (digest -> offset, length) whose last block is the footer, always at size -
 * 1536. Reading: plain pread through a callback; the index is a hint, never trust. Writing is
 * pack-write.c (libmediawrite). (sallyport-set.5, Pack)
 */
#ifndef MEDIA_PACK_H
#define MEDIA_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/digest.h"

struct pack_entry {
    uint8_t digest[DIGEST_BYTES];
    uint64_t offset; /* of the frame's bytes in the pack */
    uint32_t length;
};

/* Reads exactly size bytes at offset of the pack. */
typedef int (*pack_read)(void *context, uint64_t offset, void *out, size_t size, struct error *err);

/* Reads footer and index of a pack of `size` bytes. *entries is sorted by digest and the caller's
 * (free). */
int pack_index(pack_read read, void *context, uint64_t size, struct pack_entry **entries,
               size_t *count, struct error *err) ERROR_MUST_CHECK;
/* Finds a digest in sorted entries; NULL when absent. */
const struct pack_entry *pack_find(const struct pack_entry *entries, size_t count,
                                   const uint8_t digest[static DIGEST_BYTES]);

/* Writing, through libarchive, to a descriptor. Frames are added in the order in which the importer
 * needs them. */
struct pack_writer;
int pack_write_open(int fd, struct pack_writer **writer, struct error *err) ERROR_MUST_CHECK;
/* ERROR_LIMIT when the pack would pass `ceiling` given at open time or LIMIT_PACK_BYTES: begin
 * another. */
int pack_write_frame(struct pack_writer *writer, const uint8_t digest[static DIGEST_BYTES],
                     const void *data, size_t size, struct error *err) ERROR_MUST_CHECK;
uint64_t pack_write_size(const struct pack_writer *writer); /* bytes so far, index included */
/* Writes index and footer. id = SHA-384 over the sorted frame digests: the pack's name. Frees the
 * writer in every case. */
int pack_write_close(struct pack_writer *writer, uint8_t id[static DIGEST_BYTES], uint64_t *size,
                     struct error *err) ERROR_MUST_CHECK;
void pack_write_abort(struct pack_writer *writer);

#endif
