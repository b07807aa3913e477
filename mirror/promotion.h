/* SPDX-License-Identifier: ISC
 *
 * What a promotion would do to a ring, and the proof that it may: documents judged, contents
 * rebuilt from the tree's frames and checked by their drivers.
 */
#ifndef MIRROR_PROMOTION_H
#define MIRROR_PROMOTION_H

#include "mirror/ring.h"

struct promotion {
    char ring[LIMIT_NAME_BYTES + 1], before[LIMIT_NAME_BYTES + 1];
    struct catalog_set from; /* the set of the ring before */
    size_t count;            /* packages of the new set, sorted by type */
    struct set_package packages[LIMIT_SET_PACKAGES];
    bool changed[LIMIT_SET_PACKAGES]; /* which of them are new to the ring */
    size_t changes;
};

/* wanted() says which types are taken from the ring before; the others stay as the ring has them. A
 * type that the ring before does not carry stays too. ERROR_USAGE for the first ring,
 * ERROR_NOT_FOUND when the ring before is empty. */
int promotion_plan(const struct ring_signer *signer, const char *ring,
                   bool (*wanted)(const void *context, const char *type), const void *context,
                   struct promotion *promotion, struct error *err) ERROR_MUST_CHECK;

/* Judges all packages; rebuilds and checks those that are new to the ring. */
int promotion_check(const struct ring_signer *signer, const char *libexec,
                    const struct promotion *promotion, struct error *err) ERROR_MUST_CHECK;

/* For the set's `evidence`. A new reference. */
json_t *promotion_evidence(const struct promotion *promotion);

#endif
