/* SPDX-License-Identifier: ISC
 *
 * What nothing names any more: packages that are in no ring's newest set, in no set that waits and
 * not among the last of their type; their recipes; packs of which no frame is needed. First the
 * catalog forgets them, in one transaction, then the files go: after a cut it never promises what
 * is missing, and what was left lying is removed by the next run. Sets stay: they are the record.
 */
#ifndef MIRROR_PRUNING_H
#define MIRROR_PRUNING_H

#include "media/trust.h"
#include "mirror/repository.h"

#define PRUNING_KEEP 3 /* packages of a type, newest first, withdrawn ones not counted */

struct pruning {
    size_t package_count, pack_count;
    struct catalog_package *packages; /* all that the catalog knows; owned */
    bool *package_kept;               /* owned */
    struct catalog_pack *packs;       /* owned */
    bool *pack_kept;                  /* owned */
    uint64_t files, bytes;            /* of the tree that pruning_sweep() removed, or would */
};

/* What would go. keep: at least 1. Fails where it can't be told what is named: a newest set or one
 * that waits that does not read. pruning_clear() in every case. */
int pruning_plan(struct repository *repository, struct trust *trust, uint64_t keep,
                 struct pruning *pruning, struct error *err) ERROR_MUST_CHECK;
void pruning_clear(struct pruning *pruning);

/* Takes what goes out of the catalog. Within the caller's transaction. */
int pruning_forget(const struct pruning *pruning, struct repository *repository,
                   struct error *err) ERROR_MUST_CHECK;

/* Removes (or, with dry_run, counts) packages, recipes, packs and sets of the tree that the catalog
 * does not know: what was forgotten, and what cuts left. */
int pruning_sweep(struct pruning *pruning, const struct repository *repository, bool dry_run,
                  struct error *err) ERROR_MUST_CHECK;

#endif
