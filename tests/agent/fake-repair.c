/* SPDX-License-Identifier: ISC
 *
 * A driver of the family repair whose content's only file is a list of calls, [["set_mode",
 * ["state:outbox", "0700"]], ...], which it makes when it is asked to run. ["end"] ends it instead.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "drivers/driver.h"
#include "media/base/limits.h"
#include "tests/agent/fake-content.h"

static int fake_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    const struct fake_content *calls = loaded;
    const char *ask = json_string_value(json_object_get(request, "ask"));
    json_t *call;
    size_t i;

    *reply = NULL;
    if (ask == NULL || strcmp(ask, "run") != 0) {
        *reply = json_object();
        return 0;
    }
    json_array_foreach(calls->list, i, call)
    {
        const char *name = json_string_value(json_array_get(call, 0));
        char reason[ERROR_WORDS_BYTES];
        json_t *value = NULL;
        int result;

        if (json_array_size(call) == 1)
            abort();
        result = driver_call(calls->watch, name, json_incref(json_array_get(call, 1)), &value,
                             reason, err);
        json_decref(value);
        if (result < 0)
            return result;
    }
    *reply = json_pack("{s:[], s:i}", "repairs", "total", 0);
    return 0;
}

static const struct driver_type types[] = {{"repair-kit", 1, 1}};

static const struct sandbox_profile profile = {
    .name = "driver-fake-repair",
    .memory_bytes = 256 * MIB,
    .file_bytes = 16 * MIB,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver fake = {
    .family = "repair",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .sandbox = &profile,
    .load = fake_content_load,
    .unload = fake_content_unload,
    .serve = fake_serve,
};

int main(int argc, char **argv)
{
    return harness_main(&fake, argc, argv);
}
