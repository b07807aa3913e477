/* SPDX-License-Identifier: ISC */
#include "media/flags.h"

#include <stdint.h>
#include <string.h>

#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/protected-flag.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static int check_row(const json_t *row, struct error *err)
{
    const char *site = NULL, *value = NULL;
    uint64_t percent = 0;
    const struct json_field fields[] = {
        {.key = "percent", .kind = JSON_COUNT, .out = &percent, .max = 100},
        {.key = "site", .kind = JSON_NAME, .need = JSON_NULLABLE, .out = &site},
        {.key = "value", .kind = JSON_NAME, .out = &value},
    };
    int result = json_fields(row, fields, COUNT_OF(fields), err);

    if (result == 0 && strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
        result = error_set(err, ERROR_BAD_DOCUMENT, "value: expected on or off");
    return result;
}

static int check_flag(const char *name, const json_t *rows, struct error *err)
{
    int result = 0;

    if (!json_name_valid(name))
        return error_set(err, ERROR_BAD_DOCUMENT, "a flag's name breaks the pattern of names");
    if (protected_flag(name) != NULL)
        return error_set(err, ERROR_BAD_DOCUMENT, "%s: %s", name, protected_flag(name));
    if (!json_is_array(rows) || json_array_size(rows) == 0 ||
        json_array_size(rows) > LIMIT_FLAG_ROWS)
        return error_set(err, ERROR_BAD_DOCUMENT, "%s: expected 1 to %d rows", name,
                         LIMIT_FLAG_ROWS);
    for (size_t i = 0; i < json_array_size(rows) && result == 0; i++) {
        result = check_row(json_array_get(rows, i), err);
        if (result != 0)
            error_context(err, "%s[%zu]", name, i);
    }
    return result;
}

int flags_check(const json_t *table, struct error *err)
{
    json_t *walked = (json_t *)(uintptr_t)table;
    const char *name;
    json_t *rows;
    int result = 0;

    if (!json_is_object(table) || json_object_size(table) > LIMIT_FLAGS)
        return error_set(err, ERROR_BAD_DOCUMENT, "expected a table of at most %d flags",
                         LIMIT_FLAGS);
    json_object_foreach(walked, name, rows)
    {
        result = check_flag(name, rows, err);
        if (result != 0)
            break;
    }
    return result;
}
