/* SPDX-License-Identifier: ISC
 *
 * What a promotion would do to a ring, type by type, and the proof that it may: documents judged,
 * contents rebuilt from the tree's frames and checked by their drivers. A type that may not go on is
 * named and holds up no other.
 */
#ifndef MIRROR_PROMOTION_H
#define MIRROR_PROMOTION_H

#include "media/package.h"
#include "mirror/ring.h"

#define PROMOTION_TYPES (2 * LIMIT_SET_PACKAGES) /* of two sets together */

struct promotion_type {
    bool has_ours, has_theirs; /* the ring's own package; that of the ring before */
    struct set_package ours, theirs;
    bool taken;         /* theirs goes into the new set */
    const char *reason; /* why not, as one word: only, older, withdrawn, aborted, requires, or the
                           name of the driver's error; NULL: taken, or there is nothing to take */
    char words[ERROR_WORDS_BYTES];
    size_t requirement_count; /* of theirs, once promotion_check has read it */
    struct package_requirement requirements[LIMIT_REQUIRES];
};

struct promotion {
    char ring[LIMIT_NAME_BYTES + 1], before[LIMIT_NAME_BYTES + 1];
    struct catalog_set from; /* the set of the ring before */
    size_t type_count;
    struct promotion_type types[PROMOTION_TYPES]; /* sorted by type */
    /* What follows from them: */
    size_t count; /* packages of the new set, sorted by type; at most LIMIT_SET_PACKAGES of them fit
                     into a set, which ring_sign checks */
    struct set_package packages[PROMOTION_TYPES];
    bool changed[PROMOTION_TYPES]; /* which of them are new to the ring */
    size_t changes;
    size_t refused; /* types that their drivers, or what they require, held up */
};

/* wanted() says which types are taken from the ring before; the others stay as the ring has them. A
 * type that the ring before does not carry stays too. ERROR_USAGE for the first ring,
 * ERROR_NOT_FOUND when the ring before is empty. */
int promotion_plan(const struct ring_signer *signer, const char *ring,
                   bool (*wanted)(const void *context, const char *type), const void *context,
                   struct promotion *promotion, struct error *err) ERROR_MUST_CHECK;

/* Judges all packages; rebuilds and checks those that are new to the ring. What a driver refuses, or
 * has no driver here, or requires what the ring would not have, is left; what is damaged ends it. */
int promotion_check(const struct ring_signer *signer, const char *libexec,
                    struct promotion *promotion, struct error *err) ERROR_MUST_CHECK;

/* For the set's `evidence`. A new reference. */
json_t *promotion_evidence(const struct promotion *promotion);

#endif
