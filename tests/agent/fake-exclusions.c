/* SPDX-License-Identifier: ISC
 *
 * A driver of the family exclusions whose rules are JSON: an array of {"call","argument","app"}. Where
 * its parent answers the call with something, the answer holds the app, with the version of what was
 * found.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "drivers/driver.h"
#include "media/base/limits.h"
#include "tests/agent/fake-content.h"

/* A version where the answer has one, as the rule's own row says where it has none. */
static json_t *found(const json_t *rule, const json_t *value)
{
    json_t *app = json_deep_copy(json_object_get(rule, "app"));
    json_t *version = json_object_get(value, "version");

    if (version != NULL)
        json_object_set(app, "version", version);
    return app;
}

static int ask(const struct fake_content *fake, const json_t *rule, json_t *apps, struct error *err)
{
    json_t *arguments = json_pack("[O]", json_object_get(rule, "argument")), *value = NULL;
    char reason[ERROR_WORDS_BYTES] = "";
    int result = driver_call(fake->watch, json_string_value(json_object_get(rule, "call")),
                             arguments, &value, reason, err);

    if (result == 0 && !json_is_null(value))
        json_array_append_new(apps, found(rule, value));
    json_decref(value);
    return result;
}

static int fake_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    const struct fake_content *fake = loaded;
    json_t *apps = json_array(), *rule;
    int result = 0;
    size_t i;

    json_array_foreach(fake->list, i, rule)
    {
        if (result == 0)
            result = ask(fake, rule, apps, err);
    }
    *reply = result == 0 ? json_pack("{s:O}", "apps", apps) : NULL;
    json_decref(apps);
    return result;
}

static const struct driver_type types[] = {{"appfeed", 1, 1}, {"userappfeed", 1, 1}};

static const struct sandbox_profile profile = {
    .name = "driver-fake-exclusions",
    .memory_bytes = 256 * MIB,
    .file_bytes = 16 * MIB,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver fake = {
    .family = "exclusions",
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
