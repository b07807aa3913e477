/* SPDX-License-Identifier: ISC
 *
 * The packages of a set that is to be: one a type, sorted by type.
 */
#ifndef MIRROR_PACKAGE_LIST_H
#define MIRROR_PACKAGE_LIST_H

#include "media/set.h"
#include "mirror/catalog.h"

struct package_list {
    size_t count;
    struct set_package packages[LIMIT_SET_PACKAGES];
};

/* As the set has them. */
void package_list_begin(struct package_list *list, const struct set_document *set);

/* In the place of its type's. ERROR_LIMIT when there is no room for one more type. */
int package_list_put(struct package_list *list, const struct catalog_package *package,
                     struct error *err) ERROR_MUST_CHECK;

/* The package of a type in a set, or NULL. */
const struct set_package *package_list_find(const struct set_document *set, const char *type);

/* Whether the set holds a package. */
bool package_list_holds(const struct set_document *set, const uint8_t id[static DIGEST_BYTES]);

#endif
