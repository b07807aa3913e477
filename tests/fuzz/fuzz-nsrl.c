/* SPDX-License-Identifier: ISC
 *
 * SQLite databases from outside, as NSRL is read: rows come out or a refusal, and nothing takes
 * longer or more memory than its bounds.
 */
#include <string.h>

#include "drivers/compile/source-nsrl.h"
#include "drivers/hash-names.h"
#include "tests/fuzz/fuzz.h"

const size_t fuzz_replay_runs = 4000;

static int take(void *context, const struct source_key *key, uint64_t line, struct error *err)
{
    uint64_t *rows = context;

    FUZZ_MUST(line > *rows);
    *rows = line;
    FUZZ_MUST(key->list == SOURCE_FILES && key->verdict == REPUTATION_NEUTRAL);
    FUZZ_MUST(key->name.size == 0 || hash_name_valid(key->name));
    return line < 10000 ? 0 : error_set(err, ERROR_BAD_CONTENT, "enough for one run");
}

static int tell(void *context, uint64_t done, uint64_t total, struct error *err)
{
    (void)context;
    (void)done;
    (void)total;
    (void)err;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t rows = 0;
    struct source_reading reading = {.take = take, .progress = tell, .context = &rows};
    struct error err = {.code = ERROR_OK};
    uint8_t *copy = bytes_allocate(1, size + 1);

    memcpy(copy, data, size);
    source_nsrl_prepare();
    if (source_nsrl(bytes_view_of(copy, size), &reading, &err) < 0)
        FUZZ_MUST(err.code == ERROR_BAD_CONTENT && err.words[0] != '\0');
    FUZZ_MUST(memcmp(copy, data, size) == 0); /* nothing is written to it */
    free(copy);
    return 0;
}
