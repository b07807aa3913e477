/* SPDX-License-Identifier: ISC
 *
 * The newest set of one ring at an upstream mirror, with its packages and their recipes: judged as
 * an endpoint judges them, held against what is here, and kept aside until the ring's frames are
 * here as well.
 */
#ifndef MIRROR_SYNC_DOCUMENTS_H
#define MIRROR_SYNC_DOCUMENTS_H

#include "media/package.h"
#include "media/recipe.h"
#include "mirror/sync-trust.h"

enum sync_state {
    SYNC_ABSENT,  /* upstream carries no set of this ring */
    SYNC_CURRENT, /* just this set is here */
    SYNC_NEWER,   /* to be entered */
    SYNC_REFUSED  /* problem says why */
};

/* A package of a set that is not here yet. */
struct sync_package {
    struct catalog_package entry; /* what the catalog gets */
    struct bytes document;
    size_t delta_count; /* recipes that build on another package; those that are taken have_base */
    struct package_recipe deltas[LIMIT_RECIPES];
};

struct sync_ring {
    char name[LIMIT_NAME_BYTES + 1];
    enum sync_state state;
    struct error problem;
    struct catalog_set entry; /* of upstream's set, as far as it was judged */
    struct catalog_set here;  /* the newest here; sequence 0: none */
    struct bytes document;
    struct set_document *set; /* parsed; NULL until then */
    size_t package_count;     /* of the set that are new here */
    struct sync_package *packages;
};

/* What the steps work with; all borrowed. */
struct sync_documents {
    struct repository *repository;
    struct upstream *upstream;
    struct sync_trust *trust;
    const struct sync_ring *rings; /* judged before this one: they may not contradict it */
    size_t ring_count;
    int64_t now_us;
};

/* Judges the ring of that name. A refusal is the state of the ring, and success; negative when the
 * source is gone or something here failed. ring is initialised here: sync_ring_clear() in every
 * case. */
int sync_ring_judge(const struct sync_documents *sync, const char *name, struct sync_ring *ring,
                    struct error *err) ERROR_MUST_CHECK;
void sync_ring_clear(struct sync_ring *ring);

/* Refuses the ring with what is in err. Returns 0, or the error where it is not the ring's. */
int sync_ring_refuse(struct sync_ring *ring, struct error *err) ERROR_MUST_CHECK;

/* Reads the recipe of package i, matches its digest and what the package says of it, and leaves it
 * in scratch/ for sync_ring_write(). Where it is in the tree it is read from there. data and recipe
 * are initialised here; clear both in every case (recipe first). */
int sync_ring_recipe(const struct sync_documents *sync, const struct sync_ring *ring, size_t i,
                     struct bytes *data, struct recipe *recipe, struct error *err) ERROR_MUST_CHECK;

/* The same for recipe j of those that build on another package. Taken, and *taken true, where
 * its base is here or comes with this ring, and upstream still has it; left out otherwise. */
int sync_ring_delta(const struct sync_documents *sync, struct sync_ring *ring, size_t i, size_t j,
                    bool *taken, struct bytes *data, struct recipe *recipe,
                    struct error *err) ERROR_MUST_CHECK;

/* Recipes and package documents into the tree, then, apart, the set. */
int sync_ring_write_packages(const struct repository *repository, const struct sync_ring *ring,
                             struct error *err) ERROR_MUST_CHECK;
int sync_ring_write_set(const struct repository *repository, const struct sync_ring *ring,
                        struct error *err) ERROR_MUST_CHECK;

/* Within the caller's transaction: packages, floors, the set. */
int sync_ring_enter(struct repository *repository, const struct sync_ring *ring,
                    struct error *err) ERROR_MUST_CHECK;

#endif
