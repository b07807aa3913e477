/* SPDX-License-Identifier: ISC
 *
 * export --since: the set that the other side is known to have, and its packages.
 */
#ifndef MIRROR_EXPORT_SINCE_H
#define MIRROR_EXPORT_SINCE_H

#include "media/set.h"
#include "media/trust.h"
#include "mirror/repository.h"

struct export_since {
    struct catalog_set set;
    size_t count;
    struct set_package packages[LIMIT_SET_PACKAGES];
};

/* text: SEQUENCE of the ring (NULL: none is meant), or RING/SEQUENCE. ERROR_USAGE when it is
 * neither, ERROR_NOT_FOUND with the sets that are known. A set that a revocation has overtaken is
 * still what the other side has. */
int export_since_find(struct repository *repository, struct trust *trust, const char *text,
                      const char *ring, struct export_since *since,
                      struct error *err) ERROR_MUST_CHECK;

/* The id of its package of a type; NULL: it has none. */
const uint8_t *export_since_package(const struct export_since *since, const char *type);

#endif
