/* SPDX-License-Identifier: ISC */
#include "media/root.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/text.h"
#include "media/document-json.h"
#include "media/pem.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

#define PEM_BYTES(der) ((der) / 3 * 4 + (der) / 48 + 128)
#define KEY_BYTES      (4 * KIB)
/* A window of more than a day would let an old signature get a new time after all. */
#define WINDOW_MAX_S (24UL * 60 * 60)

static int parse_certificates(const json_t *list, struct root_document *root, struct error *err)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));

        if (text == NULL || strlen(text) > PEM_BYTES(LIMIT_CERTIFICATE_BYTES))
            return error_set(err, ERROR_BAD_DOCUMENT, "roots[%zu]: expected PEM", i);
        if (pem_read(text, "CERTIFICATE", LIMIT_CERTIFICATE_BYTES, &root->roots[i], err) != 0)
            return error_context(err, "roots[%zu]", i);
        root->root_count++;
        for (size_t j = 0; j < i; j++) {
            if (bytes_equal(bytes_view(&root->roots[i]), bytes_view(&root->roots[j])))
                return error_set(err, ERROR_BAD_DOCUMENT, "roots[%zu]: twice", i);
        }
    }
    return 0;
}

static int parse_pins(const json_t *list, struct root_role *role, struct error *err)
{
    role->pins = bytes_allocate(json_array_size(list) + 1, DIGEST_BYTES);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *holder = json_array_get(list, i);
        const char *hex = json_string_value(holder);

        if (hex == NULL || text_unhex(hex, role->pins[i], DIGEST_BYTES) != 0)
            return error_set(err, ERROR_BAD_DOCUMENT, "pins[%zu]: expected 96 hex digits", i);
        if (i > 0 && memcmp(role->pins[i - 1], role->pins[i], DIGEST_BYTES) >= 0)
            return error_set(err, ERROR_BAD_DOCUMENT, "pins[%zu]: not sorted", i);
        role->pin_count++;
    }
    return 0;
}

static int parse_role(const json_t *object, enum document_role kind, struct root_role *role,
                      struct error *err)
{
    json_t *pins = NULL;
    const struct json_field fields[] = {
        {.key = "pins", .kind = JSON_LIST, .out = &pins, .max = LIMIT_SIGNERS},
        {.key = "threshold",
         .kind = JSON_COUNT,
         .out = &role->threshold,
         .min = 1,
         .max = LIMIT_SIGNERS},
    };
    int result = json_fields(object, fields, COUNT_OF(fields), err);

    if (result == 0)
        result = parse_pins(pins, role, err);
    if (result == 0 && role->pin_count > 0 && role->threshold > role->pin_count)
        result = error_set(err, ERROR_BAD_DOCUMENT, "threshold above the number of pins");
    /* Each signature carries one token: more can't be asked for. */
    if (result == 0 && kind == ROLE_TIMESTAMP && role->threshold != 1)
        result = error_set(err, ERROR_BAD_DOCUMENT, "threshold: expected 1");
    return result;
}

static int parse_roles(const json_t *object, struct root_document *root, struct error *err)
{
    json_t *roles[ROLE_COUNT] = {NULL};
    struct json_field fields[ROLE_COUNT];
    size_t count = 0;
    int result;

    for (int i = 0; i < ROLE_COUNT; i++) {
        if (i != ROLE_ENDPOINT)
            fields[count++] = (struct json_field){
                .key = document_role_row((enum document_role)i)->name,
                .kind = JSON_TABLE,
                .out = &roles[i],
                .max = 2,
            };
    }
    result = json_fields(object, fields, count, err);
    for (int i = 0; i < ROLE_COUNT && result == 0; i++) {
        if (i == ROLE_ENDPOINT)
            continue;
        result = parse_role(roles[i], (enum document_role)i, &root->roles[i], err);
        if (result != 0)
            error_context(err, "%s", document_role_row((enum document_role)i)->name);
    }
    return result;
}

