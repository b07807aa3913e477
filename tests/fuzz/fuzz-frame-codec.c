/* SPDX-License-Identifier: ISC
 *
 * Frames. First byte: codec; next three: the length that the recipe claims; then the stored bytes.
 */
#include "media/frame-codec.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct frame_decoder *decoder;
    uint8_t *plain;
    size_t length;

    if (size < 4)
        return 0;
    length = (size_t)data[1] | (size_t)data[2] << 8 | (size_t)(data[3] & 0x0f) << 16;
    if (length == 0)
        return 0;
    decoder = frame_decoder_new();
    plain = bytes_allocate(1, length);
    if (frame_decode(decoder, data[0], bytes_view_of(data + 4, size - 4), plain, length, &err) != 0)
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
    free(plain);
    frame_decoder_free(decoder);
    return 0;
}
