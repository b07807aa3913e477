/* SPDX-License-Identifier: ISC */
#include "media/base/json.h"

#include <string.h>

#include "media/base/instant.h"
#include "media/base/limits.h"
#include "media/base/text.h"

#define SHA384_BYTES 48

/* jansson's iteration takes a non-const object, although it changes nothing. */
static json_t *walkable(const json_t *value)
{
    return (json_t *)(uintptr_t)value;
}

static int check_value(const json_t *value, unsigned depth, struct error *err);

static int check_elements(const json_t *array, unsigned depth, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < json_array_size(array) && result == 0; i++)
        result = check_value(json_array_get(array, i), depth, err);
    return result;
}

static int check_members(const json_t *object, unsigned depth, struct error *err)
{
    json_t *walked = walkable(object);

    for (void *i = json_object_iter(walked); i != NULL; i = json_object_iter_next(walked, i)) {
        if (check_value(json_object_iter_value(i), depth, err) < 0)
            return error_context(err, "%s", json_object_iter_key(i));
    }
    return 0;
}

/* Integers only, bounded depth. The recursion is bounded by what it checks. */
static int check_value(const json_t *value, unsigned depth, struct error *err)
{
    if (json_is_real(value))
        return error_set(err, ERROR_BAD_DOCUMENT, "a number with a fraction or exponent");
    if (!json_is_object(value) && !json_is_array(value))
        return 0;
    if (depth > LIMIT_JSON_DEPTH)
        return error_set(err, ERROR_BAD_DOCUMENT, "deeper than %d levels (JSON_DEPTH)",
                         LIMIT_JSON_DEPTH);
    if (json_is_array(value))
        return check_elements(value, depth + 1, err);
    return check_members(value, depth + 1, err);
}

int json_read(const void *data, size_t size, json_t **root, struct error *err)
{
    json_error_t parse_error;
    int result;

    *root = NULL;
    if (size == 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "empty: expected JSON");
    *root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &parse_error);
    if (*root == NULL)
        return error_set(err, ERROR_BAD_DOCUMENT, "line %d, column %d: %s", parse_error.line,
                         parse_error.column, parse_error.text);
    result = check_value(*root, 1, err);
    if (result < 0) {
        json_decref(*root);
        *root = NULL;
    }
    return result;
}

struct write_target {
    struct bytes *out;
    struct error *err;
};

static int write_piece(const char *piece, size_t size, void *context)
{
    struct write_target *target = context;

    return bytes_put(target->out, piece, size, target->err);
}

int json_write(const json_t *root, struct bytes *out, struct error *err)
{
    struct error inner = {0};
    struct write_target target = {.out = out, .err = &inner};

    if (json_dump_callback(root, write_piece, &target, JSON_COMPACT | JSON_SORT_KEYS) == 0)
        return 0;
    if (inner.code == ERROR_OK)
        return error_set(err, ERROR_INTERNAL, "JSON that cannot be written");
    *err = inner;
    return -(int)err->code;
}

static int refuse(const struct json_field *field, struct error *err, const char *expected)
{
    return error_set(err, ERROR_BAD_DOCUMENT, "%s: expected %s", field->key, expected);
}

static bool text_is_plain(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte < 0x20 && byte != '\n' && byte != '\t')
            return false;
    }
    return true;
}

static int take_text(const struct json_field *field, const json_t *value, struct error *err)
{
    size_t size = json_string_length(value);

    if (!json_is_string(value))
        return refuse(field, err, "a string");
    if (size > field->max)
        return error_set(err, ERROR_BAD_DOCUMENT, "%s: longer than %llu bytes", field->key,
                         (unsigned long long)field->max);
    if (size < field->min)
        return error_set(err, ERROR_BAD_DOCUMENT, "%s: shorter than %llu bytes", field->key,
                         (unsigned long long)field->min);
    if (!text_is_plain(json_string_value(value), size))
        return refuse(field, err, "text without control characters");
    *(const char **)field->out = json_string_value(value);
    return 0;
}

bool json_text_valid(const char *text, size_t max)
{
    size_t size = strnlen(text, max + 1);

    return size <= max && text_is_utf8(text, size) && text_is_plain(text, size);
}

