/* SPDX-License-Identifier: ISC
 *
 * Where the frames of one recipe lie on the medium, and reading them. Packs' indexes are hints: a
 * pack whose index is broken is passed over and named only where frames are missing afterwards; a
 * frame that lies elsewhere than told shows by its digest, which whoever uses the bytes checks.
 */
#ifndef AGENT_INTAKE_FRAMES_H
#define AGENT_INTAKE_FRAMES_H

#include <stdint.h>

#include "agent/reader.h"
#include "media/recipe.h"

struct intake_frames;

/* Looks through the indexes of packs/ until every frame is found. *frames is made also when some
 * are not: ask intake_frames_missing(). Fails when the medium does (ERROR_MEDIUM_GONE...). Borrows
 * reader and recipe. */
int intake_frames_find(struct reader *reader, const struct recipe *recipe,
                       struct intake_frames **frames, struct error *err) ERROR_MUST_CHECK;
void intake_frames_free(struct intake_frames *frames);

/* Distinct frames that no pack holds. With any, *why gets the reason: ERROR_VOLUME_MISSING, or what
 * was wrong with a pack that was passed over. */
uint64_t intake_frames_missing(const struct intake_frames *frames, struct error *why);

/* Copies the frame of a chunk, as stored, into memory of the caller: recipe's packed bytes. Asked
 * in the recipe's order, frames that lie side by side are read at once. A pack that was there
 * before and is not now is ERROR_MEDIUM_GONE. */
int intake_frames_read(struct intake_frames *frames, uint32_t chunk, uint8_t *out,
                       struct error *err) ERROR_MUST_CHECK;

#endif
