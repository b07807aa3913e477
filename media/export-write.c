/* SPDX-License-Identifier: ISC */
#include "media/export.h"

#include "media/document-json.h"

static json_t *write_sets(const struct export_document *export)
{
    json_t *list = json_array();

    for (size_t i = 0; i < export->set_count; i++) {
        const struct export_set *row = &export->sets[i];

        json_array_append_new(list, json_pack("{s:o,s:s,s:o}", "digest",
                                              document_json_digest(row->digest), "ring", row->ring,
                                              "sequence", document_json_count(row->sequence)));
    }
    return document_json_rows(list, export->set_count);
}

static json_t *write_files(const struct export_document *export)
{
    json_t *list = json_array();

    for (size_t i = 0; i < export->file_count; i++) {
        const struct export_file *row = &export->files[i];

        json_array_append_new(list, json_pack("{s:o,s:s,s:o}", "digest",
                                              document_json_digest(row->digest), "path", row->path,
                                              "size", document_json_count(row->size)));
    }
    return document_json_rows(list, export->file_count);
}

static json_t *write_volumes(const struct export_package *package)
{
    json_t *list = json_array();

    for (size_t i = 0; i < package->volume_count; i++)
        json_array_append_new(list, document_json_count(package->volumes[i]));
    return list;
}

static json_t *write_packages(const struct export_document *export)
{
    json_t *list = json_array();

    for (size_t i = 0; i < export->package_count; i++) {
        const struct export_package *row = &export->packages[i];

        json_array_append_new(list, json_pack("{s:o,s:o}", "id", document_json_digest(row->id),
                                              "volumes", write_volumes(row)));
    }
    return document_json_rows(list, export->package_count);
}

static json_t *write_medium(const struct export_document *export)
{
    if (export->medium_id[0] == '\0')
        return json_null();
    return json_pack("{s:s,s:s,s:s}", "filesystem", export->medium_filesystem, "id",
                     export->medium_id, "serial", export->medium_serial);
}

int export_write(const struct export_document *export, struct bytes *json, struct error *err)
{
    struct export_document again = {0};
    json_t *object = json_pack(
        "{s:s?,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "base",
        export->base[0] != '\0' ? export->base : NULL, "created",
        document_json_instant(export->created_us), "export", document_json_digest(export->id),
        "exporter", export->exporter, "files", write_files(export), "medium", write_medium(export),
        "packages", write_packages(export), "sets", write_sets(export), "volume",
        document_json_count(export->volume), "volumes", document_json_count(export->volumes));
    int result = document_json_write(DOCUMENT_EXPORT, object, json, err);

    /* What an endpoint would refuse is never signed. */
    if (result == 0)
        result = export_parse(bytes_view(json), &again, err);
    export_clear(&again);
    return result;
}