static int parse_ring(const json_t *object, struct root_ring *ring, struct error *err)
{
    const char *name = NULL;
    json_t *waves = NULL;
    const struct json_field fields[] = {
        {.key = "name", .kind = JSON_NAME, .out = &name},
        {.key = "production", .kind = JSON_FLAG, .out = &ring->production},
        {.key = "threshold",
         .kind = JSON_COUNT,
         .out = &ring->threshold,
         .min = 1,
         .max = LIMIT_SIGNERS},
        {.key = "waves", .kind = JSON_LIST, .out = &waves, .min = 1, .max = LIMIT_WAVES},
    };
    int result = json_fields(object, fields, COUNT_OF(fields), err);

    if (result != 0)
        return result;
    memcpy(ring->name, name, strlen(name) + 1);
    return wave_parse(waves, &ring->waves, err);
}

static int check_ring(const struct root_document *root, const struct root_ring *ring,
                      struct error *err)
{
    const struct root_role *release = &root->roles[ROLE_RELEASE];

    if (root_ring(root, ring->name) != NULL)
        return error_set(err, ERROR_BAD_DOCUMENT, "name: twice");
    if (ring->threshold < release->threshold)
        return error_set(err, ERROR_BAD_DOCUMENT, "threshold below that of the release role");
    if (release->pin_count > 0 && ring->threshold > release->pin_count)
        return error_set(err, ERROR_BAD_DOCUMENT, "threshold above the number of release pins");
    return 0;
}

static int parse_rings(const json_t *list, struct root_document *root, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < json_array_size(list) && result == 0; i++) {
        result = parse_ring(json_array_get(list, i), &root->rings[i], err);
        if (result == 0)
            result = check_ring(root, &root->rings[i], err);
        if (result != 0)
            error_context(err, "rings[%zu]", i);
        else
            root->ring_count++;
    }
    return result;
}

static int parse_reset(const json_t *object, struct root_floor_reset *reset, struct error *err)
{
    const char *endpoint = NULL, *subject = NULL;
    const struct json_field fields[] = {
        {.key = "endpoint", .kind = JSON_TEXT, .out = &endpoint, .max = LIMIT_NAME_BYTES},
        {.key = "number", .kind = JSON_COUNT, .out = &reset->number, .max = INT64_MAX},
        {.key = "subject", .kind = JSON_TEXT, .out = &subject, .max = FLOOR_SUBJECT_BYTES - 1},
        {.key = "time", .kind = JSON_INSTANT, .out = &reset->time_us},
    };
    int result = json_fields(object, fields, COUNT_OF(fields), err);

    if (result != 0)
        return result;
    if (strcmp(endpoint, "*") != 0 && !json_name_valid(endpoint))
        return error_set(err, ERROR_BAD_DOCUMENT, "endpoint: expected * or a name");
    if (!floor_subject_valid(subject))
        return error_set(err, ERROR_BAD_DOCUMENT, "subject: expected type:NAME or ring:NAME");
    memcpy(reset->endpoint, endpoint, strlen(endpoint) + 1);
    memcpy(reset->subject, subject, strlen(subject) + 1);
    return 0;
}

static int parse_resets(const json_t *list, struct root_document *root, struct error *err)
{
    root->resets = bytes_allocate(json_array_size(list) + 1, sizeof(*root->resets));
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (parse_reset(json_array_get(list, i), &root->resets[i], err) != 0)
            return error_context(err, "floor_resets[%zu]", i);
        root->reset_count++;
    }
    return 0;
}

