/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "media/base/event.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/text.h"

#define DIGEST_BYTES 32
#define NAME_BYTES   32 /* a field's, with a NUL */
#define SECOND_US    1000000
#define LATEST_S     INT64_C(253402300799) /* the end of the year 9999 */
#define MEMORY_BYTES (EVENT_FIELDS * (size_t)(LIMIT_EVENT_TEXT + LIMIT_EVENT_ARGV_BYTES))

/* The views can only be set when the memory moves no more: until then, where each value begins. */
struct reading {
    struct event *event;
    struct bytes *memory;
    size_t begins[EVENT_FIELDS];
};

static int expected(const char *name, const char *what, struct error *err)
{
    return error_set(err, ERROR_BAD_CONTENT, "%s: expected %s", name, what);
}

/* {"hex":"..."}: bytes that are not UTF-8. */
static int put_hex(const json_t *value, struct bytes *memory, const char *name, struct error *err)
{
    const char *hex = json_string_value(json_object_get(value, "hex"));
    size_t size = hex != NULL ? strlen(hex) / 2 : 0;
    uint8_t *place;
    int result;

    if (hex == NULL || json_object_size(value) != 1)
        return expected(name, "a string, or {\"hex\":\"...\"}", err);
    if (size > LIMIT_EVENT_TEXT)
        return error_set(err, ERROR_BAD_CONTENT, "%s: longer than %d bytes (EVENT_TEXT)", name,
                         LIMIT_EVENT_TEXT);
    result = bytes_reserve(memory, size, &place, err);
    if (result == 0 && text_unhex(hex, place, size) < 0)
        return expected(name, "lower-case hex digits", err);
    return result;
}

static int put_text(const json_t *value, struct bytes *memory, const char *name, struct error *err)
{
    size_t before = memory->size;
    int result;

    if (json_is_object(value))
        result = put_hex(value, memory, name, err);
    else if (!json_is_string(value))
        return expected(name, "a string", err);
    else if (json_string_length(value) > LIMIT_EVENT_TEXT)
        return error_set(err, ERROR_BAD_CONTENT, "%s: longer than %d bytes (EVENT_TEXT)", name,
                         LIMIT_EVENT_TEXT);
    else
        result = bytes_put(memory, json_string_value(value), json_string_length(value), err);
    if (result == 0 && memory->size > before &&
        memchr(memory->data + before, 0, memory->size - before) != NULL)
        return expected(name, "no NUL", err);
    return result;
}

static int put_list(const json_t *value, struct bytes *memory, const char *name, struct error *err)
{
    size_t before = memory->size;
    int result = 0;

    if (!json_is_array(value) || json_array_size(value) > LIMIT_EVENT_ARGUMENTS)
        return error_set(err, ERROR_BAD_CONTENT, "%s: expected a list of at most %d strings", name,
                         LIMIT_EVENT_ARGUMENTS);
    for (size_t i = 0; i < json_array_size(value) && result == 0; i++) {
        result = put_text(json_array_get(value, i), memory, name, err);
        if (result == 0)
            result = bytes_put_u8(memory, 0, err);
        if (result == 0 && memory->size - before > LIMIT_EVENT_ARGV_BYTES)
            result =
                error_set(err, ERROR_BAD_CONTENT, "%s: longer than %d bytes (EVENT_ARGV_BYTES)",
                          name, LIMIT_EVENT_ARGV_BYTES);
    }
    return result;
}

static int put_digest(const json_t *value, struct bytes *memory, const char *name,
                      struct error *err)
{
    uint8_t *place;
    int result = bytes_reserve(memory, DIGEST_BYTES, &place, err);

    if (result == 0 &&
        (!json_is_string(value) || text_unhex(json_string_value(value), place, DIGEST_BYTES) < 0))
        return expected(name, "64 lower-case hex digits", err);
    return result;
}

static int take_number(const json_t *value, enum event_field field, int64_t *number,
                       struct error *err)
{
    const char *name = event_field_row(field)->name;

    if (!json_is_integer(value))
        return expected(name, "an integer", err);
    *number = json_integer_value(value);
    if (field != EVENT_TIME)
        return 0;
    if (*number < 0 || *number > LATEST_S)
        return expected(name, "seconds since 1970 UTC", err);
    *number *= SECOND_US;
    return 0;
}

static int take_value(const json_t *json, enum event_field field, struct reading *reading,
                      struct error *err)
{
    static int (*const put[])(const json_t *, struct bytes *, const char *, struct error *) = {
        [EVENT_TEXT] = put_text, [EVENT_LIST] = put_list, [EVENT_DIGEST] = put_digest};
    const struct event_field_row *row = event_field_row(field);
    struct event_value *value = &reading->event->values[field];
    int result;

    if ((row->kinds & 1U << reading->event->kind) == 0)
        return error_set(err, ERROR_BAD_CONTENT, "%s: not of %s events", row->name,
                         event_kind_name(reading->event->kind));
    value->present = true;
    if (row->type == EVENT_NUMBER)
        return take_number(json, field, &value->number, err);
    reading->begins[field] = reading->memory->size;
    result = put[row->type](json, reading->memory, row->name, err);
    value->text.size = reading->memory->size - reading->begins[field];
    return result;
}

