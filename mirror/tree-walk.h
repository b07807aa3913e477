/* SPDX-License-Identifier: ISC
 *
 * Walking over every name of a sallyport tree, in the repository or on a medium; and telling the
 * temporary files that a cut leaves in one.
 */
#ifndef MIRROR_TREE_WALK_H
#define MIRROR_TREE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/error.h"

/* `name` as media/volume.h has it ("sallyport/..."); size 0 for what is no regular file. Folders on
 * the way are not visited, those deeper than the format goes are. Negative ends the walk. */
typedef int (*tree_visit)(void *context, const char *name, uint64_t size, struct error *err);

/* No tree is success: nothing is visited. Files may be removed while they are visited. */
int tree_walk(int fd, tree_visit visit, void *context, struct error *err) ERROR_MUST_CHECK;

/* Whether this is how media/base/publish names what is not whole yet. */
bool tree_name_is_temporary(const char *name);

/* Removes all such files. Only for who holds the repository's lock: nobody is writing then. */
int tree_sweep(int fd, struct error *err) ERROR_MUST_CHECK;

#endif
