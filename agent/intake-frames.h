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

/* Copies the frame of a chunk, as stored, into memory of the caller: recipe's packed bytes. Asked
 * in the recipe's order, frames that lie side by side are read at once. A pack that was there
 * before and is not now is ERROR_MEDIUM_GONE. */
int intake_frames_read(struct intake_frames *frames, uint32_t chunk, uint8_t *out,
                       struct error *err) ERROR_MUST_CHECK;

#endif
