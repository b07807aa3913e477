/* SPDX-License-Identifier: ISC
 *
 * Codec 3: a list of fixed-size records, strictly ascending as bytes, told as what changed against
 * a range of the list before. Hash feeds change everywhere a little, which leaves chunks and
 * general compression nothing to find; here a change costs its record. (sallyport-set.5, Recipe)
 *
 * A frame, integers little-endian, nothing after the last record:
 *      0  removed u32        records of the base range that are gone
 *      4  added u32
 *      8  a gap for each removed record, rising: how many records of the base stay before it since
 *         the last one removed; LEB128, as short as it can be, at most 5 bytes
 *      .  the added records, ascending
 *
 * The chunk is the base's records that stay and the added ones, merged. A record that is removed and
 * added, or added and there, is an error, and so is a base that does not ascend.
 */
#ifndef MEDIA_RECORD_CODEC_H
#define MEDIA_RECORD_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"

#define RECORD_CODEC_HEADER_BYTES 8

/* Writes exactly length bytes to out, or fails: ERROR_BAD_FRAME. base and length are whole numbers
 * of records of record_size bytes (1..LIMIT_RECORD_BYTES), which is checked. */
int record_decode(struct bytes_view packed, struct bytes_view base, uint32_t record_size, void *out,
                  size_t length, struct error *err) ERROR_MUST_CHECK;

/* Appends the frame that makes plain out of base (libmediawrite). ERROR_BAD_CONTENT where one of
 * them is not whole records, strictly ascending; ERROR_LIMIT where `out` has no room. */
int record_encode(struct bytes_view plain, struct bytes_view base, uint32_t record_size,
                  struct bytes *out, struct error *err) ERROR_MUST_CHECK;

#endif
