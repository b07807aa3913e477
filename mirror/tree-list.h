/* SPDX-License-Identifier: ISC
 *
 * Writing sallyport/INDEX (media/tree-index.h) over the tree as it is. The last step of whatever
 * changes the tree: with one rename readers see all of it, or nothing yet.
 */
#ifndef MIRROR_TREE_LIST_H
#define MIRROR_TREE_LIST_H

#include <stdbool.h>

#include "media/base/error.h"
#include "mirror/catalog.h"

/* catalog: which sets have been released; NULL: none. A set that a cut left behind unentered is not
 * listed. ERROR_LIMIT past LIMIT_INDEX_BYTES. */

/* *listed: whether INDEX is as it should be. */
int tree_list_check(int tree_fd, struct catalog *catalog, bool *listed,
                    struct error *err) ERROR_MUST_CHECK;

/* Replaces INDEX where it is not what it should be. Only for who holds the repository's lock. */
int tree_list_write(int tree_fd, struct catalog *catalog, struct error *err) ERROR_MUST_CHECK;

#endif
