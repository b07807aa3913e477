/* SPDX-License-Identifier: ISC
 *
 * What the next set of a ring says: the packages that a verb wants in it, less what is withdrawn;
 * everything that is withdrawn, flags as they were, waves as release.conf has them.
 */
#ifndef MIRROR_COMPOSE_H
#define MIRROR_COMPOSE_H

#include "mirror/ring.h"

/* Everything but the sequence, which is taken only when nothing can be refused any more. packages
 * are sorted by type. Takes the reference to evidence in every case; set_clear() the set in every
 * case. */
int compose_set(const struct ring_signer *signer, const char *ring,
                const struct set_package *packages, size_t count, json_t *evidence,
                struct set_document *set, struct error *err) ERROR_MUST_CHECK;

/* Whether two sets say the same, but for number, expiry and what led to them. */
int compose_same(struct set_document *set, struct set_document *other, bool *same,
                 struct error *err) ERROR_MUST_CHECK;

#endif
