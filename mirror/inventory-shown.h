/* SPDX-License-Identifier: ISC
 *
 * What others read first of a repository, and no catalog row names: FORMAT, each ring's set.p7m and
 * root.pem, which auditors hand to openssl.
 */
#ifndef MIRROR_INVENTORY_SHOWN_H
#define MIRROR_INVENTORY_SHOWN_H

#include "mirror/inventory.h"

/* Each that is not what it should be is a failure. A set.p7m that shows an older good set, as a cut
 * leaves it, is a stray: the next verb that changes the repository settles it. */
void inventory_shown(struct inventory *inventory);

#endif
