/* SPDX-License-Identifier: ISC
 *
 * sallyport-driver-flags: content type flags-supplement. Serves
 *   {"flag":NAME,"site":NAME?,"position":0..99?,"values":[{"site","percent","value"}]?}
 * with
 *   {"flag","value":bool,"supplement":"off"|"available"|"missing",
 *    "service":"on"|"off"|"missing","release":NAME|null,"origin":"content"|"compiled-in",
 *    "known":bool}
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "drivers/driver.h"
#include "drivers/flags-supplement.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/path.h"

#define CONTENT_FILE "flags.json"

/* README* and LICENSE* may lie in every source and are not looked at. */
static bool is_accompanying(const char *name)
{
    return strncmp(name, "README", 6) == 0 || strncmp(name, "LICENSE", 7) == 0;
}

static int find_file(const struct driver_content *content, const struct driver_file **file,
                     struct error *err)
{
    *file = NULL;
    for (size_t i = 0; i < content->file_count; i++) {
        const char *name = content->files[i].name;

        if (strcmp(name, CONTENT_FILE) == 0)
            *file = &content->files[i];
        else if (!is_accompanying(name))
            return error_set(err, ERROR_BAD_CONTENT, "%s: %s: expected only %s", content->type,
                             name, CONTENT_FILE);
    }
    if (*file == NULL)
        return error_set(err, ERROR_BAD_CONTENT, "%s: no %s", content->type, CONTENT_FILE);
    return 0;
}

static int flags_load(const struct driver_content *content, void **loaded, struct error *err)
{
    const struct driver_file *file;
    struct flag_supplement *supplement;
    uint8_t *data;
    int result;

    if (find_file(content, &file, err) < 0)
        return -(int)err->code;
    driver_at(content, file->name, 0, NULL);
    if (file->size > LIMIT_FLAGS_BYTES)
        return error_set(err, ERROR_BAD_CONTENT, "%s: %s: larger than FLAGS_BYTES, %lu bytes",
                         content->type, file->name, (unsigned long)LIMIT_FLAGS_BYTES);
    data = bytes_allocate(1, (size_t)file->size);
    result = path_pread(file->fd, data, (size_t)file->size, 0, err);
    if (result == 0)
        result = flag_supplement_parse(data, (size_t)file->size, &supplement, err);
    if (result < 0)
        result = error_context(err, "%s: %s", content->type, file->name);
    else
        *loaded = supplement;
    free(data);
    return result;
}

static void flags_unload(void *loaded)
{
    flag_supplement_free(loaded);
}

/* What is loaded, or else what is compiled in; *own is what the caller must free. */
static const struct flag_supplement *in_force(void *loaded, struct flag_supplement **own)
{
    struct error err;

    *own = NULL;
    if (loaded != NULL)
        return loaded;
    if (flag_supplement_parse(flag_supplement_compiled(), strlen(flag_supplement_compiled()), own,
                              &err) < 0)
        return NULL;
    return *own;
}

struct question {
    const char *flag, *site;
    uint64_t position;
    json_t *values;
};

static int read_question(const json_t *request, struct question *question, struct error *err)
{
    const struct json_field fields[] = {
        {"flag", JSON_NAME, JSON_REQUIRED, &question->flag, 1, LIMIT_NAME_BYTES, NULL},
        {"site", JSON_NAME, JSON_OPTIONAL, &question->site, 1, LIMIT_NAME_BYTES, NULL},
        {"position", JSON_COUNT, JSON_OPTIONAL, &question->position, 0, 99, NULL},
        {"values", JSON_LIST, JSON_OPTIONAL, &question->values, 0, LIMIT_FLAG_ROWS, NULL},
    };

    *question = (struct question){0};
    return json_fields(request, fields, sizeof(fields) / sizeof(fields[0]), err);
}

static json_t *describe(const struct flag_supplement *supplement, const char *name, bool compiled,
                        enum flag_state *state)
{
    const char *release;

    *state = flag_supplement_state(supplement, name, PACKAGE_VERSION, &release);
    return json_pack("{s:s, s:s, s:s?, s:s, s:b}", "flag", name, "supplement",
                     flag_state_name(*state), "release", release, "origin",
                     compiled ? "compiled-in" : "content", "known",
                     flag_feature_find(name) != NULL);
}

static int flags_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    const struct flag_supplement *supplement;
    struct flag_supplement *own;
    struct question question;
    enum flag_service service;
    enum flag_state state;

    if (read_question(request, &question, err) < 0 ||
        flag_service_value(question.values, question.site, question.position, &service, err) < 0)
        return -(int)err->code;
    supplement = in_force(loaded, &own);
    if (supplement == NULL)
        return error_set(err, ERROR_INTERNAL, "the compiled-in supplement does not parse");
    *reply = describe(supplement, question.flag, own != NULL, &state);
    json_object_set_new(*reply, "service", json_string(flag_service_name(service)));
    json_object_set_new(*reply, "value", json_boolean(flag_combine(state, service)));
    flag_supplement_free(own);
    return 0;
}

struct listing {
    const struct flag_supplement *supplement;
    bool compiled;
    json_t *flags;
};

static void list_flag(void *context, const char *name)
{
    struct listing *listing = context;
    enum flag_state state;

    json_array_append_new(listing->flags,
                          describe(listing->supplement, name, listing->compiled, &state));
}

static json_t *flags_stats(void *loaded)
{
    struct flag_supplement *own;
    struct listing listing = {.supplement = in_force(loaded, &own), .flags = json_array()};

    listing.compiled = own != NULL;
    if (listing.supplement != NULL)
        flag_supplement_each(listing.supplement, list_flag, &listing);
    flag_supplement_free(own);
    return json_pack("{s:s, s:o}", "software", PACKAGE_VERSION, "flags", listing.flags);
}

static const struct driver_type types[] = {{"flags-supplement", 1, 1}};

static const struct sandbox_profile profile = {
    .name = "driver-flags",
    .memory_bytes = 256 * MIB,
    .file_bytes = 16 * MIB,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver flags_driver = {
    .family = "flags",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .sandbox = &profile,
    .load = flags_load,
    .unload = flags_unload,
    .serve = flags_serve,
    .stats = flags_stats,
};

int main(int argc, char **argv)
{
    return harness_main(&flags_driver, argc, argv);
}
