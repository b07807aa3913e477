/* SPDX-License-Identifier: ISC
 *
 * What an earlier import has left of a package in staging. No record says which bytes those are: the
 * recipe's content digests do. A chunk is in place when the bytes that lie there have its digest;
 * whatever else lies there is written over.
 */
#ifndef AGENT_INTAKE_KEPT_H
#define AGENT_INTAKE_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/intake-base.h"
#include "media/recipe.h"

struct intake_kept {
    bool *chunks;   /* one a chunk of the recipe: in place; owned */
    uint64_t bytes; /* of the chunks in place, plain */
};

/* Told after each chunk how many plain bytes are known to be in place. Negative ends the search. */
typedef int (*intake_kept_progress)(void *context, uint64_t done, struct error *err);

/* Where a package's bytes may be. */
struct intake_kept_place {
    int folder;               /* in staging; -1: nothing lies there */
    struct intake_base *base; /* with the files that are left out of it; NULL: none are */
    const bool *absent;       /* one a file: whether it is */
};

/* Hashes what lies there. A chunk of nothing but absent files is not looked at. Fails only where
 * `progress` does. kept is initialised here; intake_kept_clear() in every case. */
int intake_kept_find(const struct recipe *recipe, const struct intake_kept_place *place,
                     intake_kept_progress progress, void *context, struct intake_kept *kept,
                     struct error *err) ERROR_MUST_CHECK;
void intake_kept_clear(struct intake_kept *kept);

#endif
