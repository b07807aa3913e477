/* SPDX-License-Identifier: ISC
 *
 * The set document's JSON: what is accepted is written back to the same bytes, since the digest of
 * those bytes is the document's identity.
 */
#include <string.h>

#include "media/set.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct bytes again;

    bytes_init(&again, 2 * size + 64);
    if (set_parse(bytes_view_of(data, size), set, &err) == 0) {
        FUZZ_MUST(set_write(set, &again, &err) == 0);
        FUZZ_MUST(again.size == size && memcmp(again.data, data, size) == 0);
    } else {
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
    }
    set_clear(set);
    free(set);
    bytes_clear(&again);
    return 0;
}
