/* SPDX-License-Identifier: ISC */
#include "media/frame-codec.h"

#include <stdlib.h>

#include <zstd.h>

struct frame_encoder {
    ZSTD_CCtx *zstd;
    int level;
    uint8_t *buffer;
    size_t capacity;
};

struct frame_encoder *frame_encoder_new(int level)
{
    struct frame_encoder *encoder = bytes_allocate(1, sizeof(*encoder));

    encoder->zstd = ZSTD_createCCtx(); /* NULL is answered at the first use */
    encoder->level = level;
    encoder->capacity = ZSTD_compressBound(LIMIT_FRAME_BYTES);
    encoder->buffer = bytes_allocate(1, encoder->capacity);
    return encoder;
}

void frame_encoder_free(struct frame_encoder *encoder)
{
    if (encoder == NULL)
        return;
    ZSTD_freeCCtx(encoder->zstd);
    free(encoder->buffer);
    free(encoder);
}

int frame_encode(struct frame_encoder *encoder, struct bytes_view plain, struct bytes_view *packed,
                 uint8_t *codec, struct error *err)
{
    size_t made;

    *packed = plain;
    *codec = CODEC_STORED;
    if (plain.size == 0 || plain.size > LIMIT_FRAME_BYTES)
        return error_set(err, ERROR_LIMIT, "%zu plain bytes, FRAME_BYTES is %lu", plain.size,
                         LIMIT_FRAME_BYTES);
    if (encoder->zstd == NULL)
        return error_set(err, ERROR_INTERNAL, "no memory for a zstd encoder");
    /* One call over a known size: the size is declared in the frame and the window fits it. */
    made = ZSTD_compressCCtx(encoder->zstd, encoder->buffer, encoder->capacity, plain.data,
                             plain.size, encoder->level);
    if (ZSTD_isError(made))
        return error_set(err, ERROR_INTERNAL, "zstd: %s", ZSTD_getErrorName(made));
    if (made < plain.size - plain.size / 16) {
        *packed = bytes_view_of(encoder->buffer, made);
        *codec = CODEC_ZSTD;
    }
    return 0;
}
