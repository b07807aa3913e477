/* SPDX-License-Identifier: ISC */
#include "tests/agent/tiny-index.h"

#include <string.h>

#include "drivers/hash-index.h"
#include "drivers/reputation-key.h"
#include "tests/test.h"

#define RECORD (HASH_INDEX_KEY_BYTES + 1)

size_t tiny_index_make(uint8_t out[static TINY_INDEX_BYTES], const uint8_t *keys, uint8_t count)
{
    const struct hash_index_layout layout = hash_index_layout(count, 1);

    assert_int_equal(layout.prefix_bits, 0);
    memset(out, 0, (size_t)layout.file_bytes);
    memcpy(out, HASH_INDEX_MAGIC, 8);
    out[8] = HASH_INDEX_VERSION;
    out[12] = HASH_INDEX_KEY_BYTES;
    out[13] = 1;
    out[16] = count;
    out[24] = HASH_INDEX_HEADER;
    out[32] = (uint8_t)layout.table_bytes;
    out[40] = (uint8_t)layout.records_offset;
    out[48] = (uint8_t)layout.records_bytes;
    out[HASH_INDEX_HEADER + 4] = count;
    for (uint8_t i = 0; i < count; i++) {
        memset(out + layout.records_offset + i * RECORD, keys[i], HASH_INDEX_KEY_BYTES);
        out[layout.records_offset + i * RECORD + HASH_INDEX_KEY_BYTES] = REPUTATION_BAD;
    }
    return (size_t)layout.file_bytes;
}
