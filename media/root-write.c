/* SPDX-License-Identifier: ISC */
#include "media/root.h"

#include <stdlib.h>

#include "media/base/instant.h"
#include "media/document-json.h"
#include "media/pem.h"

static int write_certificates(const struct root_document *root, json_t *list, struct error *err)
{
    for (size_t i = 0; i < root->root_count; i++) {
        char *text = NULL;
        int result = pem_write(bytes_view(&root->roots[i]), "CERTIFICATE", &text, err);

        if (result != 0)
            return result;
        json_array_append_new(list, json_string(text));
        free(text);
    }
    return 0;
}

static json_t *write_role(const struct root_role *role)
{
    json_t *pins = json_array();

    for (size_t i = 0; i < role->pin_count; i++)
        json_array_append_new(pins, document_json_digest(role->pins[i]));
    return json_pack("{s:o,s:o}", "pins", pins, "threshold", document_json_count(role->threshold));
}

static json_t *write_roles(const struct root_document *root)
{
    json_t *roles = json_object();

    for (int i = 0; i < ROLE_COUNT; i++) {
        if (i != ROLE_ENDPOINT)
            json_object_set_new(roles, document_role_row((enum document_role)i)->name,
                                write_role(&root->roles[i]));
    }
    return roles;
}

static json_t *write_rings(const struct root_document *root)
{
    json_t *rings = json_array();

    for (size_t i = 0; i < root->ring_count; i++) {
        const struct root_ring *ring = &root->rings[i];

        json_array_append_new(rings, json_pack("{s:s,s:b,s:o,s:o}", "name", ring->name,
                                               "production", ring->production, "threshold",
                                               document_json_count(ring->threshold), "waves",
                                               wave_write(&ring->waves)));
    }
    return document_json_rows(rings, root->ring_count);
}

static json_t *write_resets(const struct root_document *root)
{
    json_t *resets = json_array();

    for (size_t i = 0; i < root->reset_count; i++) {
        const struct root_floor_reset *reset = &root->resets[i];

        json_array_append_new(resets, json_pack("{s:s,s:o,s:s,s:o}", "endpoint", reset->endpoint,
                                                "number", document_json_count(reset->number),
                                                "subject", reset->subject, "time",
                                                document_json_instant(reset->time_us)));
    }
    return document_json_rows(resets, root->reset_count);
}

static json_t *write_timestamp(const struct root_document *root)
{
    uint64_t after_s = (uint64_t)(root->window_after_us / INSTANT_SECOND_US);
    uint64_t before_s = (uint64_t)(root->window_before_us / INSTANT_SECOND_US);

    return json_pack("{s:{s:o,s:o}}", "window", "after", document_json_count(after_s), "before",
                     document_json_count(before_s));
}

int root_write(const struct root_document *root, struct bytes *json, struct error *err)
{
    struct root_document again = {0};
    json_t *roots = json_array();
    json_t *object;
    int result = write_certificates(root, roots, err);

    if (result != 0) {
        bytes_init(json, 0);
        json_decref(roots);
        return result;
    }
    object = json_pack("{s:o,s:o,s:s?,s:o,s:o,s:o,s:o,s:o}", "expires",
                       document_json_instant(root->expires_us), "floor_resets", write_resets(root),
                       "ingest_key", root->ingest_key, "rings", write_rings(root), "roles",
                       write_roles(root), "roots", roots, "timestamp", write_timestamp(root),
                       "version", document_json_count(root->version));
    result = document_json_write(DOCUMENT_ROOT, object, json, err);
    /* What an endpoint would refuse is never signed. */
    if (result == 0)
        result = root_parse(bytes_view(json), &again, err);
    root_clear(&again);
    return result;
}
