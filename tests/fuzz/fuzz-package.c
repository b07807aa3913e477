/* SPDX-License-Identifier: ISC
 *
 * The package document's JSON: what is accepted is written back to the same bytes, since the digest
 * of those bytes is the document's identity.
 */
#include <string.h>

#include "media/package.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct package_document *package = bytes_allocate(1, sizeof(*package));
    struct bytes again;

    bytes_init(&again, 2 * size + 64);
    if (package_parse(bytes_view_of(data, size), package, &err) == 0) {
        FUZZ_MUST(package_write(package, &again, &err) == 0);
        FUZZ_MUST(again.size == size && memcmp(again.data, data, size) == 0);
    } else {
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
    }
    package_clear(package);
    free(package);
    bytes_clear(&again);
    return 0;
}
