/* SPDX-License-Identifier: ISC
 *
 * Text sources of reputation: the first byte says which (csv of files, csv of signers, ClamAV's).
 * What a reader gives is a key with a verdict and a name that an index can hold; what it refuses has
 * a line and words.
 */
#include "drivers/compile/source-clamav.h"
#include "drivers/compile/source-csv.h"
#include "drivers/hash-names.h"
#include "tests/fuzz/fuzz.h"

struct seen {
    uint64_t keys, line;
};

static int take(void *context, const struct source_key *key, uint64_t line, struct error *err)
{
    struct seen *seen = context;

    (void)err;
    FUZZ_MUST(key->list < SOURCE_LISTS && key->verdict < REPUTATION_VERDICTS);
    FUZZ_MUST(key->name.size == 0 || hash_name_valid(key->name));
    FUZZ_MUST(line > seen->line); /* one key a line */
    seen->line = line;
    seen->keys++;
    return 0;
}

static int tell(void *context, uint64_t done, uint64_t total, struct error *err)
{
    (void)context;
    (void)err;
    FUZZ_MUST(done <= total);
    return 0;
}

static int read_source(uint8_t kind, struct bytes_view text, struct source_reading *reading,
                       struct error *err)
{
    switch (kind % 3) {
    case 0:
        return source_csv(text, SOURCE_FILES, reading, err);
    case 1:
        return source_csv(text, SOURCE_SIGNERS, reading, err);
    default:
        return source_clamav(text, REPUTATION_BAD, reading, err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen = {0};
    struct source_reading reading = {.take = take, .progress = tell, .context = &seen};
    struct error err = {.code = ERROR_OK};

    if (size == 0)
        return 0;
    if (read_source(data[0], bytes_view_of(data + 1, size - 1), &reading, &err) < 0)
        FUZZ_MUST(err.code == ERROR_BAD_CONTENT && err.words[0] != '\0' && reading.line > 0);
    FUZZ_MUST(seen.keys + reading.left_out <= reading.line);
    return 0;
}
