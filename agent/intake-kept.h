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

#include "media/recipe.h"

struct intake_kept {
    bool *chunks;   /* one a chunk of the recipe: in place; owned */
    uint64_t bytes; /* of the chunks in place, plain */
};

/* Told after each chunk how many plain bytes are known to be in place. Negative ends the search. */
typedef int (*intake_kept_progress)(void *context, uint64_t done, struct error *err);

/* Hashes what lies in the folder; -1 for the folder: nothing does. Fails only where `progress` does.
 * kept is initialised here; intake_kept_clear() in every case. */
int intake_kept_find(const struct recipe *recipe, int folder_fd, intake_kept_progress progress,
                     void *context, struct intake_kept *kept, struct error *err) ERROR_MUST_CHECK;
void intake_kept_clear(struct intake_kept *kept);

#endif
