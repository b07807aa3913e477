/* SPDX-License-Identifier: ISC
 *
 * sallyport-driver-telemetry: content type telemsup, one telemetry.json. Serves {"get":true} with
 *   {"destination":{the keys of telemetry.json, the port filled in} | null}
 * null: nothing is loaded.
 */
#include <config.h>

#include <stdlib.h>

#include "drivers/driver.h"
#include "drivers/only-file.h"
#include "media/base/destination.h"
#include "media/base/json.h"
#include "media/base/limits.h"

#define CONTENT_FILE "telemetry.json"

static int parse(const struct bytes *text, struct destination *destination, struct error *err)
{
    json_t *root = NULL;
    int result = json_read(text->data, text->size, &root, err);

    if (result < 0)
        err->code = ERROR_BAD_CONTENT;
    else
        result = destination_read(root, destination, err);
    json_decref(root);
    return result < 0 ? -(int)err->code : 0;
}

static int telemetry_load(const struct driver_content *content, void **loaded, struct error *err)
{
    struct destination *destination = bytes_allocate(1, sizeof(*destination));
    struct bytes text;
    int result =
        only_file_read(content, CONTENT_FILE, LIMIT_TELEMETRY_BYTES, "TELEMETRY_BYTES", &text, err);

    if (result == 0 && parse(&text, destination, err) < 0)
        result = error_context(err, "%s: %s", content->type, CONTENT_FILE);
    bytes_clear(&text);
    if (result < 0)
        free(destination);
    else
        *loaded = destination;
    return result;
}

static json_t *describe(const struct destination *destination)
{
    return destination != NULL ? destination_value(destination) : json_null();
}

static int telemetry_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    bool get = false;
    const struct json_field fields[] = {{"get", JSON_FLAG, JSON_REQUIRED, &get, 0, 0, NULL}};

    if (json_fields(request, fields, sizeof(fields) / sizeof(fields[0]), err) < 0)
        return -(int)err->code;
    if (!get)
        return error_set(err, ERROR_BAD_DOCUMENT, "get: expected true");
    *reply = json_pack("{s:o}", "destination", describe(loaded));
    return 0;
}

static json_t *telemetry_stats(void *loaded)
{
    const struct destination *destination = loaded;

    if (destination == NULL)
        return json_object();
    return json_pack("{s:s, s:I, s:I}", "server", destination->server, "interval",
                     (json_int_t)destination->interval_s, "headers",
                     (json_int_t)destination->header_count);
}

static const struct driver_type types[] = {{"telemsup", 1, 1}};

static const struct sandbox_profile profile = {
    .name = "driver-telemetry",
    .memory_bytes = 64 * MIB,
    .file_bytes = 1 * MIB,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver telemetry_driver = {
    .family = "telemetry",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .sandbox = &profile,
    .load = telemetry_load,
    .unload = free,
    .serve = telemetry_serve,
    .stats = telemetry_stats,
};

int main(int argc, char **argv)
{
    return harness_main(&telemetry_driver, argc, argv);
}
