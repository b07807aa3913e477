/* SPDX-License-Identifier: ISC
 *
 * The root document's JSON: what is accepted is written back to the same bytes, since the digest of
 * those bytes is the document's identity.
 */
#include <string.h>

#include "media/root.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct root_document *root = bytes_allocate(1, sizeof(*root));
    struct bytes again;

    bytes_init(&again, 2 * size + 64);
    if (root_parse(bytes_view_of(data, size), root, &err) == 0) {
        FUZZ_MUST(root_write(root, &again, &err) == 0);
        FUZZ_MUST(again.size == size && memcmp(again.data, data, size) == 0);
    } else {
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
    }
    root_clear(root);
    free(root);
    bytes_clear(&again);
    return 0;
}
