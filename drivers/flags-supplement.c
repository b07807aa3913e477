/* SPDX-License-Identifier: ISC */
#include "drivers/flags-supplement.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/protected-flag.h"

#define SCHEMA        "sallyport.flags/1"
#define RELEASE_PARTS 3

static const struct flag_feature features[] = {
    {"appfeed", "appfeed and userappfeed: scan exclusions for software that is found here"},
    {"behavior", "behavior and product-rules-feed, and the sensor that they see events by"},
    {"repair-kit", "repairs by content; those of the last resort go on"},
    {"source-schedule", "the agent's hourly look at its sources; imports by hand go on"},
};

#define FEATURES (sizeof(features) / sizeof(features[0]))

struct flag_supplement {
    json_t *releases; /* checked: {release: {name: "off"|"available"}} */
};

const struct flag_feature *flag_feature(size_t i)
{
    return i < FEATURES ? &features[i] : NULL;
}

const struct flag_feature *flag_feature_find(const char *name)
{
    for (size_t i = 0; i < FEATURES; i++)
        if (strcmp(features[i].name, name) == 0)
            return &features[i];
    return NULL;
}

const char *flag_supplement_compiled(void)
{
    return "{\"schema\":\"" SCHEMA "\",\"releases\":{\"*\":{\"appfeed\":\"available\","
           "\"behavior\":\"available\",\"repair-kit\":\"available\","
           "\"source-schedule\":\"available\"}}}";
}

/* Numbers of a release: count in *parts, or -1. No leading zeros, at most 9 digits each. */
static int release_numbers(const char *release, uint32_t numbers[RELEASE_PARTS])
{
    int parts = 0;

    for (;;) {
        size_t digits = strspn(release, "0123456789");

        if (parts == RELEASE_PARTS || digits == 0 || digits > 9 ||
            (digits > 1 && release[0] == '0'))
            return -1;
        numbers[parts++] = (uint32_t)strtoul(release, NULL, 10);
        release += digits;
        if (*release == '\0')
            return parts;
        if (*release++ != '.')
            return -1;
    }
}

/* How exactly a release speaks for a version: -1 not at all, 0 "*", then parts that agree. */
static int release_fit(const char *release, const char *version)
{
    uint32_t wanted[RELEASE_PARTS], given[RELEASE_PARTS];
    int wanted_parts, given_parts;

    if (strcmp(release, "*") == 0)
        return 0;
    wanted_parts = release_numbers(release, wanted);
    given_parts = release_numbers(version, given);
    if (wanted_parts < 0 || given_parts < wanted_parts)
        return -1;
    for (int i = 0; i < wanted_parts; i++)
        if (wanted[i] != given[i])
            return -1;
    return wanted_parts;
}

static int refuse_key(struct error *err, const char *release, const char *name, const char *words)
{
    if (name == NULL)
        return error_set(err, ERROR_BAD_CONTENT, "releases: \"%.80s\": %s", release, words);
    return error_set(err, ERROR_BAD_CONTENT, "releases: \"%.80s\": \"%.80s\": %s", release, name,
                     words);
}

static int check_flag(const char *release, const char *name, const json_t *value, struct error *err)
{
    const char *state = json_string_value(value);

    if (!json_name_valid(name))
        return refuse_key(err, release, name, "expected a name of [a-z0-9._-]");
    if (protected_flag(name) != NULL)
        return refuse_key(err, release, name, protected_flag(name));
    if (state == NULL || (strcmp(state, "off") != 0 && strcmp(state, "available") != 0))
        return refuse_key(err, release, name, "expected \"off\" or \"available\"");
    return 0;
}

static int check_release(const char *release, const json_t *flags, struct error *err)
{
    uint32_t numbers[RELEASE_PARTS];
    const char *name;
    json_t *value;

    if (strcmp(release, "*") != 0 && release_numbers(release, numbers) < 0)
        return refuse_key(err, release, NULL, "expected \"*\" or a release such as \"1.2.0\"");
    if (!json_is_object(flags))
        return refuse_key(err, release, NULL, "expected an object of flags");
    if (json_object_size(flags) > LIMIT_FLAGS_NAMES)
        return refuse_key(err, release, NULL, "more than FLAGS_NAMES flags");
    /* jansson's iteration takes a plain pointer but changes nothing. */
    json_object_foreach((json_t *)(uintptr_t)flags, name, value)
    {
        if (check_flag(release, name, value, err) < 0)
            return -(int)err->code;
    }
    return 0;
}

static int check_releases(json_t *releases, struct error *err)
{
    const char *release;
    json_t *flags;

    json_object_foreach(releases, release, flags)
    {
        if (check_release(release, flags, err) < 0)
            return -(int)err->code;
    }
    return 0;
}

int flag_supplement_parse(const void *data, size_t size, struct flag_supplement **supplement,
                          struct error *err)
{
    const char *schema = NULL;
    json_t *releases = NULL;
    const struct json_field fields[] = {
        {"schema", JSON_TEXT, JSON_REQUIRED, &schema, 1, LIMIT_NAME_BYTES, NULL},
        {"releases", JSON_TABLE, JSON_REQUIRED, &releases, 0, LIMIT_FLAGS_RELEASES, NULL},
    };
    json_t *root = NULL;
    int result = -1;

