/* SPDX-License-Identifier: ISC
 *
 * RFC 3161 tokens and the TSTInfo inside: parsed, then verified over a signature that no fuzzer can
 * have a token for.
 */
#include <stdlib.h>

#include "media/timestamp.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char signature[] = "no authority has ever seen this";
    struct timestamp *timestamp = bytes_allocate(1, sizeof(*timestamp));
    struct bytes_view whole = bytes_view_of(data, size);
    struct timestamp_info info;
    struct error err = {0};

    if (timestamp_parse_info(whole, &info, &err) != 0)
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
    if (timestamp_parse(whole, timestamp, &err) != 0)
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
    else
        FUZZ_MUST(timestamp_verify(timestamp, bytes_view_of(signature, sizeof(signature)), &err) !=
                  0);
    free(timestamp);
    return 0;
}
