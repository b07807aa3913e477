/* SPDX-License-Identifier: ISC
 *
 * The root documents and revocation lists of an upstream mirror: judged from what is believed here
 * so far, kept until the rest of a sync is good as well, then written into the tree.
 */
#ifndef MIRROR_SYNC_TRUST_H
#define MIRROR_SYNC_TRUST_H

#include "media/set.h"
#include "media/trust.h"
#include "mirror/repository.h"
#include "mirror/upstream.h"

struct sync_list {
    struct volume_name name; /* issuer and number */
    uint8_t digest[DIGEST_BYTES];
    struct bytes der;
    bool named; /* by a set that was accepted */
};

struct sync_trust {
    const struct repository *repository; /* borrowed; NULL: it is being founded */
    struct trust *trust;                 /* with all that upstream added; owned */
    uint64_t known;                      /* root documents that are here; 0: none yet */
    size_t root_count;
    struct bytes *roots; /* known + 1, known + 2, ... */
    size_t list_count;
    struct sync_list *lists; /* newer than the tree's */
};

/* Begins with what the tree believes; repository NULL: with nothing, for a repository that is being
 * founded. sync_trust_end() in every case. */
int sync_trust_begin(const struct repository *repository, struct sync_trust *sync,
                     struct error *err) ERROR_MUST_CHECK;
void sync_trust_end(struct sync_trust *sync);

/* Follows upstream's root documents, one after the other. ERROR_EQUIVOCATION when the first or the
 * newest one known is another there: that is no older tree of the same mirror. ERROR_ROOT_GAP, and
 * what trust_follow says. */
int sync_trust_follow(struct sync_trust *sync, struct upstream *upstream,
                      struct error *err) ERROR_MUST_CHECK;

/* Whether a root document that the operator trusts (a file) lies on the way that was followed.
 * repository: where documents up to `known` are; may be NULL with known 0. */
int sync_trust_anchor(const struct sync_trust *sync, const struct repository *repository,
                      const char *file, struct error *err) ERROR_MUST_CHECK;

/* Takes the newest list of each issuer, where it is newer than the one here. */
int sync_trust_lists(struct sync_trust *sync, const struct repository *repository,
                     struct upstream *upstream, struct error *err) ERROR_MUST_CHECK;

/* The lists that a set was made under are here, or newer ones, and so is its root document.
 * ERROR_CRL_MISSING, ERROR_ROOT_GAP. A list that the set names is kept from then on. */
int sync_trust_basis(struct sync_trust *sync, const struct repository *repository,
                     const struct set_document *set, struct error *err) ERROR_MUST_CHECK;

/* How many lists are in force under their name, or named by a set: those that are written. */
size_t sync_trust_list_count(const struct sync_trust *sync);

/* Root documents, then lists, beneath tree_fd. */
int sync_trust_write_roots(const struct sync_trust *sync, int tree_fd,
                           struct error *err) ERROR_MUST_CHECK;
int sync_trust_write_lists(const struct sync_trust *sync, int tree_fd,
                           struct error *err) ERROR_MUST_CHECK;

#endif
