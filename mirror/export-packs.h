/* SPDX-License-Identifier: ISC
 *
 * The fresh packs of an export: just the planned frames, in the order in which the importer needs
 * them.
 */
#ifndef MIRROR_EXPORT_PACKS_H
#define MIRROR_EXPORT_PACKS_H

#include "mirror/export-tree.h"

int export_packs_write(struct export_tree *tree, struct error *err) ERROR_MUST_CHECK;

/* For the writers of a tree: the file is on the medium, list it. */
void export_tree_list(struct export_tree *tree, const char *name, uint64_t size,
                      const uint8_t digest[static DIGEST_BYTES]);

#endif
