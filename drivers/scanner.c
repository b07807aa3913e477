/* SPDX-License-Identifier: ISC
 *
 * sallyport-driver-scanner: what tells good files from bad ones. Today local-rep-data
 * (drivers/reputation.h): a request is reputation_serve()'s.
 */
#include <config.h>

#include <stdlib.h>

#include "drivers/driver.h"
#include "drivers/reputation.h"
#include "media/base/limits.h"

struct lists {
    struct reputation *reputation;
    uint64_t lookups; /* keys that were asked for */
};

static int scanner_load(const struct driver_content *content, void **loaded, struct error *err)
{
    struct lists *lists = bytes_allocate(1, sizeof(*lists));

    if (reputation_load(content, &lists->reputation, err) < 0) {
        free(lists);
        return -(int)err->code;
    }
    *loaded = lists;
    return 0;
}

static void scanner_unload(void *loaded)
{
    struct lists *lists = loaded;

    reputation_free(lists->reputation);
    free(lists);
}

static int scanner_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    struct lists *lists = loaded;
    int result = reputation_serve(lists != NULL ? lists->reputation : NULL, request, reply, err);

    if (result == 0)
        lists->lookups += json_array_size(json_object_get(*reply, "sha256")) +
                          json_array_size(json_object_get(*reply, "signer"));
    return result;
}

static json_t *scanner_stats(void *loaded)
{
    const struct lists *lists = loaded;
    json_t *stats = reputation_stats(lists != NULL ? lists->reputation : NULL);

    if (lists != NULL)
        json_object_set_new(stats, "lookups", json_integer((json_int_t)lists->lookups));
    return stats;
}

static const struct driver_type types[] = {{REPUTATION_TYPE, 1, 1}};

/* Lists are mapped: address space for the largest files, and little memory of its own. */
static const struct sandbox_profile profile = {
    .name = "driver-scanner",
    .memory_bytes = 20 * GIB,
    .data_bytes = 256 * MIB,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver scanner_driver = {
    .family = "scanner",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .sandbox = &profile,
    .load = scanner_load,
    .unload = scanner_unload,
    .serve = scanner_serve,
    .stats = scanner_stats,
};

int main(int argc, char **argv)
{
    return harness_main(&scanner_driver, argc, argv);
}
