/* SPDX-License-Identifier: ISC */
#include "media/set.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/json.h"
#include "media/document-json.h"
#include "media/flags.h"
#include "media/version.h"

#define COUNT_OF(table)  (sizeof(table) / sizeof((table)[0]))
#define EVIDENCE_MEMBERS 64

static int parse_package(const json_t *object, struct set_package *package, struct error *err)
{
    const char *type = NULL, *version = NULL;
    const struct json_field fields[] = {
        {.key = "id", .kind = JSON_SHA384, .out = package->id},
        {.key = "issue", .kind = JSON_COUNT, .out = &package->issue, .min = 1, .max = INT64_MAX},
        {.key = "size",
         .kind = JSON_COUNT,
         .out = &package->size,
         .min = 1,
         .max = LIMIT_PACKAGE_BYTES},
        {.key = "type", .kind = JSON_NAME, .out = &type},
        {.key = "version", .kind = JSON_TEXT, .out = &version, .max = LIMIT_VERSION_BYTES},
    };
    int result = json_fields(object, fields, COUNT_OF(fields), err);

    if (result != 0)
        return result;
    if (!version_valid(version))
        return error_set(err, ERROR_BAD_DOCUMENT, "version: expected A-Z a-z 0-9 . + ~ : _ -");
    memcpy(package->type, type, strlen(type) + 1);
    memcpy(package->version, version, strlen(version) + 1);
    return 0;
}

static int parse_packages(const json_t *list, struct set_document *set, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < json_array_size(list) && result == 0; i++) {
        struct set_package *row = &set->packages[i];

        result = parse_package(json_array_get(list, i), row, err);
        if (result == 0 && i > 0 && strcmp(row[-1].type, row->type) >= 0)
            result = error_set(err, ERROR_BAD_DOCUMENT, "type: not sorted, or twice");
        if (result != 0)
            error_context(err, "packages[%zu]", i);
        set->package_count = i + 1;
    }
    return result;
}

static int parse_wave(const char *type, const json_t *list, struct set_document *set,
                      struct error *err)
{
    struct set_waves *waves = &set->waves[set->wave_count];
    int result;

    if (!json_name_valid(type))
        return error_set(err, ERROR_BAD_DOCUMENT, "waves: a type breaks the pattern of names");
    memcpy(waves->type, type, strlen(type) + 1);
    result = wave_parse(list, &waves->plan, err);
    if (result != 0)
        return error_context(err, "waves: %s", type);
    set->wave_count++;
    return 0;
}

static int parse_waves(json_t *table, struct set_document *set, struct error *err)
{
    const char *type;
    json_t *list;
    int result = 0;

    if (json_object_get(table, "default") == NULL)
        return error_set(err, ERROR_BAD_DOCUMENT, "waves: default: missing");
    json_object_foreach(table, type, list)
    {
        result = parse_wave(type, list, set, err);
        if (result != 0)
            break;
    }
    return result;
}

static int check_withdrawn(const struct set_document *set, const uint8_t id[static DIGEST_BYTES],
                           struct error *err)
{
    for (size_t i = 0; i < set->package_count; i++) {
        if (memcmp(set->packages[i].id, id, DIGEST_BYTES) == 0)
            return error_set(err, ERROR_BAD_DOCUMENT, "id: the set carries it as well");
    }
    return 0;
}

static int parse_withdrawal(const json_t *object, struct set_withdrawn *row, struct error *err)
{
    const char *reason = NULL, *link = NULL;
    const struct json_field fields[] = {
        {.key = "harmful", .kind = JSON_FLAG, .out = &row->harmful},
        {.key = "id", .kind = JSON_SHA384, .out = row->id},
        {.key = "link", .kind = JSON_TEXT, .out = &link, .max = LIMIT_LINK_BYTES},
        {.key = "reason", .kind = JSON_TEXT, .out = &reason, .max = LIMIT_NOTES_BYTES},
    };
    int result = json_fields(object, fields, COUNT_OF(fields), err);

    if (result != 0)
        return result;
    row->reason = bytes_copy_string(reason);
    row->link = bytes_copy_string(link);
    return 0;
}

static int parse_withdrawals(const json_t *list, struct set_document *set, struct error *err)
{
    int result = 0;

    set->withdrawn = bytes_allocate(json_array_size(list) + 1, sizeof(*set->withdrawn));
    for (size_t i = 0; i < json_array_size(list) && result == 0; i++) {
        struct set_withdrawn *row = &set->withdrawn[i];

        set->withdrawn_count = i + 1;
        result = parse_withdrawal(json_array_get(list, i), row, err);
        if (result == 0 && i > 0 && memcmp(row[-1].id, row->id, DIGEST_BYTES) >= 0)
            result = error_set(err, ERROR_BAD_DOCUMENT, "id: not sorted, or twice");
        if (result == 0)
            result = check_withdrawn(set, row->id, err);
        if (result != 0)
            error_context(err, "withdrawn[%zu]", i);
    }
    return result;
}

