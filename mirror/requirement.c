/* SPDX-License-Identifier: ISC */
#include "mirror/requirement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/content-type.h"
#include "mirror/package-list.h"
#include "mirror/ring.h"

static void add(struct package_document *document, const struct set_package *package)
{
    struct package_requirement *row = &document->requirements[document->requirement_count++];

    snprintf(row->type, sizeof(row->type), "%s", package->type);
    row->issue = package->issue;
}

int requirement_write(const struct repository *repository, struct trust *trust,
                      struct package_document *document, struct error *err)
{
    const char *on = content_type_builds_on(content_type_find(document->type));
    const struct set_package *package;
    struct set_document *set;
    struct catalog_set known;
    bool found;
    int result;

    if (on == NULL)
        return 0;
    set = bytes_allocate(1, sizeof(*set));
    result =
        ring_newest(repository, trust, trust_root(trust)->rings[0].name, set, &known, &found, err);
    package = result == 0 && found ? package_list_find(set, on) : NULL;
    if (package != NULL)
        add(document, package);
    set_clear(set);
    free(set);
    return result;
}

static bool is_met(const struct package_requirement *wanted, const struct set_package *packages,
                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(packages[i].type, wanted->type) == 0)
            return packages[i].issue >= wanted->issue;
    }
    return false;
}

const struct package_requirement *requirement_unmet(const struct package_requirement *wanted,
                                                    size_t wanted_count,
                                                    const struct set_package *packages,
                                                    size_t package_count)
{
    for (size_t i = 0; i < wanted_count; i++) {
        if (!is_met(&wanted[i], packages, package_count))
            return &wanted[i];
    }
    return NULL;
}
