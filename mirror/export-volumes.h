/* SPDX-License-Identifier: ISC
 *
 * An export's plan, laid out: volumes, the packs of each and the frames of each pack, before a byte
 * is written. The same plan and volume size give the same layout, so that volumes that are written
 * one by one, on different days, belong together as long as the catalog is the same.
 */
#ifndef MIRROR_EXPORT_VOLUMES_H
#define MIRROR_EXPORT_VOLUMES_H

#include "mirror/export-plan.h"

struct export_pack {
    uint8_t id[DIGEST_BYTES];
    uint64_t size;
    size_t first, count; /* its frames in order[] */
};

struct export_volume {
    uint64_t bytes; /* what it takes, all overheads counted: never less */
    size_t first_pack, pack_count;
};

struct export_volumes {
    uint8_t id[DIGEST_BYTES]; /* of the whole export, as its document says it */
    size_t count;             /* from 1 */
    struct export_volume *rows;
    struct export_pack *packs;
    uint32_t *order;     /* the plan's frames volume by volume, in recipe order on each */
    uint32_t *volume_of; /* by frame, from 1 */
};

/* limit_bytes 0: one volume. ERROR_USAGE names the object that fits no volume of that size.
 * export_volumes_clear() in every case. */
int export_volumes_make(const struct export_plan *plan, uint64_t limit_bytes,
                        struct export_volumes *volumes, struct error *err) ERROR_MUST_CHECK;
void export_volumes_clear(struct export_volumes *volumes);

/* Of all volumes together. */
uint64_t export_volumes_bytes(const struct export_volumes *volumes);

#endif
