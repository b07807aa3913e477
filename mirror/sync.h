/* SPDX-License-Identifier: ISC
 *
 * A mirror of a mirror: takes over what an upstream mirror published, byte for byte, and signs
 * nothing. Judged first, all of it; then frames; then into the tree in the order in which readers
 * may meet it; the catalog's transaction and set.p7m last. After a cut the tree holds the old sets
 * or the new ones, and frames that had come are not fetched again.
 */
#ifndef MIRROR_SYNC_H
#define MIRROR_SYNC_H

#include "mirror/progress.h"
#include "mirror/sync-documents.h"
#include "mirror/sync-frames.h"

struct sync {
    struct repository *repository; /* these are borrowed */
    struct upstream *upstream;
    struct progress *progress;
    bool dry_run; /* nothing is fetched and nothing is written */
    struct sync_trust trust;
    size_t ring_count; /* those that were asked for, in release order */
    struct sync_ring *rings;
    struct sync_frames_counts frames;
};

/* Judges everything and fetches frames. rings: names to take, NULL-terminated; NULL: all of the
 * newest root document. anchors: root document files that must be on the way; NULL-terminated or
 * NULL. A ring that is refused is told in its row; negative when nothing can be taken.
 * sync_end() in every case. */
int sync_begin(struct sync *sync, const char *const *rings, const char *const *anchors,
               struct error *err) ERROR_MUST_CHECK;
void sync_end(struct sync *sync);

/* Whether there is anything to write: a newer set; or, where no ring was refused or one is good,
 * root documents and lists. */
bool sync_changes(const struct sync *sync);

/* Writes it. */
int sync_complete(struct sync *sync, struct error *err) ERROR_MUST_CHECK;

#endif
