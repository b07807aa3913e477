/* SPDX-License-Identifier: ISC
 *
 * The pack's index, a hint from a medium: rows that are told lie inside the pack, and each digest
 * is found again.
 */
#include <string.h>

#include "media/pack.h"
#include "tests/fuzz/fuzz.h"

static int read_memory(void *context, uint64_t offset, void *out, size_t size, struct error *err)
{
    const struct bytes_view *pack = context;

    FUZZ_MUST(offset <= pack->size && size <= pack->size - offset);
    memcpy(out, pack->data + offset, size);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct bytes_view pack = bytes_view_of(data, size);
    struct pack_entry *entries = NULL;
    size_t count = 0;

    if (pack_index(read_memory, &pack, size, &entries, &count, &err) == 0) {
        for (size_t i = 0; i < count; i++) {
            FUZZ_MUST(entries[i].offset <= size && entries[i].length <= size - entries[i].offset);
            FUZZ_MUST(pack_find(entries, count, entries[i].digest) == &entries[i]);
        }
    } else {
        FUZZ_MUST(entries == NULL && err.code != ERROR_OK);
    }
    free(entries);
    return 0;
}
