/* SPDX-License-Identifier: ISC */
#include "agent/verify.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/json.h"
#include "media/base/text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define IDS_MAX         100000 /* ids that one endpoint has been told are bad; stored for good */

static int parse_floor(const json_t *object, struct floor *floor, struct error *err)
{
    const struct json_field fields[] = {
        {.key = "digest", .kind = JSON_SHA384, .out = floor->digest},
        {.key = "number", .kind = JSON_COUNT, .out = &floor->number, .max = INT64_MAX},
        {.key = "time", .kind = JSON_INSTANT, .out = &floor->time_us},
    };

    floor->present = true;
    return json_fields(object, fields, COUNT_OF(fields), err);
}

static int parse_clock(const json_t *object, struct floor_clock *clock, struct error *err)
{
    const struct json_field fields[] = {
        {.key = "floor", .kind = JSON_INSTANT, .out = &clock->trusted_floor_us},
        {.key = "local", .kind = JSON_INSTANT, .out = &clock->local_us},
    };

    return json_fields(object, fields, COUNT_OF(fields), err);
}

static int take_type(const char *name, char to[static LIMIT_NAME_BYTES + 1], struct error *err)
{
    if (name == NULL || !json_name_valid(name))
        return error_set(err, ERROR_BAD_DOCUMENT, "a content type breaks the pattern of names");
    memcpy(to, name, strlen(name) + 1);
    return 0;
}

static int parse_floors(json_t *table, struct verify_request *request, struct error *err)
{
    const char *type;
    json_t *row;

    json_object_foreach(table, type, row)
    {
        struct verify_floor *to = &request->floors[request->floor_count++];

        if (take_type(type, to->type, err) != 0 || parse_floor(row, &to->floor, err) != 0)
            return error_context(err, "floors");
    }
    return 0;
}

static int parse_installed(json_t *table, struct verify_request *request, struct error *err)
{
    const char *type;
    json_t *id;

    json_object_foreach(table, type, id)
    {
        struct verify_installed *to = &request->installed[request->installed_count++];
        const char *hex = json_string_value(id);

        if (take_type(type, to->type, err) != 0)
            return error_context(err, "installed");
        if (hex == NULL || text_unhex(hex, to->id, DIGEST_BYTES) != 0)
            return error_set(err, ERROR_BAD_DOCUMENT, "installed: expected package ids");
    }
    return 0;
}

static int parse_only(const json_t *list, struct verify_request *request, struct error *err)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (take_type(json_string_value(json_array_get(list, i)), request->only[i], err) != 0)
            return error_context(err, "only");
        request->only_count++;
    }
    return 0;
}

static int parse_ids(const json_t *list, struct verify_ids *ids, struct error *err)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *hex = json_string_value(json_array_get(list, i));
        uint8_t id[DIGEST_BYTES];

        if (hex == NULL || text_unhex(hex, id, DIGEST_BYTES) != 0)
            return error_set(err, ERROR_BAD_DOCUMENT, "expected package ids");
        verify_ids_add(ids, id);
    }
    return 0;
}

static int parse_bases(json_t *table, struct verify_request *request, struct error *err)
{
    const char *type;
    json_t *list;

    json_object_foreach(table, type, list)
    {
        if (!json_is_array(list) || json_array_size(list) > VERIFY_TYPE_BASES)
            return error_set(err, ERROR_BAD_DOCUMENT, "bases: expected at most %d package ids",
                             VERIFY_TYPE_BASES);
        for (size_t i = 0; i < json_array_size(list); i++) {
            struct verify_base *to = &request->bases[request->base_count++];
            const char *hex = json_string_value(json_array_get(list, i));

            if (take_type(type, to->type, err) != 0)
                return error_context(err, "bases");
            if (hex == NULL || text_unhex(hex, to->id, DIGEST_BYTES) != 0)
                return error_set(err, ERROR_BAD_DOCUMENT, "bases: expected package ids");
        }
    }
    return 0;
}

struct parts {
    const char *mode, *ring, *endpoint;
    json_t *clock, *ring_floor, *floors, *installed, *only, *withdrawn, *quarantined, *bases;
};

