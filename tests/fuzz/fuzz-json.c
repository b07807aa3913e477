/* SPDX-License-Identifier: ISC
 *
 * The strict JSON reader: what it accepts, it writes in a canonical form that reads as the same.
 */
#include <string.h>

#include "media/base/json.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct bytes once, twice;
    json_t *first = NULL, *second = NULL;

    bytes_init(&once, 8 * size + 64);
    bytes_init(&twice, 8 * size + 64);
    if (json_read(data, size, &first, &err) != 0) {
        FUZZ_MUST(first == NULL && err.code != ERROR_OK && err.words[0] != '\0');
        goto out;
    }
    FUZZ_MUST(json_write(first, &once, &err) == 0);
    FUZZ_MUST(json_read(once.data, once.size, &second, &err) == 0);
    FUZZ_MUST(json_equal(first, second));
    FUZZ_MUST(json_write(second, &twice, &err) == 0);
    FUZZ_MUST(once.size == twice.size && memcmp(once.data, twice.data, once.size) == 0);
out:
    json_decref(first);
    json_decref(second);
    bytes_clear(&once);
    bytes_clear(&twice);
    return 0;
}
