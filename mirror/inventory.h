/* SPDX-License-Identifier: ISC
 *
 * Proving a whole repository: every document judged, every frame of every pack matched with its
 * name, every package rebuilt, what others read first as it should be, nothing in the tree that the catalog doesn't know.
 */
#ifndef MIRROR_INVENTORY_H
#define MIRROR_INVENTORY_H

#include "media/trust.h"
#include "mirror/progress.h"
#include "mirror/report.h"
#include "mirror/repository.h"

struct inventory {
    struct repository *repository; /* borrowed, as are the next three */
    struct trust *trust;
    struct report *report;
    struct progress *progress;
    size_t held_count;                           /* packages of the newest sets */
    uint8_t (*held)[DIGEST_BYTES];               /* owned, while it is taken */
    uint64_t documents, packages, frames, bytes; /* that proved good */
    uint64_t deltas;                             /* packages made out of others; they too */
    uint64_t failures;                           /* each was reported */
    uint64_t strays; /* files that nothing names: left by a cut, harmless */
    json_t *findings;
    struct error first; /* the first failure: decides the exit status */
};

/* Goes on after a failure, so that all are named. Negative only when it could not go on. */
int inventory_take(struct inventory *inventory, struct error *err) ERROR_MUST_CHECK;

#endif
