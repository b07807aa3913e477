/* SPDX-License-Identifier: ISC */
#include "mirror/package-list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void package_list_begin(struct package_list *list, const struct set_document *set)
{
    list->count = set->package_count;
    memcpy(list->packages, set->packages, set->package_count * sizeof(*set->packages));
}

static int by_type(const void *a, const void *b)
{
    return strcmp(((const struct set_package *)a)->type, ((const struct set_package *)b)->type);
}

int package_list_put(struct package_list *list, const struct catalog_package *package,
                     struct error *err)
{
    struct set_package *place = NULL;

    for (size_t i = 0; i < list->count && place == NULL; i++) {
        if (strcmp(list->packages[i].type, package->type) == 0)
            place = &list->packages[i];
    }
    if (place == NULL && list->count == LIMIT_SET_PACKAGES)
        return error_set(err, ERROR_LIMIT, "more than %d types in a set", LIMIT_SET_PACKAGES);
    if (place == NULL)
        place = &list->packages[list->count++];
    *place = (struct set_package){.issue = package->issue, .size = package->size};
    snprintf(place->type, sizeof(place->type), "%s", package->type);
    snprintf(place->version, sizeof(place->version), "%s", package->version);
    memcpy(place->id, package->id, DIGEST_BYTES);
    qsort(list->packages, list->count, sizeof(*list->packages), by_type);
    return 0;
}

const struct set_package *package_list_find(const struct set_document *set, const char *type)
{
    for (size_t i = 0; i < set->package_count; i++) {
        if (strcmp(set->packages[i].type, type) == 0)
            return &set->packages[i];
    }
    return NULL;
}

bool package_list_holds(const struct set_document *set, const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < set->package_count; i++) {
        if (memcmp(set->packages[i].id, id, DIGEST_BYTES) == 0)
            return true;
    }
    return false;
}
