/* SPDX-License-Identifier: ISC */
#include "media/frame-codec.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "media/record-codec.h"

#define ZSTD_MAGIC_BYTES   4
#define ZSTD_SINGLE_BIT    0x20
#define ZSTD_RESERVED_BIT  0x08
#define ZSTD_DICTIONARY    0x03
#define ZSTD_WINDOW_LOWEST 10

struct frame_decoder {
    ZSTD_DCtx *zstd;
};

struct frame_decoder *frame_decoder_new(void)
{
    struct frame_decoder *decoder = bytes_allocate(1, sizeof(*decoder));

    decoder->zstd = ZSTD_createDCtx(); /* NULL is answered at the first use */
    return decoder;
}

void frame_decoder_free(struct frame_decoder *decoder)
{
    if (decoder == NULL)
        return;
    ZSTD_freeDCtx(decoder->zstd);
    free(decoder);
}

static int decode_stored(struct frame_decoder *decoder, const struct frame_base *base,
                         struct bytes_view packed, void *out, size_t length, struct error *err)
{
    if (packed.size != length)
        return error_set(err, ERROR_BAD_FRAME, "a stored frame of %zu bytes for %zu plain bytes",
                         packed.size, length);
    memcpy(out, packed.data, length);
    return 0;
}

/* RFC 8878, 3.1.1.1: the window as declared. zstd's one-call decoder, which we use because it needs
 * no window memory, does not look at it; the format does. */
static int check_header(struct bytes_view packed, struct error *err)
{
    static const uint8_t expected[ZSTD_MAGIC_BYTES] = {0x28, 0xb5, 0x2f, 0xfd};
    struct bytes_view magic;
    uint8_t descriptor, window;
    uint64_t base;

    if (bytes_get_view(&packed, ZSTD_MAGIC_BYTES, &magic) < 0 ||
        bytes_get_u8(&packed, &descriptor) < 0 || bytes_get_u8(&packed, &window) < 0)
        return error_set(err, ERROR_BAD_FRAME, "ends inside its zstd header");
    /* The library also reads skippable frames and the formats of its first years. */
    if (!bytes_equal(magic, bytes_view_of(expected, sizeof(expected))))
        return error_set(err, ERROR_BAD_FRAME, "is no zstd frame");
    if ((descriptor & (ZSTD_DICTIONARY | ZSTD_RESERVED_BIT)) != 0)
        return error_set(err, ERROR_BAD_FRAME, "asks for a dictionary or a reserved feature");
    if ((descriptor & ZSTD_SINGLE_BIT) != 0)
        return 0; /* the window is the content, whose size is checked */
    base = UINT64_C(1) << (ZSTD_WINDOW_LOWEST + (window >> 3));
    if (base + base / 8 * (window & 7U) > UINT64_C(1) << LIMIT_ZSTD_WINDOW_LOG)
        return error_set(err, ERROR_LIMIT, "asks for a window above ZSTD_WINDOW_LOG %d",
                         LIMIT_ZSTD_WINDOW_LOG);
    return 0;
}

static int check_zstd(struct bytes_view packed, size_t length, struct error *err)
{
    int result = check_header(packed, err);
    unsigned long long declared;

    if (result < 0)
        return result;
    declared = ZSTD_getFrameContentSize(packed.data, packed.size);
    if (declared == ZSTD_CONTENTSIZE_UNKNOWN || declared == ZSTD_CONTENTSIZE_ERROR)
        return error_set(err, ERROR_BAD_FRAME, "is no zstd frame that declares its size");
    if (declared != length)
        return error_set(err, ERROR_BAD_FRAME, "declares %llu plain bytes, the recipe says %zu",
                         declared, length);
    if (ZSTD_findFrameCompressedSize(packed.data, packed.size) != packed.size)
        return error_set(err, ERROR_BAD_FRAME, "is not exactly one zstd frame");
    return 0;
}

/* base NULL: no prefix. refPrefix takes any bytes as they are, and holds for one frame. */
static int decode_zstd(struct frame_decoder *decoder, const struct frame_base *base,
                       struct bytes_view packed, void *out, size_t length, struct error *err)
{
    int result = check_zstd(packed, length, err);
    size_t made = 0;

    if (result < 0)
        return result;
    if (decoder->zstd == NULL)
        return error_set(err, ERROR_INTERNAL, "no memory for a zstd decoder");
    if (base != NULL)
        made = ZSTD_DCtx_refPrefix(decoder->zstd, base->range.data, base->range.size);
    if (!ZSTD_isError(made))
        made = ZSTD_decompressDCtx(decoder->zstd, out, length, packed.data, packed.size);
    if (ZSTD_isError(made))
        return error_set(err, ERROR_BAD_FRAME, "zstd: %s", ZSTD_getErrorName(made));
    if (made != length)
        return error_set(err, ERROR_BAD_FRAME, "gave %zu plain bytes, expected %zu", made, length);
    return 0;
}

static int decode_records(struct frame_decoder *decoder, const struct frame_base *base,
                          struct bytes_view packed, void *out, size_t length, struct error *err)
{
    return record_decode(packed, base->range, base->record_size, out, length, err);
}

static const struct codec_row {
    const char *name;
    bool builds; /* on a base */
    int (*decode)(struct frame_decoder *decoder, const struct frame_base *base,
                  struct bytes_view packed, void *out, size_t length, struct error *err);
} codecs[] = {
    [CODEC_STORED] = {"stored", false, decode_stored},
    [CODEC_ZSTD] = {"zstd", false, decode_zstd},
    [CODEC_ZSTD_PREFIX] = {"zstd with prefix", true, decode_zstd},
    [CODEC_RECORDS] = {"sorted records", true, decode_records},
};

int frame_decode_on(struct frame_decoder *decoder, const struct frame_base *base, uint8_t codec,
                    struct bytes_view packed, void *out, size_t length, struct error *err)
{
    if (codec >= sizeof(codecs) / sizeof(codecs[0]))
        return error_set(err, ERROR_UNKNOWN_CODEC, "codec %u", codec);
    if (codecs[codec].builds && base == NULL)
        return error_set(err, ERROR_BASE_MISSING, "codec %u (%s) builds on a base", codec,
                         codecs[codec].name);
    if (packed.size > LIMIT_FRAME_BYTES || length > LIMIT_FRAME_BYTES)
        return error_set(err, ERROR_LIMIT, "%zu bytes packed, %zu plain, FRAME_BYTES is %lu",
                         packed.size, length, LIMIT_FRAME_BYTES);
    if (packed.size == 0 || length == 0)
        return error_set(err, ERROR_BAD_FRAME, "an empty frame");
    return codecs[codec].decode(decoder, codecs[codec].builds ? base : NULL, packed, out, length,
                                err);
}

int frame_decode(struct frame_decoder *decoder, uint8_t codec, struct bytes_view packed, void *out,
                 size_t length, struct error *err)
{
    return frame_decode_on(decoder, NULL, codec, packed, out, length, err);
}

int frame_check_content(const struct recipe_chunk *chunk, const void *plain, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];

    if (chunk->codec == CODEC_STORED && memcmp(chunk->frame, chunk->content, DIGEST_BYTES) == 0)
        return 0;
    digest_of(plain, chunk->length, digest);
    if (memcmp(digest, chunk->content, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_BAD_FRAME, "its plain bytes have another digest");
    return 0;
}
