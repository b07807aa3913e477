/* SPDX-License-Identifier: ISC
 *
 * A driver of the family scanner that answers every request with what its content's only file holds:
 * any JSON object.
 */
#include <config.h>

#include <stdlib.h>

#include "drivers/driver.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/path.h"

#define ANSWER_BYTES 4096

static int fake_load(const struct driver_content *content, void **loaded, struct error *err)
{
    const struct driver_file *file = &content->files[0];
    uint8_t text[ANSWER_BYTES];
    json_t *answer = NULL;

    if (file->size > sizeof(text))
        return error_set(err, ERROR_LIMIT, "%s: too large", file->name);
    if (path_pread(file->fd, text, (size_t)file->size, 0, err) < 0 ||
        json_read(text, (size_t)file->size, &answer, err) < 0)
        return -(int)err->code;
    *loaded = answer;
    return 0;
}

static void fake_unload(void *loaded)
{
    json_decref(loaded);
}

static int fake_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    *reply = json_incref(loaded);
    return 0;
}

static const struct driver_type types[] = {{"local-rep-data", 1, 1}};

static const struct sandbox_profile profile = {
    .name = "driver-fake-scanner",
    .memory_bytes = 256 * MIB,
    .file_bytes = 16 * MIB,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver fake = {
    .family = "scanner",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .sandbox = &profile,
    .load = fake_load,
    .unload = fake_unload,
    .serve = fake_serve,
};

int main(int argc, char **argv)
{
    return harness_main(&fake, argc, argv);
}
