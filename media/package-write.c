/* SPDX-License-Identifier: ISC */
#include "media/package.h"

#include "media/document-json.h"

static json_t *write_range(uint64_t low, uint64_t high)
{
    return json_pack("[o,o]", document_json_count(low), document_json_count(high));
}

static json_t *write_recipes(const struct package_document *package)
{
    json_t *list = json_array();

    for (size_t i = 0; i < package->recipe_count; i++) {
        const struct package_recipe *recipe = &package->recipes[i];
        json_t *base = recipe->has_base ? document_json_digest(recipe->base) : json_null();

        json_array_append_new(list, json_pack("{s:o,s:o,s:o,s:o}", "base", base, "digest",
                                              document_json_digest(recipe->digest), "packed_size",
                                              document_json_count(recipe->packed_size), "size",
                                              document_json_count(recipe->size)));
    }
    return document_json_rows(list, package->recipe_count);
}

static json_t *write_requirements(const struct package_document *package)
{
    json_t *list = json_array();

    for (size_t i = 0; i < package->requirement_count; i++) {
        const struct package_requirement *row = &package->requirements[i];

        json_array_append_new(list, json_pack("{s:o,s:s}", "issue", document_json_count(row->issue),
                                              "type", row->type));
    }
    return document_json_rows(list, package->requirement_count);
}

int package_write(const struct package_document *package, struct bytes *json, struct error *err)
{
    struct package_document again = {0};
    json_t *object = json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:s?,s:s,s:s}", "abi",
        write_range(package->abi_low, package->abi_high), "bytes",
        document_json_count(package->bytes), "content_schema",
        write_range(package->schema_low, package->schema_high), "files",
        document_json_count(package->files), "issue", document_json_count(package->issue), "notes",
        package->notes != NULL ? package->notes : "", "recipes", write_recipes(package), "requires",
        write_requirements(package), "sealed", package->sealed[0] != '\0' ? package->sealed : NULL,
        "type", package->type, "version", package->version);
    int result = document_json_write(DOCUMENT_PACKAGE, object, json, err);

    /* What an endpoint would refuse is never signed. */
    if (result == 0)
        result = package_parse(bytes_view(json), &again, err);
    package_clear(&again);
    return result;
}
