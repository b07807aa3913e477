/* SPDX-License-Identifier: ISC
 *
 * sallyport/INDEX: the names of an HTTP tree, since HTTP has no way to ask for them. One a line,
 * each ended by LF, sorted by bytes, no name twice. It is signed by nobody and believed for
 * nothing: a wrong one makes an import fail or find less, never accept more. (sallyport-set.5)
 */
#ifndef MEDIA_TREE_INDEX_H
#define MEDIA_TREE_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

/* Whether it has that form. ERROR_MEDIUM_DAMAGED names the line. The other functions here take only
 * what this took. */
int tree_index_check(struct bytes_view index, struct error *err) ERROR_MUST_CHECK;

/* Files within a folder ("sallyport/packs"), by their last parts, sorted; folders within it are not
 * told. At most LIMIT_FOLDER_NAMES, else ERROR_LIMIT. path_free_names(). */
int tree_index_list(struct bytes_view index, const char *folder, char ***names, size_t *count,
                    struct error *err) ERROR_MUST_CHECK;

/* Whether a name is there. */
bool tree_index_has(struct bytes_view index, const char *name);

#endif
