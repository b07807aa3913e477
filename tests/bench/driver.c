/* SPDX-License-Identifier: ISC
 *
 * A driver that takes any content and does nothing with it, under the name of the family scanner: so
 * that a measurement's second folder has a type that takes every file (ml-models), beside null.
 */
#include <config.h>

#include <stdlib.h>

#include "drivers/driver.h"
#include "media/base/limits.h"

static int take(const struct driver_content *content, void **loaded, struct error *err)
{
    for (size_t i = 0; i < content->file_count; i++)
        driver_at(content, content->files[i].name, 0, NULL);
    *loaded = bytes_allocate(1, 1);
    return 0;
}

static int answer(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    *reply = json_object();
    return 0;
}

static const struct driver_type types[] = {{"ml-models", 1, 1}};

static const struct sandbox_profile profile = {
    .name = "driver-bench",
    .memory_bytes = 256 * MIB,
    .file_bytes = 256 * MIB,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver driver = {
    .family = "scanner",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .sandbox = &profile,
    .load = take,
    .unload = free,
    .serve = answer,
};

int main(int argc, char **argv)
{
    return harness_main(&driver, argc, argv);
}
