/* SPDX-License-Identifier: ISC
 *
 * From a frame's stored bytes to its chunk's plain bytes, and back. Decoding is only ever asked for
 * bytes whose digest matched; even so nothing here trusts them: the plain length is known before,
 * at most that much memory is written, and the zstd frame must say the same. Encoding is
 * frame-codec-write.c (libmediawrite). (sallyport-set.5, Recipe)
 *
 * Codec 1 is exactly one zstd frame, which declares its content size, needs no dictionary, no
 * window over 8 MiB, and is followed by nothing. Codec 2 is such a frame with a range of the base
 * package as its prefix; codec 3 is media/record-codec.h's.
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

/* What codecs 2 and 3 build on. */
struct frame_base {
    struct bytes_view range; /* the base package's bytes, at most LIMIT_BASE_BYTES */
    uint32_t record_size;    /* of the file that the chunk belongs to; codec 3 */
};

/* Writes exactly length bytes to out, or fails: ERROR_BAD_FRAME, ERROR_LIMIT, ERROR_UNKNOWN_CODEC.
 * base: for codecs 2 and 3, without which they are ERROR_BASE_MISSING; the others don't look at it.
 * It may be any bytes: the chunk's content digest tells what came of it. What out holds after a failure
 * is of no meaning. */
int frame_decode_on(struct frame_decoder *decoder, const struct frame_base *base, uint8_t codec,
                    struct bytes_view packed, void *out, size_t length,
                    struct error *err) ERROR_MUST_CHECK;
/* The same without a base. */
int frame_decode(struct frame_decoder *decoder, uint8_t codec, struct bytes_view packed, void *out,
                 size_t length, struct error *err) ERROR_MUST_CHECK;

/* Whether what was decoded from a frame whose digest matched is the chunk; ERROR_BAD_FRAME. A chunk that is
 * stored as it is was judged as a frame already. */
int frame_check_content(const struct recipe_chunk *chunk, const void *plain,
                        struct error *err) ERROR_MUST_CHECK;

/* libmediawrite. */
struct frame_encoder;
/* level: zstd's, 1..19. */
struct frame_encoder *frame_encoder_new(int level);
void frame_encoder_free(struct frame_encoder *encoder);

/* Takes 1..LIMIT_FRAME_BYTES of plain bytes; *packed is what to store, borrowed from the encoder
 * (until its next use) or from plain itself where compression gains less than a sixteenth, or two
 * samples of it show that it would gain nothing: *codec tells. The same bytes and level always give the same frame. */
int frame_encode(struct frame_encoder *encoder, struct bytes_view plain, struct bytes_view *packed,
                 uint8_t *codec, struct error *err) ERROR_MUST_CHECK;

/* The same chunk as codec 2 on base's range, and as codec 3. *packed is borrowed from the encoder
 * until its next use, and may be larger than plain: the caller chooses. ERROR_BAD_CONTENT where range
 * or plain are not ascending records; ERROR_LIMIT where the frame would pass LIMIT_FRAME_BYTES. */
int frame_encode_prefix(struct frame_encoder *encoder, struct bytes_view plain,
                        const struct frame_base *base, struct bytes_view *packed,
                        struct error *err) ERROR_MUST_CHECK;
int frame_encode_records(struct frame_encoder *encoder, struct bytes_view plain,
                         const struct frame_base *base, struct bytes_view *packed,
                         struct error *err) ERROR_MUST_CHECK;

#endif
