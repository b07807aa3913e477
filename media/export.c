/* SPDX-License-Identifier: ISC */
#include "media/export.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/json.h"
#include "media/document-json.h"
#include "media/volume.h"

#define COUNT_OF(table)  (sizeof(table) / sizeof((table)[0]))
#define FILE_BYTES_MAX   LIMIT_PACK_BYTES
#define SERIAL_BYTES     128
#define FILESYSTEM_BYTES 64

static int parse_set(const json_t *object, struct export_set *set, struct error *err)
{
    const char *ring = NULL;
    const struct json_field fields[] = {
        {.key = "digest", .kind = JSON_SHA384, .out = set->digest},
        {.key = "ring", .kind = JSON_NAME, .out = &ring},
        {.key = "sequence", .kind = JSON_COUNT, .out = &set->sequence, .min = 1, .max = INT64_MAX},
    };
    int result = json_fields(object, fields, COUNT_OF(fields), err);

    if (result == 0)
        memcpy(set->ring, ring, strlen(ring) + 1);
    return result;
}

static int parse_sets(const json_t *list, struct export_document *export, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < json_array_size(list) && result == 0; i++) {
        struct export_set *row = &export->sets[i];

        result = parse_set(json_array_get(list, i), row, err);
        if (result == 0 && i > 0 && strcmp(row[-1].ring, row->ring) >= 0)
            result = error_set(err, ERROR_BAD_DOCUMENT, "ring: not sorted, or twice");
        if (result != 0)
            error_context(err, "sets[%zu]", i);
        export->set_count = i + 1;
    }
    return result;
}

/* What lies on a medium when it leaves the mirror; the rest belongs to the HTTP tree, to the way
 * back, or is the list itself. */
static bool may_be_listed(const char *path)
{
    struct volume_name name;

    if (volume_parse(path, &name) != 0)
        return false;
    switch (name.kind) {
    case VOLUME_FORMAT:
    case VOLUME_ROOT_DOCUMENT:
    case VOLUME_CRL:
    case VOLUME_SET:
    case VOLUME_PACKAGE:
    case VOLUME_RECIPE:
    case VOLUME_PACK:
        return true;
    case VOLUME_SET_NEWEST:
    case VOLUME_EXPORT:
    case VOLUME_RECEIPT:
    case VOLUME_OUTBOX:
    case VOLUME_INDEX:
        return false;
    }
    return false;
}

static int parse_file(const json_t *object, struct export_file *file, struct error *err)
{
    const char *path = NULL;
    const struct json_field fields[] = {
        {.key = "digest", .kind = JSON_SHA384, .out = file->digest},
        {.key = "path", .kind = JSON_TEXT, .out = &path, .max = VOLUME_NAME_BYTES - 1},
        {.key = "size", .kind = JSON_COUNT, .out = &file->size, .max = FILE_BYTES_MAX},
    };
    int result = json_fields(object, fields, COUNT_OF(fields), err);

    if (result != 0)
        return result;
    if (!may_be_listed(path))
        return error_set(err, ERROR_BAD_DOCUMENT, "path: no name of a medium's tree");
    file->path = bytes_copy_string(path);
    return 0;
}

static int parse_files(const json_t *list, struct export_document *export, struct error *err)
{
    int result = 0;

    export->files = bytes_allocate(json_array_size(list) + 1, sizeof(*export->files));
    for (size_t i = 0; i < json_array_size(list) && result == 0; i++) {
        struct export_file *row = &export->files[i];

        result = parse_file(json_array_get(list, i), row, err);
        export->file_count = i + 1;
        if (result == 0 && i > 0 && strcmp(row[-1].path, row->path) >= 0)
            result = error_set(err, ERROR_BAD_DOCUMENT, "path: not sorted, or twice");
        if (result != 0)
            error_context(err, "files[%zu]", i);
    }
    return result;
}

static int parse_volumes(const json_t *list, uint64_t volumes, struct export_package *package,
                         struct error *err)
{
    package->volumes = bytes_allocate(json_array_size(list) + 1, sizeof(*package->volumes));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *number = json_array_get(list, i);
        json_int_t volume = json_integer_value(number); /* 0 for what is no number */

        if (volume < 1 || (uint64_t)volume > volumes)
            return error_set(err, ERROR_BAD_DOCUMENT, "volumes[%zu]: expected 1 to %llu", i,
                             (unsigned long long)volumes);
        package->volumes[package->volume_count++] = (uint32_t)volume;
        if (i > 0 && package->volumes[i - 1] >= package->volumes[i])
            return error_set(err, ERROR_BAD_DOCUMENT, "volumes[%zu]: not sorted, or twice", i);
    }
    return 0;
}

static int parse_package(const json_t *object, uint64_t volumes, struct export_package *package,
                         struct error *err)
{
    json_t *list = NULL;
    const struct json_field fields[] = {
        {.key = "id", .kind = JSON_SHA384, .out = package->id},
        {.key = "volumes", .kind = JSON_LIST, .out = &list, .max = LIMIT_VOLUMES},
    };
    int result = json_fields(object, fields, COUNT_OF(fields), err);

    return result < 0 ? result : parse_volumes(list, volumes, package, err);
}

