/* SPDX-License-Identifier: ISC
 *
 * sallyport-driver-scanner: what tells good files from bad ones. Today local-rep-data
 * (drivers/reputation.h): a request is reputation_serve()'s.
 */
#include <config.h>

#include "drivers/driver.h"
#include "drivers/reputation.h"
#include "media/base/limits.h"

static int scanner_load(const struct driver_content *content, void **loaded, struct error *err)
{
    struct reputation *reputation = NULL;
    int result = reputation_load(content, &reputation, err);

    *loaded = reputation;
    return result;
}

static void scanner_unload(void *loaded)
{
    reputation_free(loaded);
}

static int scanner_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    return reputation_serve(loaded, request, reply, err);
}

static json_t *scanner_stats(void *loaded)
{
    return reputation_stats(loaded);
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
