/* SPDX-License-Identifier: ISC */
#include "media/package.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/json.h"
#include "media/document-json.h"
#include "media/version.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* [low, high] */
static int parse_range(const json_t *list, const char *key, uint64_t *low, uint64_t *high,
                       struct error *err)
{
    const json_t *first = json_array_get(list, 0), *second = json_array_get(list, 1);

    if (json_array_size(list) != 2 || !json_is_integer(first) || !json_is_integer(second) ||
        json_integer_value(first) < 1 || json_integer_value(second) < json_integer_value(first))
        return error_set(err, ERROR_BAD_DOCUMENT, "%s: expected [low, high]", key);
    *low = (uint64_t)json_integer_value(first);
    *high = (uint64_t)json_integer_value(second);
    return 0;
}

static int parse_recipe(const json_t *object, struct package_recipe *recipe, struct error *err)
{
    const struct json_field fields[] = {
        {.key = "base",
         .kind = JSON_SHA384,
         .need = JSON_NULLABLE,
         .out = recipe->base,
         .present = &recipe->has_base},
        {.key = "digest", .kind = JSON_SHA384, .out = recipe->digest},
        {.key = "packed_size",
         .kind = JSON_COUNT,
         .out = &recipe->packed_size,
         .max = 2 * LIMIT_CONTENT_BYTES},
        {.key = "size",
         .kind = JSON_COUNT,
         .out = &recipe->size,
         .min = 1,
         .max = LIMIT_RECIPE_BYTES},
    };

    return json_fields(object, fields, COUNT_OF(fields), err);
}

/* The full recipe comes first, the others follow by their base: one order, one full recipe. A recipe
 * names no base: what two bases have alike is built on by one recipe, under the name of each. */
static int check_order(const struct package_document *package, size_t i, struct error *err)
{
    const struct package_recipe *recipe = &package->recipes[i];

    if (recipe->has_base != (i > 0))
        return error_set(err, ERROR_BAD_DOCUMENT,
                         "base: the first recipe, and no other, has none (null)");
    if (i > 1 && memcmp(package->recipes[i - 1].base, recipe->base, DIGEST_BYTES) >= 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "base: not sorted");
    if (i > 0 && memcmp(package->recipes[0].digest, recipe->digest, DIGEST_BYTES) == 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "digest: of the full recipe, which has no base");
    return 0;
}

static int parse_recipes(const json_t *list, struct package_document *package, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < json_array_size(list) && result == 0; i++) {
        result = parse_recipe(json_array_get(list, i), &package->recipes[i], err);
        if (result == 0)
            result = check_order(package, i, err);
        if (result != 0)
            error_context(err, "recipes[%zu]", i);
        package->recipe_count = i + 1;
    }
    return result;
}

static int parse_requirement(const json_t *object, struct package_requirement *requirement,
                             struct error *err)
{
    const char *type = NULL;
    const struct json_field fields[] = {
        {.key = "issue",
         .kind = JSON_COUNT,
         .out = &requirement->issue,
         .min = 1,
         .max = INT64_MAX},
        {.key = "type", .kind = JSON_NAME, .out = &type},
    };
    int result = json_fields(object, fields, COUNT_OF(fields), err);

    if (result == 0)
        memcpy(requirement->type, type, strlen(type) + 1);
    return result;
}

static int parse_requirements(const json_t *list, struct package_document *package,
                              struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < json_array_size(list) && result == 0; i++) {
        struct package_requirement *row = &package->requirements[i];

        result = parse_requirement(json_array_get(list, i), row, err);
        if (result == 0 && i > 0 && strcmp(row[-1].type, row->type) >= 0)
            result = error_set(err, ERROR_BAD_DOCUMENT, "type: not sorted");
        if (result == 0 && strcmp(row->type, package->type) == 0)
            result = error_set(err, ERROR_BAD_DOCUMENT, "type: the package's own");
        if (result != 0)
            error_context(err, "requires[%zu]", i);
        package->requirement_count = i + 1;
    }
    return result;
}

struct parts {
    json_t *abi, *content_schema, *recipes, *requires;
    const char *notes, *sealed, *type, *version;
};

static int parse_top(const json_t *object, struct parts *parts, struct package_document *package,
                     struct error *err)
{
    const struct json_field fields[] = {
        {.key = "abi", .kind = JSON_LIST, .out = &parts->abi, .max = 2},
        {.key = "bytes", .kind = JSON_COUNT, .out = &package->bytes, .max = LIMIT_CONTENT_BYTES},
        {.key = "content_schema", .kind = JSON_LIST, .out = &parts->content_schema, .max = 2},
        {.key = "files",
         .kind = JSON_COUNT,
         .out = &package->files,
         .min = 1,
         .max = LIMIT_PACKAGE_FILES},
        {.key = "issue", .kind = JSON_COUNT, .out = &package->issue, .min = 1, .max = INT64_MAX},
        {.key = "notes", .kind = JSON_TEXT, .out = &parts->notes, .max = LIMIT_NOTES_BYTES},
        {.key = "recipes",
         .kind = JSON_LIST,
         .out = &parts->recipes,
         .min = 1,
         .max = LIMIT_RECIPES},
        {.key = "requires", .kind = JSON_LIST, .out = &parts->requires, .max = LIMIT_REQUIRES},
        {.key = "sealed", .kind = JSON_NAME, .need = JSON_NULLABLE, .out = &parts->sealed},
        {.key = "type", .kind = JSON_NAME, .out = &parts->type},
        {.key = "version", .kind = JSON_TEXT, .out = &parts->version, .max = LIMIT_VERSION_BYTES},
    };

    return json_fields(object, fields, COUNT_OF(fields), err);
}

static int take_texts(const struct parts *parts, struct package_document *package,
                      struct error *err)
{
    if (!version_valid(parts->version))
        return error_set(err, ERROR_BAD_DOCUMENT, "version: expected A-Z a-z 0-9 . + ~ : _ -");
    memcpy(package->type, parts->type, strlen(parts->type) + 1);
    memcpy(package->version, parts->version, strlen(parts->version) + 1);
    if (parts->sealed != NULL)
        memcpy(package->sealed, parts->sealed, strlen(parts->sealed) + 1);
    package->notes = bytes_copy_string(parts->notes);
    return 0;
}

int package_parse(struct bytes_view json, struct package_document *package, struct error *err)
{
    struct parts parts = {0};
    json_t *object = NULL;
    int result;

    memset(package, 0, sizeof(*package));
    result = document_json_read(DOCUMENT_PACKAGE, json, &object, err);
    if (result == 0)
        result = parse_top(object, &parts, package, err);
    if (result == 0)
        result = take_texts(&parts, package, err);
    if (result == 0)
        result = parse_range(parts.abi, "abi", &package->abi_low, &package->abi_high, err);
    if (result == 0)
        result = parse_range(parts.content_schema, "content_schema", &package->schema_low,
                             &package->schema_high, err);
    if (result == 0)
        result = parse_recipes(parts.recipes, package, err);
    if (result == 0)
        result = parse_requirements(parts.requires, package, err);
    json_decref(object);
    return result;
}

void package_clear(struct package_document *package)
{
    free(package->notes);
    memset(package, 0, sizeof(*package));
}

const struct package_recipe *package_full_recipe(const struct package_document *package)
{
    return &package->recipes[0];
}