static int parse_packages(const json_t *list, struct export_document *export, struct error *err)
{
    int result = 0;

    export->packages = bytes_allocate(json_array_size(list) + 1, sizeof(*export->packages));
    for (size_t i = 0; i < json_array_size(list) && result == 0; i++) {
        struct export_package *row = &export->packages[i];

        result = parse_package(json_array_get(list, i), export->volumes, row, err);
        export->package_count = i + 1;
        if (result == 0 && i > 0 && memcmp(row[-1].id, row->id, DIGEST_BYTES) >= 0)
            result = error_set(err, ERROR_BAD_DOCUMENT, "id: not sorted, or twice");
        if (result != 0)
            error_context(err, "packages[%zu]", i);
    }
    return result;
}

/* "0951:1666" */
static bool usb_id_valid(const char *id)
{
    return strlen(id) == 9 && id[4] == ':' && strspn(id, "0123456789abcdef") == 4 &&
           strspn(id + 5, "0123456789abcdef") == 4;
}

static int parse_medium(const json_t *object, struct export_document *export, struct error *err)
{
    const char *filesystem = NULL, *id = NULL, *serial = NULL;
    const struct json_field fields[] = {
        {.key = "filesystem", .kind = JSON_TEXT, .out = &filesystem, .max = FILESYSTEM_BYTES},
        {.key = "id", .kind = JSON_TEXT, .out = &id, .max = LIMIT_NAME_BYTES},
        {.key = "serial", .kind = JSON_TEXT, .out = &serial, .max = SERIAL_BYTES},
    };
    int result = json_fields(object, fields, COUNT_OF(fields), err);

    if (result == 0 && !usb_id_valid(id))
        result = error_set(err, ERROR_BAD_DOCUMENT, "id: expected VID:PID in lower-case hex");
    if (result != 0)
        return error_context(err, "medium");
    memcpy(export->medium_filesystem, filesystem, strlen(filesystem) + 1);
    memcpy(export->medium_id, id, strlen(id) + 1);
    memcpy(export->medium_serial, serial, strlen(serial) + 1);
    return 0;
}

struct parts {
    json_t *files, *medium, *packages, *sets;
    const char *exporter;
    uint8_t base[DIGEST_BYTES];
    bool has_base;
};

static int parse_top(const json_t *object, struct parts *parts, struct export_document *export,
                     struct error *err)
{
    const struct json_field fields[] = {
        {.key = "base",
         .kind = JSON_SHA384,
         .need = JSON_NULLABLE,
         .out = parts->base,
         .present = &parts->has_base},
        {.key = "created", .kind = JSON_INSTANT, .out = &export->created_us},
        {.key = "export", .kind = JSON_SHA384, .out = export->id},
        {.key = "exporter", .kind = JSON_NAME, .out = &parts->exporter},
        {.key = "files", .kind = JSON_LIST, .out = &parts->files, .max = LIMIT_EXPORT_FILES},
        {.key = "medium",
         .kind = JSON_TABLE,
         .need = JSON_NULLABLE,
         .out = &parts->medium,
         .max = 3},
        {.key = "packages",
         .kind = JSON_LIST,
         .out = &parts->packages,
         .max = LIMIT_EXPORT_PACKAGES},
        {.key = "sets", .kind = JSON_LIST, .out = &parts->sets, .min = 1, .max = LIMIT_RINGS},
        {.key = "volume",
         .kind = JSON_COUNT,
         .out = &export->volume,
         .min = 1,
         .max = LIMIT_VOLUMES},
        {.key = "volumes",
         .kind = JSON_COUNT,
         .out = &export->volumes,
         .min = 1,
         .max = LIMIT_VOLUMES},
    };

    return json_fields(object, fields, COUNT_OF(fields), err);
}

int export_parse(struct bytes_view json, struct export_document *export, struct error *err)
{
    struct parts parts = {0};
    json_t *object = NULL;
    int result;

    memset(export, 0, sizeof(*export));
    result = document_json_read(DOCUMENT_EXPORT, json, &object, err);
    if (result == 0)
        result = parse_top(object, &parts, export, err);
    if (result == 0 && export->volume > export->volumes)
        result = error_set(err, ERROR_BAD_DOCUMENT, "volume: above volumes");
    if (result == 0)
        memcpy(export->exporter, parts.exporter, strlen(parts.exporter) + 1);
    if (result == 0 && parts.has_base)
        digest_text(parts.base, export->base);
    if (result == 0 && parts.medium != NULL)
        result = parse_medium(parts.medium, export, err);
    if (result == 0)
        result = parse_sets(parts.sets, export, err);
    if (result == 0)
        result = parse_packages(parts.packages, export, err);
    if (result == 0)
        result = parse_files(parts.files, export, err);
    json_decref(object);
    return result;
}

void export_clear(struct export_document *export)
{
    for (size_t i = 0; i < export->file_count; i++)
        free(export->files[i].path);
    free(export->files);
    for (size_t i = 0; i < export->package_count; i++)
        free(export->packages[i].volumes);
    free(export->packages);
    memset(export, 0, sizeof(*export));
}

static int by_id(const void *id, const void *package)
{
    return memcmp(id, ((const struct export_package *)package)->id, DIGEST_BYTES);
}

const struct export_package *export_find_package(const struct export_document *export,
                                                 const uint8_t id[static DIGEST_BYTES])
{
    if (export->package_count == 0)
        return NULL;
    return bsearch(id, export->packages, export->package_count, sizeof(*export->packages), by_id);
}
