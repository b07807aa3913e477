/* SPDX-License-Identifier: ISC
 *
 * How a package comes into the rings: the next set of the first one, with it in its type's place.
 */
#ifndef MIRROR_FIRST_RING_H
#define MIRROR_FIRST_RING_H

#include "mirror/ring.h"

/* Signs it. *held: the ring holds the package already, and nothing was signed; ring->set is the set
 * that does. ERROR_WITHDRAWN for what was withdrawn. */
int first_ring_sign(const struct ring_signer *signer, const struct catalog_package *package,
                    json_t *evidence, struct ring_result *ring, bool *held,
                    struct error *err) ERROR_MUST_CHECK;

#endif
