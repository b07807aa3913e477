/* SPDX-License-Identifier: ISC */
#include "tui/field.h"

#include <stdio.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/text.h"
#include "tui/output.h"

#define SHORT_BYTES 12
#define ABSENT      "-"
#define UNKNOWN     "--"

const char *field_raw(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

const char *field_text(const json_t *object, const char *key, char out[static FIELD_BYTES])
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_string(value) || json_string_length(value) == 0)
        snprintf(out, FIELD_BYTES, ABSENT);
    else
        text_escape(json_string_value(value), json_string_length(value), out, FIELD_BYTES);
    return out;
}

const char *field_short(const json_t *object, const char *key, char out[static FIELD_BYTES])
{
    const char *raw = field_raw(object, key);

    if (raw == NULL || strlen(raw) <= SHORT_BYTES)
        return field_text(object, key, out);
    text_escape(raw, SHORT_BYTES, out, FIELD_BYTES - 3);
    return memcpy(out + strlen(out), "...", 4), out;
}

const char *field_count(const json_t *object, const char *key, char out[static FIELD_BYTES])
{
    const json_t *value = json_object_get(object, key);

    if (json_is_integer(value))
        snprintf(out, FIELD_BYTES, "%lld", (long long)json_integer_value(value));
    else
        snprintf(out, FIELD_BYTES, ABSENT);
    return out;
}

const char *field_counted(const json_t *object, const char *key, const char *one,
                          char out[static FIELD_BYTES])
{
    int64_t count = field_number(object, key);

    snprintf(out, FIELD_BYTES, "%lld %s%s", (long long)count, one, count == 1 ? "" : "s");
    return out;
}

const char *field_time(const json_t *object, const char *key, char out[static FIELD_BYTES])
{
    char *fraction, *zone;

    field_text(object, key, out);
    fraction = strchr(out, '.');
    zone = strchr(out, 'Z');
    if (fraction != NULL && zone != NULL && zone > fraction)
        memmove(fraction, zone, strlen(zone) + 1);
    return out;
}

const char *field_age(const json_t *object, const char *key, const char *never,
                      char out[static FIELD_BYTES])
{
    const json_t *value = json_object_get(object, key);
    int64_t seconds = json_integer_value(value);
    char text[INSTANT_TEXT_BYTES];

    if (!json_is_integer(value))
        snprintf(out, FIELD_BYTES, ABSENT);
    else if (seconds == 0 && never != NULL)
        snprintf(out, FIELD_BYTES, "%s", never);
    else if (seconds < 0 || seconds > INT64_MAX / INSTANT_SECOND_US)
        snprintf(out, FIELD_BYTES, "%lld s", (long long)seconds);
    else
        snprintf(out, FIELD_BYTES, "%s", instant_format_age(seconds * INSTANT_SECOND_US, text));
    return out;
}

const char *field_ago(const json_t *object, const char *key, int64_t now_us,
                      char out[static FIELD_BYTES])
{
    int64_t then_us = field_instant(object, key);
    char text[INSTANT_TEXT_BYTES];

    if (then_us == INT64_MIN)
        snprintf(out, FIELD_BYTES, ABSENT);
    else if (then_us > now_us)
        snprintf(out, FIELD_BYTES, "ahead of the clock");
    else if (now_us - then_us < INSTANT_SECOND_US)
        snprintf(out, FIELD_BYTES, "now");
    else
        snprintf(out, FIELD_BYTES, "%s ago", instant_format_age(now_us - then_us, text));
    return out;
}

const char *field_bytes(const json_t *object, const char *key, char out[static FIELD_BYTES])
{
    const json_t *value = json_object_get(object, key);
    char text[32];

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        snprintf(out, FIELD_BYTES, UNKNOWN);
    else
        snprintf(out, FIELD_BYTES, "%s", output_bytes((uint64_t)json_integer_value(value), text));
    return out;
}

const char *field_list(const json_t *object, const char *key, char out[static FIELD_BYTES])
{
    const json_t *list = json_object_get(object, key);
    size_t used = 0;

    snprintf(out, FIELD_BYTES, "none");
    for (size_t i = 0; i < json_array_size(list) && used < FIELD_BYTES - 3; i++) {
        const char *element = json_string_value(json_array_get(list, i));

        if (element == NULL)
            continue;
        if (used > 0) {
            memcpy(out + used, ", ", 3);
            used += 2;
        }
        text_escape_string(element, out + used, FIELD_BYTES - used);
        used += strlen(out + used);
    }
    return out;
}

int64_t field_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

bool field_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

int64_t field_instant(const json_t *object, const char *key)
{
    const char *text = field_raw(object, key);
    int64_t instant_us;

    return text != NULL && instant_parse(text, strlen(text), &instant_us) == 0 ? instant_us
                                                                               : INT64_MIN;
}

const char *field_next_step(const json_t *object, const char *key)
{
    const char *name = field_raw(object, key);
    enum error_code code;

    if (name == NULL || error_from_name(name, &code) < 0 || code == ERROR_OK)
        return "";
    return error_row(code)->next_step;
}

const json_t *field_object(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_object(value) ? value : NULL;
}
