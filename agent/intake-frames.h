/* SPDX-License-Identifier: ISC
 *
 * Where the frames of one recipe lie on the medium, and reading them. Packs' indexes are hints: a
 * pack whose index is broken is passed over and named only where frames are missing afterwards; a
 * frame that lies elsewhere than told shows by its digest, which whoever uses the bytes checks.
 */
#ifndef AGENT_INTAKE_FRAMES_H
#define AGENT_INTAKE_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/reader.h"
#include "media/recipe.h"

struct intake_frames;

/* Looks through the indexes of packs/ until every frame is found that a chunk needs; `kept` (one a
 * chunk) says which are in place. With nothing to find the medium is not looked at. *frames is made
 * also when some are not found: ask intake_frames_missing(). Fails when the medium does
 * (ERROR_MEDIUM_GONE...). Borrows reader and recipe. */
int intake_frames_find(struct reader *reader, const struct recipe *recipe, const bool *kept,
                       struct intake_frames **frames, struct error *err) ERROR_MUST_CHECK;
void intake_frames_free(struct intake_frames *frames);

/* Distinct frames that no pack holds. With any, *why gets the reason: ERROR_VOLUME_MISSING, or what
 * was wrong with a pack that was passed over. */
uint64_t intake_frames_missing(const struct intake_frames *frames, struct error *why);

/* Whether the chunk is needed and its frame was found: only such a one may be read. */
bool intake_frames_has(const struct intake_frames *frames, uint32_t chunk);

/* Bytes of frames that were read from the medium so far, with the gaps between them. */
uint64_t intake_frames_read_bytes(const struct intake_frames *frames);

/* Frames that are read at once: of chunks that follow each other in the recipe and, in one pack, on
 * the medium. */
struct intake_run {
    uint32_t first, count; /* chunks */
    size_t size;           /* bytes on the medium, with what lies between the frames */
    size_t memory;         /* the same and the ranges of a base that the frames build on */
};

/* The run that begins with a chunk that has a frame: at most `most` chunks and `room` bytes of
 * memory. The first chunk always belongs to it: whoever asks has room for any one. */
void intake_frames_run(const struct intake_frames *frames, uint32_t chunk, uint32_t most,
                       size_t room, struct intake_run *run);
/* Where in the run's bytes the frame of one of its chunks lies. */
size_t intake_frames_place(const struct intake_frames *frames, const struct intake_run *run,
                           uint32_t chunk);
/* The run's bytes, as stored, into memory of the caller. A pack that was there before and is not now
 * is ERROR_MEDIUM_GONE. */
int intake_frames_read(struct intake_frames *frames, const struct intake_run *run, uint8_t *out,
                       struct error *err) ERROR_MUST_CHECK;

#endif
