/* SPDX-License-Identifier: ISC
 *
 * Taking a package back: first the decision, in the catalog, then ring by ring a set without it.
 * Run again after a cut it does what is left.
 */
#ifndef MIRROR_WITHDRAWAL_H
#define MIRROR_WITHDRAWAL_H

#include "mirror/ring.h"

struct withdrawal {
    const char *type, *version; /* these are borrowed */
    const char *reason, *link;  /* link "" for none */
    bool harmful;
    const char *instead; /* version to re-issue in its place, or NULL */
    /* Found by withdrawal_find: */
    size_t count, known; /* packages with this content; how many of them were withdrawn before */
    struct catalog_package *packages; /* owned */
    struct catalog_package base;      /* what is re-issued */
    bool has_replacement;             /* an earlier run made it */
    struct catalog_package replacement;
};

/* What becomes of one ring. */
enum withdrawal_outcome {
    WITHDRAWAL_EMPTY,    /* the ring has no set */
    WITHDRAWAL_ABSENT,   /* no set of the ring carried it that its newest does not tell of */
    WITHDRAWAL_OBSOLETE, /* the same, and what waited for signatures was dropped */
    WITHDRAWAL_SIGNED    /* result says how far */
};

struct withdrawal_ring {
    enum withdrawal_outcome outcome;
    bool replaced; /* the re-issued package is in its place */
    struct ring_result result;
};

/* All packages of the type with the content of that version: its other issues are as bad.
 * ERROR_NOT_FOUND; ERROR_USAGE when it was withdrawn with other words and nothing is left to add;
 * what reissue_find says of `instead`. withdrawal_clear() in every case. */
int withdrawal_find(struct withdrawal *withdrawal, struct catalog *catalog,
                    struct error *err) ERROR_MUST_CHECK;
void withdrawal_clear(struct withdrawal *withdrawal);

/* Enters the decision. Within the caller's transaction. */
int withdrawal_decide(struct withdrawal *withdrawal, struct catalog *catalog,
                      struct error *err) ERROR_MUST_CHECK;

/* Whether a ring's newest set holds one of the packages: else there is nothing to put another in the
 * place of. */
int withdrawal_is_held(const struct withdrawal *withdrawal, const struct ring_signer *signer,
                       bool *held, struct error *err) ERROR_MUST_CHECK;

/* Signs, enters and shows the next set of a ring, where it holds what is withdrawn or an earlier one
 * did, so that endpoints hear of what they may still have. The replacement
 * stands in it only in the first ring and where its content was before: nothing reaches a later
 * ring but by promotion. */
int withdrawal_sign(const struct withdrawal *withdrawal, const struct ring_signer *signer,
                    const char *ring, struct withdrawal_ring *outcome,
                    struct error *err) ERROR_MUST_CHECK;

#endif
