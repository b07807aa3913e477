/* SPDX-License-Identifier: ISC
 *
 * From a frame's stored bytes to its chunk's plain bytes, and back. Decoding is only ever asked for
 * bytes whose digest matched; even so nothing here trusts them: the plain length is known before,
 * at most that much memory is written, and the zstd frame must say the same. Encoding is
 * frame-codec-write.c (libmediawrite). (sallyport-set.5, Recipe)
 *
 * Codec 1 is exactly one zstd frame, which declares its content size, needs no dictionary, no
 * window over 8 MiB, and is followed by nothing.
 */
#ifndef MEDIA_FRAME_CODEC_H
#define MEDIA_FRAME_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/recipe.h"

/* Working memory of one thread. */
struct frame_decoder;
struct frame_decoder *frame_decoder_new(void);
void frame_decoder_free(struct frame_decoder *decoder);

/* Writes exactly length bytes to out, or fails: ERROR_BAD_FRAME, ERROR_LIMIT; codecs 2 and 3 are
 * ERROR_UNKNOWN_CODEC by their names. What out holds after a failure is of no meaning. */
int frame_decode(struct frame_decoder *decoder, uint8_t codec, struct bytes_view packed, void *out,
                 size_t length, struct error *err) ERROR_MUST_CHECK;

/* libmediawrite. */
struct frame_encoder;
/* level: zstd's, 1..19. */
struct frame_encoder *frame_encoder_new(int level);
void frame_encoder_free(struct frame_encoder *encoder);

/* Takes 1..LIMIT_FRAME_BYTES of plain bytes; *packed is what to store, borrowed from the encoder
 * (until its next use) or from plain itself where compression gains less than a sixteenth: *codec
 * tells. The same bytes and level always give the same frame. */
int frame_encode(struct frame_encoder *encoder, struct bytes_view plain, struct bytes_view *packed,
                 uint8_t *codec, struct error *err) ERROR_MUST_CHECK;

#endif
