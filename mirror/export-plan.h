/* SPDX-License-Identifier: ISC
 *
 * What an export carries: the newest set of each asked ring and all that it names. Everything is
 * judged before it is planned: what an endpoint would refuse never leaves the mirror.
 */
#ifndef MIRROR_EXPORT_PLAN_H
#define MIRROR_EXPORT_PLAN_H

#include "media/digest.h"
#include "media/trust.h"
#include "mirror/export-since.h"
#include "mirror/repository.h"

/* A file of the tree that is carried as it is. */
struct export_plan_file {
    char *name; /* beneath tree/ and the medium alike */
    uint64_t size;
    uint8_t digest[DIGEST_BYTES]; /* what is copied later has it, or is refused */
};

/* Files in the order in which they are written, after the packs. */
enum export_plan_group {
    EXPORT_RECIPES,
    EXPORT_PACKAGES,
    EXPORT_ROOTS, /* FORMAT first */
    EXPORT_CRLS,
    EXPORT_SETS,
    EXPORT_GROUPS
};

struct export_plan_list {
    struct export_plan_file *files;
    size_t count, capacity;
};

struct export_plan_frame {
    uint8_t digest[DIGEST_BYTES];
    uint32_t packed;
    uint32_t user; /* the last package that named it, from 1: while the plan is made */
};

/* How a package is carried. */
enum export_plan_way {
    EXPORT_FULL,  /* full recipe and all its frames */
    EXPORT_DELTA, /* the recipe that builds on the other side's package, and what that lacks */
    EXPORT_KNOWN  /* the other side has just this package: its document alone */
};

struct export_plan_package {
    uint8_t id[DIGEST_BYTES];
    char type[LIMIT_NAME_BYTES + 1];
    char version[LIMIT_VERSION_BYTES + 1];
    enum export_plan_way way;
    uint32_t *frames; /* indices into the plan's, none twice; owned */
    size_t frame_count, capacity;
};

struct export_plan {
    size_t set_count;
    struct catalog_set sets[LIMIT_RINGS]; /* sorted by ring */
    bool has_base;
    struct catalog_set base; /* the set that the other side has */
    struct export_plan_list groups[EXPORT_GROUPS];
    size_t package_count, package_capacity;
    struct export_plan_package *packages; /* distinct, sorted by id once the plan is made */
    struct export_plan_frame *frames;     /* distinct, in recipe order */
    size_t frame_count, frame_capacity;
    void *seen;           /* tsearch tree over what was planned */
    uint64_t fixed_bytes; /* what every volume takes beside its packs, overheads counted */
};

/* What a file takes on a medium, whatever form it has: whole clusters, and its name. */
uint64_t export_plan_file_bytes(uint64_t size);

/* Plans the rings' newest sets, for those who have the set `since` (NULL: for all).
 * ERROR_NOT_FOUND when a ring has none. export_plan_clear() in every case. */
int export_plan_make(struct repository *repository, struct trust *trust, const char *const *rings,
                     size_t ring_count, const struct export_since *since, struct export_plan *plan,
                     struct error *err) ERROR_MUST_CHECK;

/* Bytes of the frames. */
uint64_t export_plan_packed(const struct export_plan *plan);
void export_plan_clear(struct export_plan *plan);

#endif
