/* SPDX-License-Identifier: ISC
 *
 * The part of an inventory that looks at names: files of the tree that nothing speaks of.
 */
#ifndef MIRROR_INVENTORY_TREE_H
#define MIRROR_INVENTORY_TREE_H

#include "mirror/inventory.h"

/* Names outside the format's patterns are failures; files of the format that the catalog doesn't
 * know are strays, which a cut may leave. */
int inventory_tree(struct inventory *inventory, struct error *err) ERROR_MUST_CHECK;

/* One failure: printed, counted, kept. */
void inventory_fail(struct inventory *inventory, const struct error *err);

#endif
