/* SPDX-License-Identifier: ISC
 *
 * Which recipes that build on an earlier package are here, for each package. A package's document
 * names all that were made; those whose base was pruned have gone, and so have their frames.
 */
#ifndef MIRROR_DELTA_TABLE_H
#define MIRROR_DELTA_TABLE_H

#include "media/package.h"
#include "mirror/catalog.h"

/* Within the caller's transaction. Said again is said once. */
int delta_table_add(struct catalog *catalog, const uint8_t package[static DIGEST_BYTES],
                    const struct package_recipe *recipe, struct error *err) ERROR_MUST_CHECK;

/* Those of a package, by their base. */
int delta_table_read(struct catalog *catalog, const uint8_t package[static DIGEST_BYTES],
                     struct package_recipe recipes[static LIMIT_RECIPES], size_t *count,
                     struct error *err) ERROR_MUST_CHECK;

/* The one that builds on this base. */
int delta_table_find(struct catalog *catalog, const uint8_t package[static DIGEST_BYTES],
                     const uint8_t base[static DIGEST_BYTES], struct package_recipe *recipe,
                     bool *found, struct error *err) ERROR_MUST_CHECK;

/* Forgets those of which the catalog has the package or the base no more. Within the caller's
 * transaction. */
int delta_table_settle(struct catalog *catalog, struct error *err) ERROR_MUST_CHECK;

#endif
