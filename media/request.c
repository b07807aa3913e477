/* SPDX-License-Identifier: ISC */
#include "media/request.h"

#include <stdio.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/document-json.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define KIND_BYTES      16
#define COMMON          6 /* rows that every kind has */
#define OF_KIND         2 /* at most as many more */

static const char *const kinds[REQUEST_KIND_COUNT] = {
    [REQUEST_FLOOR_RESET] = "floor-reset",
    [REQUEST_RING_CHANGE] = "ring-change",
};

const char *request_kind_name(enum request_kind kind)
{
    return kinds[kind];
}

struct parts {
    const char *schema, *kind, *endpoint, *ring, *reason, *subject, *to;
    json_t *floor;
};

static int take_kind(const json_t *object, struct request *request, struct error *err)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));

    for (size_t i = 0; kind != NULL && i < COUNT_OF(kinds); i++) {
        if (strcmp(kinds[i], kind) == 0) {
            request->kind = (enum request_kind)i;
            return 0;
        }
    }
    return error_set(err, ERROR_BAD_DOCUMENT, "kind: expected floor-reset or ring-change");
}

static int read_fields(const json_t *object, struct request *request, struct parts *parts,
                       struct error *err)
{
    struct json_field fields[COMMON + OF_KIND] = {
        {.key = "endpoint", .kind = JSON_NAME, .out = &parts->endpoint},
        {.key = "kind", .kind = JSON_TEXT, .out = &parts->kind, .max = KIND_BYTES},
        {.key = "made", .kind = JSON_INSTANT, .out = &request->made_us},
        {.key = "reason",
         .kind = JSON_TEXT,
         .out = &parts->reason,
         .min = 1,
         .max = LIMIT_NOTES_BYTES},
        {.key = "ring", .kind = JSON_NAME, .out = &parts->ring},
        {.key = "schema", .kind = JSON_TEXT, .out = &parts->schema, .max = sizeof(REQUEST_SCHEMA)},
    };
    size_t count = COMMON;

    if (request->kind == REQUEST_FLOOR_RESET) {
        fields[count++] = (struct json_field){.key = "subject",
                                              .kind = JSON_TEXT,
                                              .out = &parts->subject,
                                              .max = FLOOR_SUBJECT_BYTES - 1};
        fields[count++] =
            (struct json_field){.key = "floor", .kind = JSON_TABLE, .out = &parts->floor, .max = 2};
    } else {
        fields[count++] = (struct json_field){.key = "to", .kind = JSON_NAME, .out = &parts->to};
    }
    return json_fields(object, fields, count, err);
}

static int take_floor(const struct parts *parts, struct request *request, struct error *err)
{
    const struct json_field fields[] = {
        {.key = "number", .kind = JSON_COUNT, .out = &request->floor_number, .max = INT64_MAX},
        {.key = "time", .kind = JSON_INSTANT, .out = &request->floor_time_us},
    };

    if (!floor_subject_valid(parts->subject))
        return error_set(err, ERROR_BAD_DOCUMENT, "subject: expected type:NAME or ring:NAME");
    snprintf(request->subject, sizeof(request->subject), "%s", parts->subject);
    if (json_fields(parts->floor, fields, COUNT_OF(fields), err) < 0)
        return error_context(err, "floor");
    return 0;
}

static int take(const json_t *object, struct request *request, struct error *err)
{
    struct parts parts = {0};
    int result = take_kind(object, request, err);

    if (result == 0)
        result = read_fields(object, request, &parts, err);
    if (result == 0 && strcmp(parts.schema, REQUEST_SCHEMA) != 0)
        result = error_set(err, ERROR_BAD_DOCUMENT, "schema: expected " REQUEST_SCHEMA);
    if (result < 0)
        return result;
    snprintf(request->endpoint, sizeof(request->endpoint), "%s", parts.endpoint);
    snprintf(request->ring, sizeof(request->ring), "%s", parts.ring);
    snprintf(request->reason, sizeof(request->reason), "%s", parts.reason);
    if (request->kind == REQUEST_FLOOR_RESET)
        return take_floor(&parts, request, err);
    snprintf(request->to, sizeof(request->to), "%s", parts.to);
    return 0;
}

int request_parse(struct bytes_view text, struct request *request, struct error *err)
{
    json_t *object = NULL;
    int result;

    *request = (struct request){.kind = REQUEST_FLOOR_RESET};
    if (text.size > LIMIT_REQUEST_BYTES)
        return error_set(err, ERROR_LIMIT, "request of %zu bytes: more than REQUEST_BYTES",
                         text.size);
    result = json_read(text.data, text.size, &object, err);
    if (result == 0)
        result = take(object, request, err);
    json_decref(object);
    return result < 0 ? error_context(err, "request") : 0;
}

static json_t *write_object(const struct request *request)
{
    json_t *object =
        json_pack("{s:s, s:s, s:o, s:s, s:s, s:s}", "endpoint", request->endpoint, "kind",
                  request_kind_name(request->kind), "made", document_json_instant(request->made_us),
                  "reason", request->reason, "ring", request->ring, "schema", REQUEST_SCHEMA);

    if (request->kind == REQUEST_RING_CHANGE) {
        json_object_set_new(object, "to", json_string(request->to));
        return object;
    }
    json_object_set_new(object, "subject", json_string(request->subject));
    json_object_set_new(object, "floor",
                        json_pack("{s:o, s:o}", "number",
                                  document_json_count(request->floor_number), "time",
                                  document_json_instant(request->floor_time_us)));
    return object;
}

int request_write(const struct request *request, struct bytes *out, struct error *err)
{
    json_t *object = write_object(request);
    struct request again;
    struct bytes text;
    int result =
        object == NULL ? error_set(err, ERROR_BAD_DOCUMENT, "request: text that is not UTF-8") : 0;

    bytes_init(&text, LIMIT_REQUEST_BYTES);
    if (result == 0)
        result = json_write(object, &text, err);
    if (result == 0)
        result = bytes_put_u8(&text, '\n', err);
    /* What the mirror would refuse is not carried there. */
    if (result == 0)
        result = request_parse(bytes_view(&text), &again, err);
    if (result == 0)
        result = bytes_put(out, text.data, text.size, err);
    json_decref(object);
    bytes_clear(&text);
    return result;
}
