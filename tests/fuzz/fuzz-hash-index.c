/* SPDX-License-Identifier: ISC
 *
 * A hash index, or names of one, as a package brings it: lookups stay inside whatever the bytes are,
 * and in what is accepted every key is found where it stands.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/hash-index.h"
#include "drivers/hash-names.h"
#include "media/base/text.h"
#include "tests/fuzz/fuzz.h"

#define HIGHEST 2

/* What may be wrong does no harm: any answer is fine. */
static void look_up_anything(const struct hash_index *index, const uint8_t *data, size_t size)
{
    uint8_t keys[24][HASH_INDEX_KEY_BYTES] = {{0}};
    uint32_t records[24], record;

    for (size_t i = 0; i < 24; i++) {
        size_t at = size > HASH_INDEX_KEY_BYTES ? (i * 97) % (size - HASH_INDEX_KEY_BYTES) : 0;

        memcpy(keys[i], data + at, size < HASH_INDEX_KEY_BYTES ? size : HASH_INDEX_KEY_BYTES);
        FUZZ_MUST(!hash_index_find(index, keys[i], &record) || record < hash_index_count(index));
    }
    hash_index_find_many(index, (const uint8_t(*)[HASH_INDEX_KEY_BYTES])keys, 24, records);
    for (size_t i = 0; i < 24; i++)
        FUZZ_MUST(records[i] == HASH_INDEX_NONE || records[i] < hash_index_count(index));
}

static void find_each(const struct hash_index *index)
{
    for (uint32_t i = 0; i < hash_index_count(index); i++) {
        uint32_t record = HASH_INDEX_NONE;

        FUZZ_MUST(hash_index_find(index, hash_index_key(index, i), &record) && record == i);
        FUZZ_MUST(hash_index_value(index, i) <= HIGHEST);
    }
}

static void try_index(int fd, const uint8_t *data, size_t size)
{
    struct error err = {.code = ERROR_OK};
    struct hash_index *index;

    if (hash_index_open(fd, size, &index, &err) == 0) {
        look_up_anything(index, data, size);
        if (hash_index_validate(index, HIGHEST, NULL, NULL, &err) == 0)
            find_each(index);
    } else {
        FUZZ_MUST(index == NULL);
    }
    FUZZ_MUST(err.code == ERROR_OK || (err.code == ERROR_BAD_CONTENT && err.words[0] != '\0'));
    hash_index_close(index);
}

static void try_names(int fd, size_t size)
{
    struct error err = {.code = ERROR_OK};
    struct hash_names *names;
    struct bytes_view name;
    bool good;

    if (hash_names_open(fd, size, &names, &err) < 0) {
        FUZZ_MUST(names == NULL && err.code == ERROR_BAD_CONTENT);
        return;
    }
    good = hash_names_validate(names, 4, NULL, NULL, &err) == 0;
    for (uint32_t i = 0; i < 4; i++) {
        if (hash_names_get(names, i, &name) && good)
            FUZZ_MUST(hash_name_valid(name) && text_is_utf8(name.data, name.size));
    }
    hash_names_close(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("index", MFD_CLOEXEC);

    FUZZ_MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    try_index(fd, data, size);
    try_names(fd, size);
    close(fd);
    return 0;
}
