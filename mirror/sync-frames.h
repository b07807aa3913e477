/* SPDX-License-Identifier: ISC
 *
 * Frames from an upstream mirror's packs into packs of our own: only those that the catalog lacks,
 * each matched with its digest before it is stored, none of them decompressed. The indices of
 * upstream's packs only tell where to look.
 */
#ifndef MIRROR_SYNC_FRAMES_H
#define MIRROR_SYNC_FRAMES_H

#include "media/recipe.h"
#include "mirror/interrupt.h"
#include "mirror/progress.h"
#include "mirror/repository.h"
#include "mirror/upstream.h"

/* After so many bytes what was fetched is flushed and entered: a cut costs no more than that. */
#define SYNC_FRAMES_STEP_BYTES (256 * MIB)

struct sync_frames_counts {
    uint64_t wanted, wanted_bytes;   /* that are not here */
    uint64_t fetched, fetched_bytes; /* and are now */
    uint64_t absent;                 /* in none of upstream's packs */
};

struct sync_frames;
struct sync_frames *sync_frames_new(struct repository *repository, struct upstream *upstream,
                                    uint64_t step_bytes);
void sync_frames_free(struct sync_frames *frames);

/* Wants every frame of a recipe that is not here. */
int sync_frames_want(struct sync_frames *frames, const struct recipe *recipe,
                     struct error *err) ERROR_MUST_CHECK;

/* Finds them in upstream's packs. What is nowhere is counted, and no failure yet. */
int sync_frames_find(struct sync_frames *frames, struct error *err) ERROR_MUST_CHECK;

/* Whether a fetch could begin, and would get all. ERROR_NO_SPACE, ERROR_VOLUME_MISSING,
 * ERROR_BAD_PACK. */
int sync_frames_check(const struct sync_frames *frames, struct error *err) ERROR_MUST_CHECK;

/* Fetches what was found. On success it is in the catalog. When the source goes away or a signal
 * comes, what had come by then is kept; after a frame with another digest (ERROR_BAD_DIGEST) only
 * what was flushed before. ERROR_VOLUME_MISSING, with all others here, where some are absent;
 * ERROR_NO_SPACE before anything is fetched. */
int sync_frames_fetch(struct sync_frames *frames, struct progress *progress,
                      const struct interrupt *interrupt, struct error *err) ERROR_MUST_CHECK;

struct sync_frames_counts sync_frames_counts(const struct sync_frames *frames);

#endif
