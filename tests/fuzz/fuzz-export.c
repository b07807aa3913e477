/* SPDX-License-Identifier: ISC
 *
 * The export document's JSON: what is accepted is written back to the same bytes, since the digest
 * of those bytes is the document's identity.
 */
#include <string.h>

#include "media/export.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct export_document *export = bytes_allocate(1, sizeof(*export));
    struct bytes again;

    bytes_init(&again, 2 * size + 64);
    if (export_parse(bytes_view_of(data, size), export, &err) == 0) {
        FUZZ_MUST(export_write(export, &again, &err) == 0);
        FUZZ_MUST(again.size == size && memcmp(again.data, data, size) == 0);
    } else {
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
    }
    export_clear(export);
    free(export);
    bytes_clear(&again);
    return 0;
}
