/* SPDX-License-Identifier: ISC
 *
 * Frames. First byte: codec; next three: the length that the recipe claims; next: the record size
 * of its file; next two: how many of the bytes behind are the base's range; then that and the stored
 * bytes.
 */
#include "media/frame-codec.h"
#include "tests/fuzz/fuzz.h"

#define HEADER_BYTES 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct frame_decoder *decoder;
    uint8_t codec, *plain;
    struct frame_base base;
    size_t length;

    if (size < HEADER_BYTES)
        return 0;
    codec = data[0];
    length = (size_t)data[1] | (size_t)data[2] << 8 | (size_t)(data[3] & 0x0f) << 16;
    if (length == 0)
        return 0;
    base.record_size = data[4];
    base.range.size = (size_t)data[5] | (size_t)data[6] << 8;
    data += HEADER_BYTES;
    size -= HEADER_BYTES;
    if (base.range.size > size)
        return 0;
    base.range.data = data;
    data += base.range.size;
    size -= base.range.size;
    decoder = frame_decoder_new();
    plain = bytes_allocate(1, length);
    if (frame_decode_on(decoder, &base, codec, bytes_view_of(data, size), plain, length, &err) != 0)
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
    free(plain);
    frame_decoder_free(decoder);
    return 0;
}
