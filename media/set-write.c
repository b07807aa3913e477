/* SPDX-License-Identifier: ISC */
#include "media/set.h"

#include <stdlib.h>

#include "media/document-json.h"

static json_t *write_packages(const struct set_document *set)
{
    json_t *list = json_array();

    for (size_t i = 0; i < set->package_count; i++) {
        const struct set_package *row = &set->packages[i];

        json_array_append_new(
            list, json_pack("{s:o,s:o,s:o,s:s,s:s}", "id", document_json_digest(row->id), "issue",
                            document_json_count(row->issue), "size", document_json_count(row->size),
                            "type", row->type, "version", row->version));
    }
    return document_json_rows(list, set->package_count);
}

static json_t *write_waves(const struct set_document *set)
{
    json_t *table = json_object();

    for (size_t i = 0; i < set->wave_count; i++)
        json_object_set_new(table, set->waves[i].type, wave_write(&set->waves[i].plan));
    return table;
}

static json_t *write_withdrawn(const struct set_document *set)
{
    json_t *list = json_array();

    for (size_t i = 0; i < set->withdrawn_count; i++) {
        const struct set_withdrawn *row = &set->withdrawn[i];

        json_array_append_new(list, json_pack("{s:b,s:o,s:s,s:s}", "harmful", row->harmful, "id",
                                              document_json_digest(row->id), "link",
                                              row->link ? row->link : "", "reason",
                                              row->reason ? row->reason : ""));
    }
    return document_json_rows(list, set->withdrawn_count);
}

static json_t *write_crls(const struct set_document *set)
{
    json_t *list = json_array();

    for (size_t i = 0; i < set->crl_count; i++) {
        const struct set_crl *row = &set->crls[i];

        json_array_append_new(list, json_pack("{s:o,s:o,s:o}", "digest",
                                              document_json_digest(row->digest), "issuer",
                                              document_json_digest(row->issuer), "number",
                                              document_json_count(row->number)));
    }
    return document_json_rows(list, set->crl_count);
}

static json_t *table_or_empty(json_t *table)
{
    return table != NULL ? json_incref(table) : json_object();
}

int set_write(const struct set_document *set, struct bytes *json, struct error *err)
{
    struct set_document *again = bytes_allocate(1, sizeof(*again));
    json_t *previous = set->has_previous ? document_json_digest(set->previous) : json_null();
    json_t *object = json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o}", "crls", write_crls(set), "evidence",
        table_or_empty(set->evidence), "expires", document_json_instant(set->expires_us), "flags",
        table_or_empty(set->flags), "packages", write_packages(set), "previous", previous, "ring",
        set->ring, "root_version", document_json_count(set->root_version), "sequence",
        document_json_count(set->sequence), "waves", write_waves(set), "withdrawn",
        write_withdrawn(set));
    int result = document_json_write(DOCUMENT_SET, object, json, err);

    /* What an endpoint would refuse is never signed. */
    if (result == 0)
        result = set_parse(bytes_view(json), again, err);
    set_clear(again);
    free(again);
    return result;
}