static int parse_timestamp(const json_t *object, struct root_document *root, struct error *err)
{
    uint64_t before_s = 0, after_s = 0;
    json_t *window = NULL;
    const struct json_field outer[] = {
        {.key = "window", .kind = JSON_TABLE, .out = &window, .max = 2},
    };
    const struct json_field inner[] = {
        {.key = "after", .kind = JSON_COUNT, .out = &after_s, .max = WINDOW_MAX_S},
        {.key = "before", .kind = JSON_COUNT, .out = &before_s, .max = WINDOW_MAX_S},
    };
    int result = json_fields(object, outer, COUNT_OF(outer), err);

    if (result == 0)
        result = json_fields(window, inner, COUNT_OF(inner), err);
    if (result != 0)
        return error_context(err, "timestamp");
    root->window_before_us = (int64_t)before_s * INSTANT_SECOND_US;
    root->window_after_us = (int64_t)after_s * INSTANT_SECOND_US;
    return 0;
}

static int parse_ingest_key(const char *text, struct root_document *root, struct error *err)
{
    struct bytes der;
    int result = pem_read(text, "PUBLIC KEY", KEY_BYTES, &der, err);

    if (result != 0)
        return error_context(err, "ingest_key");
    bytes_clear(&der);
    root->ingest_key = bytes_copy_string(text);
    return 0;
}

struct parts {
    json_t *resets, *rings, *roles, *roots, *timestamp;
    const char *ingest_key;
};

static int parse_top(const json_t *object, struct parts *parts, struct root_document *root,
                     struct error *err)
{
    const struct json_field fields[] = {
        {.key = "expires", .kind = JSON_INSTANT, .out = &root->expires_us},
        {.key = "floor_resets",
         .kind = JSON_LIST,
         .out = &parts->resets,
         .max = LIMIT_FLOOR_RESETS},
        {.key = "ingest_key",
         .kind = JSON_TEXT,
         .need = JSON_NULLABLE,
         .out = &parts->ingest_key,
         .max = PEM_BYTES(KEY_BYTES)},
        {.key = "rings", .kind = JSON_LIST, .out = &parts->rings, .min = 1, .max = LIMIT_RINGS},
        {.key = "roles", .kind = JSON_TABLE, .out = &parts->roles, .max = ROLE_COUNT},
        {.key = "roots",
         .kind = JSON_LIST,
         .out = &parts->roots,
         .min = 1,
         .max = LIMIT_ROOT_CERTIFICATES},
        {.key = "timestamp", .kind = JSON_TABLE, .out = &parts->timestamp, .max = 1},
        {.key = "version", .kind = JSON_COUNT, .out = &root->version, .min = 1, .max = INT64_MAX},
    };

    return json_fields(object, fields, COUNT_OF(fields), err);
}

int root_parse(struct bytes_view json, struct root_document *root, struct error *err)
{
    struct parts parts = {0};
    json_t *object = NULL;
    int result;

    memset(root, 0, sizeof(*root));
    result = document_json_read(DOCUMENT_ROOT, json, &object, err);
    if (result == 0)
        result = parse_top(object, &parts, root, err);
    if (result == 0)
        result = parse_certificates(parts.roots, root, err);
    if (result == 0)
        result = parse_roles(parts.roles, root, err);
    if (result == 0)
        result = parse_rings(parts.rings, root, err);
    if (result == 0)
        result = parse_resets(parts.resets, root, err);
    if (result == 0)
        result = parse_timestamp(parts.timestamp, root, err);
    if (result == 0 && parts.ingest_key != NULL)
        result = parse_ingest_key(parts.ingest_key, root, err);
    json_decref(object);
    return result;
}

void root_clear(struct root_document *root)
{
    for (size_t i = 0; i < root->root_count; i++)
        bytes_clear(&root->roots[i]);
    for (size_t i = 0; i < ROLE_COUNT; i++)
        free(root->roles[i].pins);
    free(root->ingest_key);
    free(root->resets);
    memset(root, 0, sizeof(*root));
}

const struct root_ring *root_ring(const struct root_document *root, const char *name)
{
    for (size_t i = 0; i < root->ring_count; i++) {
        if (strcmp(root->rings[i].name, name) == 0)
            return &root->rings[i];
    }
    return NULL;
}
