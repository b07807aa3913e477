/* SPDX-License-Identifier: ISC */
#include "media/driver-greeting.h"

#include <string.h>

#include "media/base/driver-protocol.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/content-type.h"

#define GREETING_TYPES 64

static int check_range(const json_t *range, struct error *err)
{
    const json_t *low = json_array_get(range, 0), *high = json_array_get(range, 1);

    if (json_array_size(range) != 2 || !json_is_integer(low) || !json_is_integer(high) ||
        json_integer_value(low) < 0 || json_integer_value(high) < json_integer_value(low))
        return error_set(err, ERROR_PROTOCOL, "no range of two rising numbers");
    return 0;
}

static const json_t *find_row(const json_t *rows, const char *type, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(rows, i);

        if (strcmp(json_string_value(json_object_get(row, "name")), type) == 0)
            return row;
    }
    return NULL;
}

static int check_row(const json_t *row, const char **name, struct error *err)
{
    json_t *schema = NULL;
    const struct json_field fields[] = {
        {"name", JSON_NAME, JSON_REQUIRED, name, 1, LIMIT_NAME_BYTES, NULL},
        {"schema", JSON_LIST, JSON_REQUIRED, &schema, 2, 2, NULL},
    };

    if (json_fields(row, fields, sizeof(fields) / sizeof(fields[0]), err) < 0 ||
        check_range(schema, err) < 0)
        return -(int)err->code;
    return 0;
}

static int check_types(const json_t *types, struct error *err)
{
    for (size_t i = 0; i < json_array_size(types); i++) {
        const char *name = NULL;

        if (check_row(json_array_get(types, i), &name, err) < 0)
            return error_context(err, "types[%zu]", i);
        if (find_row(types, name, i) != NULL)
            return error_set(err, ERROR_PROTOCOL, "types[%zu]: %s is named twice", i, name);
    }
    return 0;
}

/* A family must not get its own types by this way: they would be loaded and never served. */
static int check_reads(const json_t *types, const json_t *reads, const char *family,
                       struct error *err)
{
    for (size_t i = 0; i < json_array_size(reads); i++) {
        const struct content_type *type;
        const char *name = NULL;

        if (check_row(json_array_get(reads, i), &name, err) < 0)
            return error_context(err, "reads[%zu]", i);
        if (find_row(reads, name, i) != NULL)
            return error_set(err, ERROR_PROTOCOL, "reads[%zu]: %s is named twice", i, name);
        type = content_type_find(name);
        if (find_row(types, name, json_array_size(types)) != NULL ||
            (type != NULL && strcmp(type->family, family) == 0))
            return error_set(err, ERROR_PROTOCOL, "reads[%zu]: %s is a type of the family itself",
                             i, name);
    }
    return 0;
}

int driver_greeting_check(const json_t *greeting, const char *family, struct error *err)
{
    const char *named = NULL;
    json_t *types, *reads = NULL, *abi, *sandbox;
    const struct json_field fields[] = {
        {"family", JSON_NAME, JSON_REQUIRED, &named, 1, LIMIT_NAME_BYTES, NULL},
        {"types", JSON_LIST, JSON_REQUIRED, &types, 1, GREETING_TYPES, NULL},
        {"reads", JSON_LIST, JSON_REQUIRED, &reads, 0, DRIVER_READS, NULL},
        {"abi", JSON_LIST, JSON_REQUIRED, &abi, 2, 2, NULL},
        {"sandbox", JSON_TABLE, JSON_REQUIRED, &sandbox, 0, 8, NULL},
    };
    int result = json_fields(greeting, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (result == 0 && strcmp(named, family) != 0)
        return error_set(err, ERROR_PROTOCOL, "greeting of another family");
    if (result == 0 && (result = check_range(abi, err)) < 0)
        return error_context(err, "greeting: abi");
    if (result == 0)
        result = check_types(types, err);
    if (result == 0)
        result = check_reads(types, reads, family, err);
    return result < 0 ? error_context(err, "greeting") : 0;
}

static const json_t *find_type(const json_t *greeting, const char *list, const char *type)
{
    const json_t *rows = json_object_get(greeting, list);

    return find_row(rows, type, json_array_size(rows));
}

static int overlap(const json_t *range, uint64_t low, uint64_t high, const char *what,
                   const char *program, const char *type, struct error *err)
{
    json_int_t own_low = json_integer_value(json_array_get(range, 0));
    json_int_t own_high = json_integer_value(json_array_get(range, 1));

    if ((uint64_t)own_low <= high && low <= (uint64_t)own_high)
        return 0;
    return error_set(err, ERROR_SCHEMA_RANGE, "%s: %s %llu to %llu, but %s reads %lld to %lld",
                     type, what, (unsigned long long)low, (unsigned long long)high, program,
                     (long long)own_low, (long long)own_high);
}

int driver_greeting_reads(const json_t *greeting, const char *program, const char *type,
                          uint64_t schema_low, uint64_t schema_high, uint64_t abi_low,
                          uint64_t abi_high, struct error *err)
{
    const json_t *found = find_type(greeting, "types", type);

    if (found == NULL)
        found = find_type(greeting, "reads", type);
    if (found == NULL)
        return error_set(err, ERROR_DRIVER_MISSING, "%s does not load content type %s", program,
                         type);
    if (overlap(json_object_get(found, "schema"), schema_low, schema_high, "schema", program, type,
                err) < 0)
        return -(int)err->code;
    return overlap(json_object_get(greeting, "abi"), abi_low, abi_high, "abi", program, type, err);
}

bool driver_greeting_looks_up(const json_t *greeting, const char *type)
{
    return find_type(greeting, "reads", type) != NULL;
}
