/* SPDX-License-Identifier: ISC
 *
 * Which volume of an export holds which frame: arithmetic alone, the same answer for the same
 * question. No volume passes its limit, every frame is on exactly one, and the frames of a package
 * stay together as far as that goes: small packages first and whole, one that is larger than a
 * volume on as few as it takes.
 */
#ifndef MIRROR_VOLUME_PLAN_H
#define MIRROR_VOLUME_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

struct volume_plan_package {
    const uint32_t *frames; /* indices into sizes, none twice; other packages may name them too */
    size_t count;
};

struct volume_plan_question {
    const uint32_t *sizes; /* bytes of each frame as stored */
    size_t frame_count;
    const struct volume_plan_package *packages;
    size_t package_count;
    uint64_t fixed_bytes; /* what every volume takes beside its packs */
    uint64_t pack_bytes;  /* what a pack takes beside its frames and their index rows */
    uint64_t limit_bytes; /* of a volume; 0: none, all goes onto one */
};

struct volume_plan {
    uint32_t count;      /* of volumes, from 1 */
    uint32_t *volume_of; /* of each frame, from 1; owned */
    uint64_t *bytes;     /* of each volume, all overheads counted; owned */
    uint32_t misfit;     /* with ERROR_LIMIT: a frame that fits no volume; UINT32_MAX: none does */
};

/* Bytes of a frame in a pack, with its header and its row of the index. */
uint64_t volume_plan_frame_bytes(uint32_t size);

/* ERROR_LIMIT when the fixed bytes or a frame (misfit) don't fit, or the volumes would be more than
 * LIMIT_VOLUMES. volume_plan_clear() in every case. */
int volume_plan_make(const struct volume_plan_question *question, struct volume_plan *plan,
                     struct error *err) ERROR_MUST_CHECK;
void volume_plan_clear(struct volume_plan *plan);

#endif
