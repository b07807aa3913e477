/* SPDX-License-Identifier: ISC
 *
 * sallyport-driver-flags: content type flags-supplement. Serves
 *   {"flag":NAME,"site":NAME?,"position":0..99?,"values":[{"site","percent","value"}]?}
 * with
 *   {"flag","value":bool,"supplement":"off"|"available"|"missing",
 *    "service":"on"|"off"|"missing","release":NAME|null,"origin":"content"|"compiled-in",
 *    "known":bool,"what":TEXT|null}
 * and {"list":true,"site":NAME?,"services":{NAME:{"position":0..99,"values":[...]}}} with
 *   {"flags":[as above, for every flag that supplement, software or services name; sorted]}
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "drivers/driver.h"
#include "drivers/flags-supplement.h"
#include "drivers/only-file.h"
#include "media/base/json.h"
#include "media/base/limits.h"

#define CONTENT_FILE "flags.json"

static int flags_load(const struct driver_content *content, void **loaded, struct error *err)
{
    struct flag_supplement *supplement;
    struct bytes text;
    int result =
        only_file_read(content, CONTENT_FILE, LIMIT_FLAGS_BYTES, "FLAGS_BYTES", &text, err);

    if (result == 0) {
        result = flag_supplement_parse(text.data, text.size, &supplement, err);
        if (result < 0)
            result = error_context(err, "%s: %s", content->type, CONTENT_FILE);
        else
            *loaded = supplement;
    }
    bytes_clear(&text);
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
    const struct flag_feature *feature = flag_feature_find(name);
    const char *release;

    *state = flag_supplement_state(supplement, name, PACKAGE_VERSION, &release);
    return json_pack("{s:s, s:s, s:s?, s:s, s:b, s:s?}", "flag", name, "supplement",
                     flag_state_name(*state), "release", release, "origin",
                     compiled ? "compiled-in" : "content", "known", feature != NULL, "what",
                     feature != NULL ? feature->what : NULL);
}

/* Supplement and service value of one flag, and what they come to. */
static json_t *decide(const struct flag_supplement *supplement, bool compiled, const char *name,
                      enum flag_service service)
{
    enum flag_state state;
    json_t *row = describe(supplement, name, compiled, &state);

    json_object_set_new(row, "service", json_string(flag_service_name(service)));
    json_object_set_new(row, "value", json_boolean(flag_combine(state, service)));
    return row;
}

static int serve_one(const struct flag_supplement *supplement, bool compiled, const json_t *request,
                     json_t **reply, struct error *err)
{
    struct question question;
    enum flag_service service;

    if (read_question(request, &question, err) < 0 ||
        flag_service_value(question.values, question.site, question.position, &service, err) < 0)
        return -(int)err->code;
    *reply = decide(supplement, compiled, question.flag, service);
    return 0;
}

/* What the endpoint's set says of one flag, in a list. */
static int read_service(const json_t *object, const char *site, enum flag_service *service,
                        struct error *err)
{
    uint64_t position = 0;
    json_t *values = NULL;
    const struct json_field fields[] = {
        {"position", JSON_COUNT, JSON_REQUIRED, &position, 0, 99, NULL},
        {"values", JSON_LIST, JSON_REQUIRED, &values, 0, LIMIT_FLAG_ROWS, NULL},
    };

    if (json_fields(object, fields, sizeof(fields) / sizeof(fields[0]), err) < 0)
        return -(int)err->code;
    return flag_service_value(values, site, position, service, err);
}

/* context: an object with the names as keys, each once. */
static void note_name(void *context, const char *name)
{
    json_object_set_new(context, name, json_integer(FLAG_NONE));
}

/* Names as keys, each with its service value. */
static int note_services(json_t *names, json_t *services, const char *site, struct error *err)
{
    const char *name;
    json_t *row;

    json_object_foreach(services, name, row)
    {
        enum flag_service service;

        if (!json_name_valid(name))
            return error_set(err, ERROR_BAD_DOCUMENT, "services: not a name of a flag");
        if (read_service(row, site, &service, err) < 0)
            return error_context(err, "services: %s", name);
        json_object_set_new(names, name, json_integer(service));
    }
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static json_t *decide_all(const struct flag_supplement *supplement, bool compiled, json_t *names)
{
    const char **sorted = bytes_allocate(json_object_size(names) + 1, sizeof(sorted[0]));
    json_t *rows = json_array(), *ignored;
    const char *name;
    size_t count = 0;

    json_object_foreach(names, name, ignored) sorted[count++] = name;
    qsort(sorted, count, sizeof(sorted[0]), compare_names);
    for (size_t i = 0; i < count; i++) {
        json_int_t service = json_integer_value(json_object_get(names, sorted[i]));

        json_array_append_new(rows,
                              decide(supplement, compiled, sorted[i], (enum flag_service)service));
    }
    free(sorted);
    return rows;
}

static int serve_list(const struct flag_supplement *supplement, bool compiled,
                      const json_t *request, json_t **reply, struct error *err)
{
    json_t *names = json_object();
    const char *site = NULL;
    json_t *services = NULL;
    bool list = false;
    const struct json_field fields[] = {
        {"list", JSON_FLAG, JSON_REQUIRED, &list, 0, 0, NULL},
        {"site", JSON_NAME, JSON_OPTIONAL, &site, 1, LIMIT_NAME_BYTES, NULL},
        {"services", JSON_TABLE, JSON_REQUIRED, &services, 0, LIMIT_FLAGS, NULL},
    };
    int result = json_fields(request, fields, sizeof(fields) / sizeof(fields[0]), err);

    flag_supplement_each(supplement, note_name, names);
    if (result == 0)
        result = note_services(names, services, site, err);
    if (result == 0)
        *reply = json_pack("{s:o}", "flags", decide_all(supplement, compiled, names));
    json_decref(names);
    return result;
}

static int flags_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    struct flag_supplement *own;
    const struct flag_supplement *supplement = in_force(loaded, &own);
    bool list = json_object_get(request, "list") != NULL;
    int result;

    if (supplement == NULL)
        return error_set(err, ERROR_INTERNAL, "the compiled-in supplement does not parse");
    result = list ? serve_list(supplement, own != NULL, request, reply, err)
                  : serve_one(supplement, own != NULL, request, reply, err);
    flag_supplement_free(own);
    return result;
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
