/* SPDX-License-Identifier: ISC
 *
 * Rings: their order, what each holds, and making the next set of one. The steps are apart, because
 * files come first and the catalog's transaction last:
 *   ring_sign()   reserves a sequence, signs, judges, writes set-N.p7m (or pending/RING.p7m)
 *   ring_enter()  within the caller's transaction
 *   ring_show()   after the commit: set.p7m, for the HTTP tree
 * ring_release() does the last two for verbs that enter nothing else.
 */
#ifndef MIRROR_RING_H
#define MIRROR_RING_H

#include <jansson.h>
#include <stdbool.h>

#include "media/root.h"
#include "media/set.h"
#include "media/trust.h"
#include "mirror/keyring.h"
#include "mirror/repository.h"

/* What signing needs; all borrowed. */
struct ring_signer {
    struct repository *repository;
    struct trust *trust;
    struct keyring *keyring;
    const char *key;     /* --key, or NULL */
    const json_t *flags; /* service values of the new set; NULL: those of the set before */
    bool dry_run;        /* nothing is signed, no number is taken */
};

/* What came out. */
struct ring_result {
    bool dry_run; /* only set.ring and set.sequence tell what would be */
    bool pending; /* too few signatures: pending/RING.p7m waits for cosign */
    bool waits;   /* with pending: just this set waits already, nothing was signed */
    uint64_t signatures, threshold;
    uint64_t replaces; /* the set whose place in pending/ this one takes; 0: none */
    struct catalog_set set;
};

/* The ring of that name; ERROR_NOT_FOUND names all rings in order. *before: the ring that is
 * promoted to it, NULL for the first. Borrowed from trust. */
int ring_find(const struct trust *trust, const char *name, const struct root_ring **ring,
              const struct root_ring **before, struct error *err) ERROR_MUST_CHECK;

/* The newest set of a ring, judged and parsed. *found false: the ring is empty. set_clear() in
 * every case. */
int ring_newest(const struct repository *repository, struct trust *trust, const char *ring,
                struct set_document *set, struct catalog_set *known, bool *found,
                struct error *err) ERROR_MUST_CHECK;

/* The same, also where a revocation or a root document has overtaken it: by what it was good once. For
 * what the next set takes over from it. */
int ring_newest_past(const struct repository *repository, struct trust *trust, const char *ring,
                     struct set_document *set, struct catalog_set *known, bool *found,
                     struct error *err) ERROR_MUST_CHECK;

/* Signs the next set of a ring with these packages, sorted by type (mirror/compose.h says what
 * becomes of them). Takes the reference to evidence in every case. */
int ring_sign(const struct ring_signer *signer, const char *ring,
              const struct set_package *packages, size_t count, json_t *evidence,
              struct ring_result *result, struct error *err) ERROR_MUST_CHECK;

/* Judges a signed set whose ring, sequence and time are in result->set, and puts it where it
 * belongs: into the tree, or into pending/. Fills in the signatures. */
int ring_put_away(const struct ring_signer *signer, struct bytes_view document,
                  struct ring_result *result, struct error *err) ERROR_MUST_CHECK;

/* Both do nothing for what is pending or a dry run. */
int ring_enter(struct repository *repository, const struct ring_result *result,
               struct error *err) ERROR_MUST_CHECK;
int ring_show(const struct repository *repository, const struct ring_result *result,
              struct error *err) ERROR_MUST_CHECK;

int ring_release(struct repository *repository, const struct ring_result *result,
                 struct error *err) ERROR_MUST_CHECK;

/* Completes what a cut between commit and ring_show left: set.p7m is the newest set of each ring,
 * root.pem has the roots of the newest root document. A dry run leaves it to the next verb. */
int ring_settle(const struct repository *repository, struct trust *trust, bool dry_run,
                struct error *err) ERROR_MUST_CHECK;

#endif