static int parse_crl(const json_t *object, struct set_crl *crl, struct error *err)
{
    const struct json_field fields[] = {
        {.key = "digest", .kind = JSON_SHA384, .out = crl->digest},
        {.key = "issuer", .kind = JSON_SHA384, .out = crl->issuer},
        {.key = "number", .kind = JSON_COUNT, .out = &crl->number, .max = INT64_MAX},
    };

    return json_fields(object, fields, COUNT_OF(fields), err);
}

static int parse_crls(const json_t *list, struct set_document *set, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < json_array_size(list) && result == 0; i++) {
        struct set_crl *row = &set->crls[i];

        result = parse_crl(json_array_get(list, i), row, err);
        if (result == 0 && i > 0 && memcmp(row[-1].issuer, row->issuer, DIGEST_BYTES) >= 0)
            result = error_set(err, ERROR_BAD_DOCUMENT, "issuer: not sorted, or twice");
        if (result != 0)
            error_context(err, "crls[%zu]", i);
        set->crl_count = i + 1;
    }
    return result;
}

struct parts {
    json_t *crls, *evidence, *flags, *packages, *waves, *withdrawn;
    const char *ring;
};

static int parse_top(const json_t *object, struct parts *parts, struct set_document *set,
                     struct error *err)
{
    const struct json_field fields[] = {
        {.key = "crls", .kind = JSON_LIST, .out = &parts->crls, .max = LIMIT_CRLS},
        {.key = "evidence", .kind = JSON_TABLE, .out = &parts->evidence, .max = EVIDENCE_MEMBERS},
        {.key = "expires", .kind = JSON_INSTANT, .out = &set->expires_us},
        {.key = "flags", .kind = JSON_TABLE, .out = &parts->flags, .max = LIMIT_FLAGS},
        {.key = "packages", .kind = JSON_LIST, .out = &parts->packages, .max = LIMIT_SET_PACKAGES},
        {.key = "previous",
         .kind = JSON_SHA384,
         .need = JSON_NULLABLE,
         .out = set->previous,
         .present = &set->has_previous},
        {.key = "ring", .kind = JSON_NAME, .out = &parts->ring},
        {.key = "root_version",
         .kind = JSON_COUNT,
         .out = &set->root_version,
         .min = 1,
         .max = INT64_MAX},
        {.key = "sequence", .kind = JSON_COUNT, .out = &set->sequence, .min = 1, .max = INT64_MAX},
        {.key = "waves",
         .kind = JSON_TABLE,
         .out = &parts->waves,
         .min = 1,
         .max = LIMIT_SET_PACKAGES + 1},
        {.key = "withdrawn", .kind = JSON_LIST, .out = &parts->withdrawn, .max = LIMIT_WITHDRAWN},
    };

    return json_fields(object, fields, COUNT_OF(fields), err);
}

static int take_rest(const struct parts *parts, struct set_document *set, struct error *err)
{
    int result = flags_check(parts->flags, err);

    if (result != 0)
        return error_context(err, "flags");
    /* A ring's first set may have a higher sequence: numbers of sets that were never released are
     * not used again. */
    if (set->has_previous && set->sequence == 1)
        return error_set(err, ERROR_BAD_DOCUMENT, "previous: set 1 has none");
    memcpy(set->ring, parts->ring, strlen(parts->ring) + 1);
    set->flags = json_incref(parts->flags);
    set->evidence = json_incref(parts->evidence);
    return 0;
}

int set_parse(struct bytes_view json, struct set_document *set, struct error *err)
{
    struct parts parts = {0};
    json_t *object = NULL;
    int result;

    memset(set, 0, sizeof(*set));
    result = document_json_read(DOCUMENT_SET, json, &object, err);
    if (result == 0)
        result = parse_top(object, &parts, set, err);
    if (result == 0)
        result = take_rest(&parts, set, err);
    if (result == 0)
        result = parse_packages(parts.packages, set, err);
    if (result == 0)
        result = parse_waves(parts.waves, set, err);
    if (result == 0)
        result = parse_withdrawals(parts.withdrawn, set, err);
    if (result == 0)
        result = parse_crls(parts.crls, set, err);
    json_decref(object);
    return result;
}

void set_clear(struct set_document *set)
{
    for (size_t i = 0; i < set->withdrawn_count; i++) {
        free(set->withdrawn[i].reason);
        free(set->withdrawn[i].link);
    }
    free(set->withdrawn);
    json_decref(set->flags);
    json_decref(set->evidence);
    memset(set, 0, sizeof(*set));
}