    *supplement = NULL;
    if (size > LIMIT_FLAGS_BYTES)
        return error_set(err, ERROR_BAD_CONTENT, "%zu bytes, limit FLAGS_BYTES is %lu", size,
                         (unsigned long)LIMIT_FLAGS_BYTES);
    if (json_read(data, size, &root, err) < 0 ||
        json_fields(root, fields, sizeof(fields) / sizeof(fields[0]), err) < 0)
        goto out;
    if (strcmp(schema, SCHEMA) != 0) {
        error_set(err, ERROR_BAD_CONTENT, "schema: expected \"%s\"", SCHEMA);
        goto out;
    }
    if (check_releases(releases, err) < 0)
        goto out;
    *supplement = bytes_allocate(1, sizeof(**supplement));
    (*supplement)->releases = json_incref(releases);
    result = 0;
out:
    json_decref(root);
    if (result < 0)
        err->code = ERROR_BAD_CONTENT;
    return result < 0 ? -(int)err->code : 0;
}

void flag_supplement_free(struct flag_supplement *supplement)
{
    if (supplement == NULL)
        return;
    json_decref(supplement->releases);
    free(supplement);
}

enum flag_state flag_supplement_state(const struct flag_supplement *supplement, const char *name,
                                      const char *version, const char **release)
{
    enum flag_state state = FLAG_MISSING;
    const char *key, *decided = NULL;
    json_t *flags;
    int best = -1;

    json_object_foreach(supplement->releases, key, flags)
    {
        const char *value = json_string_value(json_object_get(flags, name));
        int fit = release_fit(key, version);

        if (value == NULL || fit <= best)
            continue;
        best = fit;
        decided = key;
        state = strcmp(value, "available") == 0 ? FLAG_AVAILABLE : FLAG_OFF;
    }
    if (release != NULL)
        *release = decided;
    return state;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void flag_supplement_each(const struct flag_supplement *supplement, flag_visit visit, void *context)
{
    json_t *all = json_object();
    const char **names, *key;
    json_t *flags, *ignored;
    size_t count = 0;

    json_object_foreach(supplement->releases, key, flags) json_object_update(all, flags);
    for (size_t i = 0; i < FEATURES; i++)
        json_object_set_new(all, features[i].name, json_true());
    names = bytes_allocate(json_object_size(all), sizeof(names[0]));
    json_object_foreach(all, key, ignored) names[count++] = key;
    qsort(names, count, sizeof(names[0]), compare_names);
    for (size_t i = 0; i < count; i++)
        visit(context, names[i]);
    free(names);
    json_decref(all);
}

struct service_row {
    const char *site, *value;
    uint64_t percent;
};

static int read_service_row(const json_t *object, struct service_row *row, struct error *err)
{
    const struct json_field fields[] = {
        {"site", JSON_NAME, JSON_NULLABLE, &row->site, 1, LIMIT_NAME_BYTES, NULL},
        {"percent", JSON_COUNT, JSON_REQUIRED, &row->percent, 0, 100, NULL},
        {"value", JSON_NAME, JSON_REQUIRED, &row->value, 1, LIMIT_NAME_BYTES, NULL},
    };

    *row = (struct service_row){0};
    if (json_fields(object, fields, sizeof(fields) / sizeof(fields[0]), err) < 0)
        return -(int)err->code;
    if (strcmp(row->value, "on") != 0 && strcmp(row->value, "off") != 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "value: expected \"on\" or \"off\"");
    return 0;
}

int flag_service_value(const json_t *values, const char *site, uint64_t position,
                       enum flag_service *service, struct error *err)
{
    struct service_row row;

    *service = FLAG_NONE;
    if (values == NULL)
        return 0;
    if (!json_is_array(values) || json_array_size(values) > LIMIT_FLAG_ROWS)
        return error_set(err, ERROR_BAD_DOCUMENT, "values: expected a list of at most %d",
                         LIMIT_FLAG_ROWS);
    for (size_t i = 0; i < json_array_size(values); i++) {
        if (read_service_row(json_array_get(values, i), &row, err) < 0)
            return error_context(err, "values[%zu]", i);
        if (*service != FLAG_NONE || position >= row.percent)
            continue;
        if (row.site == NULL || (site != NULL && strcmp(row.site, site) == 0))
            *service = strcmp(row.value, "on") == 0 ? FLAG_SERVICE_ON : FLAG_SERVICE_OFF;
    }
    return 0;
}

bool flag_combine(enum flag_state state, enum flag_service service)
{
    return state == FLAG_AVAILABLE && service == FLAG_SERVICE_ON;
}

const char *flag_state_name(enum flag_state state)
{
    switch (state) {
    case FLAG_MISSING:
        return "missing";
    case FLAG_OFF:
        return "off";
    case FLAG_AVAILABLE:
        return "available";
    }
    return "missing";
}

const char *flag_service_name(enum flag_service service)
{
    switch (service) {
    case FLAG_NONE:
        return "missing";
    case FLAG_SERVICE_OFF:
        return "off";
    case FLAG_SERVICE_ON:
        return "on";
    }
    return "missing";
}
