/* SPDX-License-Identifier: ISC */
#include "media/frame-codec.h"

#include <stdbool.h>
#include <stdlib.h>

#include <zstd.h>

#include "media/record-codec.h"

/* LIMIT_BASE_BYTES and LIMIT_FRAME_BYTES in one. */
#define PREFIX_WINDOW_LOG 22

/* Samples of a chunk, spread over it, tell whether it is worth an attempt on all of it. */
#define SAMPLES      6
#define SAMPLE_BYTES (4 * KIB)
#define SAMPLE_LEVEL 1
#define SAMPLE_GAIN  128 /* a part of the sample: far less than what a chunk must gain */

_Static_assert((UINT64_C(1) << PREFIX_WINDOW_LOG) >= LIMIT_BASE_BYTES + LIMIT_FRAME_BYTES,
               "a prefix and a chunk fit one window");

struct frame_encoder {
    ZSTD_CCtx *zstd;
    int level;
    uint8_t *buffer;
    size_t capacity;
    struct bytes records;
};

struct frame_encoder *frame_encoder_new(int level)
{
    struct frame_encoder *encoder = bytes_allocate(1, sizeof(*encoder));

    encoder->zstd = ZSTD_createCCtx(); /* NULL is answered at the first use */
    encoder->level = level;
    encoder->capacity = ZSTD_compressBound(LIMIT_FRAME_BYTES);
    encoder->buffer = bytes_allocate(1, encoder->capacity);
    bytes_init(&encoder->records, LIMIT_FRAME_BYTES);
    return encoder;
}

void frame_encoder_free(struct frame_encoder *encoder)
{
    if (encoder == NULL)
        return;
    ZSTD_freeCCtx(encoder->zstd);
    bytes_clear(&encoder->records);
    free(encoder->buffer);
    free(encoder);
}

static int check_plain(const struct frame_encoder *encoder, struct bytes_view plain,
                       struct error *err)
{
    if (plain.size == 0 || plain.size > LIMIT_FRAME_BYTES)
        return error_set(err, ERROR_LIMIT, "%zu plain bytes, FRAME_BYTES is %lu", plain.size,
                         LIMIT_FRAME_BYTES);
    if (encoder->zstd == NULL)
        return error_set(err, ERROR_INTERNAL, "no memory for a zstd encoder");
    return 0;
}

/* Errors count as promising: the whole chunk will have the same one. */
static bool sample_shrinks(struct frame_encoder *encoder, const uint8_t *sample)
{
    size_t made = ZSTD_compressCCtx(encoder->zstd, encoder->buffer, encoder->capacity, sample,
                                    SAMPLE_BYTES, SAMPLE_LEVEL);

    return ZSTD_isError(made) || made < SAMPLE_BYTES - SAMPLE_BYTES / SAMPLE_GAIN;
}

/* Most of what does not compress was compressed or encrypted before, or is digests: that is seen at
 * little of it, and spares the time of trying it all. */
static bool looks_compressible(struct frame_encoder *encoder, struct bytes_view plain)
{
    size_t step = plain.size / SAMPLES;
    bool shrinks = step < 2 * SAMPLE_BYTES;

    for (size_t i = 0; i < SAMPLES && !shrinks; i++)
        shrinks = sample_shrinks(encoder, plain.data + i * step + (step - SAMPLE_BYTES) / 2);
    return shrinks;
}

int frame_encode(struct frame_encoder *encoder, struct bytes_view plain, struct bytes_view *packed,
                 uint8_t *codec, struct error *err)
{
    size_t made;
    int result = check_plain(encoder, plain, err);

    *packed = plain;
    *codec = CODEC_STORED;
    if (result < 0 || !looks_compressible(encoder, plain))
        return result;
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

/* The window holds prefix and content, so that each byte of the range is within reach. */
static size_t compress_on(struct frame_encoder *encoder, struct bytes_view plain,
                          struct bytes_view prefix)
{
    size_t made = ZSTD_CCtx_reset(encoder->zstd, ZSTD_reset_session_and_parameters);

    if (!ZSTD_isError(made))
        made = ZSTD_CCtx_setParameter(encoder->zstd, ZSTD_c_compressionLevel, encoder->level);
    if (!ZSTD_isError(made))
        made = ZSTD_CCtx_setParameter(encoder->zstd, ZSTD_c_windowLog, PREFIX_WINDOW_LOG);
    if (!ZSTD_isError(made))
        made = ZSTD_CCtx_refPrefix(encoder->zstd, prefix.data, prefix.size);
    if (!ZSTD_isError(made))
        made = ZSTD_compress2(encoder->zstd, encoder->buffer, encoder->capacity, plain.data,
                              plain.size);
    return made;
}

int frame_encode_prefix(struct frame_encoder *encoder, struct bytes_view plain,
                        const struct frame_base *base, struct bytes_view *packed, struct error *err)
{
    size_t made;
    int result = check_plain(encoder, plain, err);

    if (result < 0)
        return result;
    made = compress_on(encoder, plain, base->range);
    if (ZSTD_isError(made))
        return error_set(err, ERROR_INTERNAL, "zstd: %s", ZSTD_getErrorName(made));
    if (made > LIMIT_FRAME_BYTES)
        return error_set(err, ERROR_LIMIT, "%zu bytes packed, FRAME_BYTES is %lu", made,
                         LIMIT_FRAME_BYTES);
    *packed = bytes_view_of(encoder->buffer, made);
    return 0;
}

int frame_encode_records(struct frame_encoder *encoder, struct bytes_view plain,
                         const struct frame_base *base, struct bytes_view *packed,
                         struct error *err)
{
    int result = check_plain(encoder, plain, err);

    encoder->records.size = 0;
    if (result == 0)
        result = record_encode(plain, base->range, base->record_size, &encoder->records, err);
    if (result == 0)
        *packed = bytes_view(&encoder->records);
    return result;
}