static int parse_top(const json_t *body, struct parts *parts, struct verify_request *request,
                     struct error *err)
{
    const struct json_field fields[] = {
        {.key = "mode", .kind = JSON_NAME, .out = &parts->mode},
        {.key = "ring", .kind = JSON_NAME, .need = JSON_NULLABLE, .out = &parts->ring},
        {.key = "endpoint", .kind = JSON_NAME, .need = JSON_OPTIONAL, .out = &parts->endpoint},
        {.key = "test_endpoint", .kind = JSON_FLAG, .out = &request->test_endpoint},
        {.key = "tokens", .kind = JSON_FLAG, .out = &request->tokens},
        {.key = "confirm_time", .kind = JSON_FLAG, .out = &request->confirm_time},
        {.key = "clock", .kind = JSON_TABLE, .out = &parts->clock, .max = 2},
        {.key = "ring_floor",
         .kind = JSON_TABLE,
         .need = JSON_NULLABLE,
         .out = &parts->ring_floor,
         .max = 3},
        {.key = "floors", .kind = JSON_TABLE, .out = &parts->floors, .max = LIMIT_SET_PACKAGES},
        {.key = "installed",
         .kind = JSON_TABLE,
         .out = &parts->installed,
         .max = LIMIT_SET_PACKAGES},
        {.key = "only",
         .kind = JSON_LIST,
         .need = JSON_NULLABLE,
         .out = &parts->only,
         .max = LIMIT_SET_PACKAGES,
         .present = &request->has_only},
        {.key = "withdrawn", .kind = JSON_LIST, .out = &parts->withdrawn, .max = IDS_MAX},
        {.key = "quarantined", .kind = JSON_LIST, .out = &parts->quarantined, .max = IDS_MAX},
        {.key = "bases",
         .kind = JSON_TABLE,
         .need = JSON_OPTIONAL,
         .out = &parts->bases,
         .max = LIMIT_SET_PACKAGES},
    };
    int result = json_fields(body, fields, COUNT_OF(fields), err);

    if (result == 0 && strcmp(parts->mode, "import") != 0 && strcmp(parts->mode, "inspect") != 0)
        result = error_set(err, ERROR_BAD_DOCUMENT, "mode: expected import or inspect");
    return result;
}

int verify_request_parse(const json_t *body, struct verify_request *request, struct error *err)
{
    struct parts parts = {0};
    int result;

    memset(request, 0, sizeof(*request));
    result = parse_top(body, &parts, request, err);
    if (result != 0)
        return result;
    request->inspect = strcmp(parts.mode, "inspect") == 0;
    if (parts.ring != NULL)
        memcpy(request->ring, parts.ring, strlen(parts.ring) + 1);
    if (parts.endpoint != NULL)
        memcpy(request->endpoint, parts.endpoint, strlen(parts.endpoint) + 1);
    result = parse_clock(parts.clock, &request->clock, err);
    if (result == 0 && parts.ring_floor != NULL)
        result = parse_floor(parts.ring_floor, &request->ring_floor, err);
    if (result == 0)
        result = parse_floors(parts.floors, request, err);
    if (result == 0)
        result = parse_installed(parts.installed, request, err);
    if (result == 0)
        result = parse_only(parts.only, request, err);
    if (result == 0)
        result = parse_ids(parts.withdrawn, &request->withdrawn, err);
    if (result == 0)
        result = parse_ids(parts.quarantined, &request->quarantined, err);
    if (result == 0)
        result = parse_bases(parts.bases, request, err);
    return result;
}

void verify_request_clear(struct verify_request *request)
{
    free(request->withdrawn.ids);
    free(request->quarantined.ids);
    memset(request, 0, sizeof(*request));
}

const struct floor *verify_request_floor(const struct verify_request *request, const char *type)
{
    static const struct floor none = {.present = false};

    for (size_t i = 0; i < request->floor_count; i++) {
        if (strcmp(request->floors[i].type, type) == 0)
            return &request->floors[i].floor;
    }
    return &none;
}

const uint8_t *verify_request_installed(const struct verify_request *request, const char *type)
{
    for (size_t i = 0; i < request->installed_count; i++) {
        if (strcmp(request->installed[i].type, type) == 0)
            return request->installed[i].id;
    }
    return NULL;
}

bool verify_request_wants(const struct verify_request *request, const char *type)
{
    for (size_t i = 0; i < request->only_count; i++) {
        if (strcmp(request->only[i], type) == 0)
            return true;
    }
    return !request->has_only;
}

bool verify_request_has_base(const struct verify_request *request, const char *type,
                             const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < request->base_count; i++) {
        if (strcmp(request->bases[i].type, type) == 0 &&
            memcmp(request->bases[i].id, id, DIGEST_BYTES) == 0)
            return true;
    }
    return false;
}

bool verify_ids_has(const struct verify_ids *list, const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < list->count; i++) {
        if (memcmp(list->ids[i], id, DIGEST_BYTES) == 0)
            return true;
    }
    return false;
}

void verify_ids_add(struct verify_ids *list, const uint8_t id[static DIGEST_BYTES])
{
    /* Grown by doubling: a power of two is full. */
    if ((list->count & (list->count - 1)) == 0) {
        size_t capacity = list->count == 0 ? 1 : 2 * list->count;
        uint8_t(*grown)[DIGEST_BYTES] = bytes_allocate(capacity, DIGEST_BYTES);

        if (list->count > 0)
            memcpy(grown, list->ids, list->count * DIGEST_BYTES);
        free(list->ids);
        list->ids = grown;
    }
    memcpy(list->ids[list->count++], id, DIGEST_BYTES);
}
