/* SPDX-License-Identifier: ISC
 *
 * The escaping function: whatever comes in, what comes out can't act on a terminal.
 */
#include <string.h>

#include "media/base/text.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char out[256];

    text_escape(data, size, out, sizeof out);
    FUZZ_MUST(memchr(out, '\0', sizeof out) != NULL);
    FUZZ_MUST(text_is_utf8(out, strlen(out)));
    for (const char *c = out; *c != '\0'; c++)
        FUZZ_MUST((unsigned char)*c >= 0x20 && *c != 0x7f);
    return 0;
}