bool json_name_valid(const char *name)
{
    size_t size = strnlen(name, LIMIT_NAME_BYTES + 1);

    if (size == 0 || size > LIMIT_NAME_BYTES || strchr("._-", name[0]) != NULL)
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

static int take_name(const struct json_field *field, const json_t *value, struct error *err)
{
    if (!json_is_string(value) || !json_name_valid(json_string_value(value)))
        return refuse(field, err, "a name of a-z 0-9 . _ -, beginning with a letter or digit");
    *(const char **)field->out = json_string_value(value);
    return 0;
}

static int take_count(const struct json_field *field, const json_t *value, struct error *err)
{
    json_int_t number = json_integer_value(value);

    if (!json_is_integer(value) || number < 0 || (uint64_t)number < field->min ||
        (uint64_t)number > field->max)
        return error_set(err, ERROR_BAD_DOCUMENT, "%s: expected an integer from %llu to %llu",
                         field->key, (unsigned long long)field->min,
                         (unsigned long long)field->max);
    *(uint64_t *)field->out = (uint64_t)number;
    return 0;
}

static int take_flag(const struct json_field *field, const json_t *value, struct error *err)
{
    if (!json_is_boolean(value))
        return refuse(field, err, "true or false");
    *(bool *)field->out = json_is_true(value);
    return 0;
}

static int take_list(const struct json_field *field, const json_t *value, struct error *err)
{
    if (!json_is_array(value))
        return refuse(field, err, "an array");
    if (json_array_size(value) > field->max || json_array_size(value) < field->min)
        return error_set(err, ERROR_BAD_DOCUMENT, "%s: expected %llu to %llu elements", field->key,
                         (unsigned long long)field->min, (unsigned long long)field->max);
    *(json_t **)field->out = walkable(value);
    return 0;
}

static int take_table(const struct json_field *field, const json_t *value, struct error *err)
{
    if (!json_is_object(value))
        return refuse(field, err, "an object");
    if (json_object_size(value) > field->max || json_object_size(value) < field->min)
        return error_set(err, ERROR_BAD_DOCUMENT, "%s: expected %llu to %llu members", field->key,
                         (unsigned long long)field->min, (unsigned long long)field->max);
    *(json_t **)field->out = walkable(value);
    return 0;
}

static int take_sha384(const struct json_field *field, const json_t *value, struct error *err)
{
    if (!json_is_string(value) ||
        text_unhex(json_string_value(value), field->out, SHA384_BYTES) < 0)
        return refuse(field, err, "96 lower-case hex digits");
    return 0;
}

/* One writing an instant: what instant_format would write. */
static int take_instant(const struct json_field *field, const json_t *value, struct error *err)
{
    char again[INSTANT_TEXT_BYTES];
    int64_t *instant_us = field->out;

    if (!json_is_string(value) ||
        instant_parse(json_string_value(value), json_string_length(value), instant_us) < 0 ||
        strcmp(instant_format(*instant_us, again), json_string_value(value)) != 0)
        return refuse(field, err, "a time such as 2026-11-23T08:15:00Z, no or six fraction digits");
    return 0;
}

static int take_value(const struct json_field *field, const json_t *value, struct error *err)
{
    static int (*const take[])(const struct json_field *, const json_t *, struct error *) = {
        [JSON_TEXT] = take_text,     [JSON_NAME] = take_name,       [JSON_COUNT] = take_count,
        [JSON_FLAG] = take_flag,     [JSON_LIST] = take_list,       [JSON_TABLE] = take_table,
        [JSON_SHA384] = take_sha384, [JSON_INSTANT] = take_instant,
    };

    return take[field->kind](field, value, err);
}

static int take_field(const json_t *object, const struct json_field *field, struct error *err)
{
    const json_t *value = json_object_get(object, field->key);
    bool absent = value == NULL || (field->need == JSON_NULLABLE && json_is_null(value));

    if (field->present != NULL)
        *field->present = !absent;
    if (value == NULL && field->need != JSON_OPTIONAL)
        return error_set(err, ERROR_BAD_DOCUMENT, "%s: missing", field->key);
    return absent ? 0 : take_value(field, value, err);
}

/* Every key of the object must be a row of the table. */
static int refuse_unknown(const json_t *object, const struct json_field *fields, size_t count,
                          struct error *err)
{
    json_t *walked = walkable(object);

    for (void *i = json_object_iter(walked); i != NULL; i = json_object_iter_next(walked, i)) {
        const char *key = json_object_iter_key(i);
        size_t row = 0;

        while (row < count && strcmp(fields[row].key, key) != 0)
            row++;
        if (row == count)
            return error_set(err, ERROR_BAD_DOCUMENT, "%s: unknown key", key);
    }
    return 0;
}

int json_fields(const json_t *object, const struct json_field *fields, size_t count,
                struct error *err)
{
    int result;

    if (!json_is_object(object))
        return error_set(err, ERROR_BAD_DOCUMENT, "expected an object");
    result = refuse_unknown(object, fields, count, err);
    for (size_t i = 0; i < count && result == 0; i++)
        result = take_field(object, &fields[i], err);
    return result;
}
