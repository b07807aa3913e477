/* SPDX-License-Identifier: ISC
 *
 * Rings: their order, what each holds, and making the next set of one. The steps are apart, because
 * files come first and the catalog's transaction last:
 *   ring_sign()   reserves a sequence, signs, judges, writes set-N.p7m (or pending/RING.p7m)
 *   ring_enter()  within the caller's transaction
 *   ring_show()   after the commit: set.p7m, for the HTTP tree
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
    const char *key;       /* --key, or NULL */
    const json_t *flags;   /* service values of the new set; NULL: those of the set before */
    struct trust *reading; /* by what the set before is believed; NULL: trust (mirror/resign.h) */
};

/* What came out. */
struct ring_result {
    bool pending; /* too few signatures: pending/RING.p7m waits for cosign */
    uint64_t signatures, threshold;
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

/* Signs the next set of a ring with these packages (sorted by type). Waves come from the root
 * document; withdrawn, and flags where the signer has none, from the ring's set before. Takes the reference to evidence in
 * every case. */
int ring_sign(const struct ring_signer *signer, const char *ring,
              const struct set_package *packages, size_t count, json_t *evidence,
              struct ring_result *result, struct error *err) ERROR_MUST_CHECK;

/* Adds one more signature to pending/RING.p7m; with enough of them the set is written and the
 * pending file removed. The set is checked as if it were made now: next in its ring, packages that
 * exist. ERROR_NOT_FOUND when nothing is pending. */
int ring_cosign(const struct ring_signer *signer, const char *ring, struct ring_result *result,
                struct error *err) ERROR_MUST_CHECK;

/* The set that waits in pending/RING.p7m: its signatures hold, but they are too few and nothing
 * else is known of it. document and set are cleared by the caller in every case. */
int ring_pending(const struct repository *repository, const char *ring, struct bytes *document,
                 struct set_document *set, size_t *signatures, struct error *err) ERROR_MUST_CHECK;

int ring_enter(struct repository *repository, const struct ring_result *result,
               struct error *err) ERROR_MUST_CHECK;
int ring_show(const struct repository *repository, const struct ring_result *result,
              struct error *err) ERROR_MUST_CHECK;

/* Completes what a cut between commit and ring_show left: set.p7m is the newest set of each ring.
 */
int ring_settle(const struct repository *repository, const struct trust *trust,
                struct error *err) ERROR_MUST_CHECK;

/* The name of a ring's pending file, beneath the repository. Returns out. */
const char *ring_pending_name(const char *ring, char out[static 128]);

#endif
