/* SPDX-License-Identifier: ISC
 *
 * A driver of the family behavior that looks up in local-rep-data as a real one would: in its own
 * process, with the real library, harness and sandbox. A list with the key of 32 bytes 0xee is
 * refused, one with 0xff ends the process. Serves what the scanner serves, "own": the first byte of
 * its own content, and where that is "o" "rules": one that is off.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "drivers/driver.h"
#include "drivers/reputation.h"
#include "media/base/limits.h"
#include "media/base/path.h"

struct loaded {
    const struct driver_reads *reads;
    char first;
};

static bool has_key(const struct reputation *reputation, uint8_t byte)
{
    uint8_t key[HASH_INDEX_KEY_BYTES];
    struct reputation_answer answer;

    memset(key, byte, sizeof(key));
    return reputation_find(reputation, REPUTATION_FILES, key, &answer);
}

static int read_load(const struct driver_content *content, void **loaded, struct error *err)
{
    int result = reputation_read.load(content, loaded, err);

    if (result < 0)
        return result;
    if (has_key(*loaded, 0xff))
        abort();
    if (!has_key(*loaded, 0xee))
        return 0;
    reputation_read.unload(*loaded);
    return error_set(err, ERROR_BAD_CONTENT, "local-rep-data: not to this reader's taste");
}

static void read_unload(void *loaded)
{
    reputation_read.unload(loaded);
}

static int fake_load(const struct driver_content *content, void **loaded, struct error *err)
{
    struct loaded *made = bytes_allocate(1, sizeof(*made));

    made->reads = content->reads;
    if (path_pread(content->files[0].fd, &made->first, 1, 0, err) < 0) {
        free(made);
        return -(int)err->code;
    }
    *loaded = made;
    return 0;
}

static int fake_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    const struct loaded *own = loaded;
    const struct reputation *reputation;

    if (own == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no rules are loaded");
    reputation = driver_read(own->reads, REPUTATION_TYPE);
    if (reputation == NULL) {
        *reply = json_object();
        json_object_set_new(*reply, "sha256", json_null());
    } else if (reputation_serve(reputation, request, reply, err) < 0) {
        return -(int)err->code;
    }
    json_object_set_new(*reply, "own", json_stringn(&own->first, 1));
    if (own->first == 'o')
        json_object_set_new(*reply, "rules",
                            json_pack("[{s:s, s:{s:s, s:s}}]", "rule", "a", "off", "code",
                                      "rule-time", "words", "off for 60 s: a.lua:2: rule a: x"));
    return 0;
}

static const struct driver_type types[] = {{"behavior", 1, 1}};

static const struct driver_read reputation = {
    .type = {REPUTATION_TYPE, 1, 1}, .load = read_load, .unload = read_unload};
static const struct driver_read *const reads[] = {&reputation};

static const struct sandbox_profile profile = {
    .name = "driver-fake-reader",
    .memory_bytes = 20 * GIB,
    .data_bytes = 64 * MIB,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver fake = {
    .family = "behavior",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .reads = reads,
    .read_count = sizeof(reads) / sizeof(reads[0]),
    .sandbox = &profile,
    .load = fake_load,
    .unload = free,
    .serve = fake_serve,
};

int main(int argc, char **argv)
{
    return harness_main(&fake, argc, argv);
}