/* "parent": the field's name is prefix, dot, key. */
static enum event_field find_field(const char *prefix, const char *key)
{
    char name[NAME_BYTES];
    int size = snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix != '\0' ? "." : "", key);

    return strchr(key, '.') == NULL && size < (int)sizeof(name) ? event_field_find(name) : 0;
}

static int take_members(json_t *object, const char *prefix, struct reading *reading,
                        struct error *err)
{
    int result = 0;

    for (void *i = json_object_iter(object); i != NULL && result == 0;
         i = json_object_iter_next(object, i)) {
        const char *key = json_object_iter_key(i);
        json_t *value = json_object_iter_value(i);
        enum event_field field = find_field(prefix, key);

        if (*prefix == '\0' && strcmp(key, "type") == 0)
            continue;
        if (field != 0)
            result = take_value(value, field, reading, err);
        else if (*prefix == '\0' && strcmp(key, "parent") == 0 && json_is_object(value))
            result = take_members(value, "parent", reading, err);
        else
            result = error_set(err, ERROR_BAD_CONTENT, "%s%s%s: no field of an event", prefix,
                               *prefix != '\0' ? "." : "", key);
    }
    return result;
}

/* An empty text has a place too, as from the wire. */
static void set_views(struct reading *reading)
{
    const uint8_t *memory = reading->memory->data;

    for (unsigned i = 1; i < EVENT_FIELDS; i++) {
        struct event_value *value = &reading->event->values[i];

        if (value->present && event_field_row(i)->type != EVENT_NUMBER)
            value->text.data = memory != NULL ? memory + reading->begins[i] : (const uint8_t *)"";
    }
}

int event_from_json(const json_t *object, struct event *event, struct bytes *memory,
                    struct error *err)
{
    json_t *walked = (json_t *)(uintptr_t)object; /* jansson iterates over non-const objects */
    const char *kind = json_string_value(json_object_get(object, "type"));
    struct reading reading = {.event = event, .memory = memory};
    int result;

    bytes_init(memory, MEMORY_BYTES);
    memset(event, 0, sizeof(*event));
    if (!json_is_object(object))
        return error_set(err, ERROR_BAD_CONTENT, "expected an event as an object");
    if (kind == NULL || !event_kind_find(kind, &event->kind))
        return expected("type", "exec, write or another kind of event", err);
    result = take_members(walked, "", &reading, err);
    if (result == 0)
        set_views(&reading);
    return result;
}

static json_t *text_to_json(struct bytes_view text)
{
    char hex[2 * LIMIT_EVENT_TEXT + 1] = "";

    if (text_is_utf8(text.data, text.size))
        return json_stringn(text.size > 0 ? (const char *)text.data : "", text.size);
    if (text.size <= LIMIT_EVENT_TEXT)
        text_hex(text.data, text.size, hex);
    return json_pack("{s:s}", "hex", hex);
}

static json_t *list_to_json(struct bytes_view list)
{
    json_t *json = json_array();
    struct bytes_view element;

    while (list.size > 0) {
        size_t size = strnlen((const char *)list.data, list.size);

        if (bytes_get_view(&list, size, &element) < 0)
            break;
        json_array_append_new(json, text_to_json(element));
        if (list.size > 0 && bytes_get_view(&list, 1, &element) < 0)
            break;
    }
    return json;
}

static json_t *digest_to_json(struct bytes_view digest)
{
    char hex[2 * DIGEST_BYTES + 1] = "";

    if (digest.size == DIGEST_BYTES)
        text_hex(digest.data, digest.size, hex);
    return json_string(hex);
}

static json_t *value_to_json(const struct event *event, enum event_field field)
{
    const struct event_value *value = &event->values[field];

    switch (event_field_row(field)->type) {
    case EVENT_TEXT:
        return text_to_json(value->text);
    case EVENT_LIST:
        return list_to_json(value->text);
    case EVENT_DIGEST:
        return digest_to_json(value->text);
    default:
        return json_integer(field == EVENT_TIME ? value->number / SECOND_US : value->number);
    }
}

/* The object that a name with a dot belongs to, and the name behind the dot. */
static json_t *owner_of(json_t *object, const char **name)
{
    const char *dot = strchr(*name, '.');
    char key[NAME_BYTES];
    json_t *owner;

    if (dot == NULL)
        return object;
    snprintf(key, sizeof(key), "%.*s", (int)(dot - *name), *name);
    *name = dot + 1;
    owner = json_object_get(object, key);
    if (owner != NULL)
        return owner;
    owner = json_object();
    json_object_set_new(object, key, owner);
    return owner;
}

json_t *event_to_json(const struct event *event)
{
    json_t *object = json_pack("{s:s}", "type", event_kind_name(event->kind));

    for (unsigned i = 1; i < EVENT_FIELDS && object != NULL; i++) {
        const char *name = event_field_row(i)->name;

        if (event->values[i].present) {
            json_t *owner = owner_of(object, &name);

            json_object_set_new(owner, name, value_to_json(event, i));
        }
    }
    return object;
}
