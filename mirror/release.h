/* SPDX-License-Identifier: ISC
 *
 * release.conf: how sets go out. The waves of each ring and type; a repository without the file, and a
 * ring or type that it does not name, has what the root document says of the ring: one wave of
 * everybody, as init makes it. Unknown sections, keys, rings and types are errors with file, line and
 * the nearest known name.
 *
 *   [waves public]                     [waves public.flags-supplement]
 *   plan = 10%, 50% 24h, 100% 3d       plan = 100%
 */
#ifndef MIRROR_RELEASE_H
#define MIRROR_RELEASE_H

#include "media/root.h"
#include "media/set.h"
#include "mirror/repository.h"

#define RELEASE_FILE  "release.conf"
#define RELEASE_PLANS 128

struct release_plan {
    char ring[LIMIT_NAME_BYTES + 1];
    char type[LIMIT_NAME_BYTES + 1]; /* "default": every type of the ring without its own */
    struct wave_plan waves;
};

struct release {
    const struct root_document *root; /* borrowed: which rings there are */
    size_t count;
    struct release_plan plans[RELEASE_PLANS];
};

/* Reads the text of the file `name` (for messages). ERROR_CONFIG as "name:line: words". */
int release_parse(const char *name, struct bytes_view text, const struct root_document *root,
                  struct release *release, struct error *err) ERROR_MUST_CHECK;

/* The same from the repository; no file is success, without plans. */
int release_read(const struct repository *repository, const struct root_document *root,
                 struct release *release, struct error *err) ERROR_MUST_CHECK;

/* The waves of a set of this ring: "default", and one row for each type of the set that has a plan
 * of its own. Sorted by type. */
void release_waves(const struct release *release, const struct root_ring *ring,
                   struct set_document *set);

/* "10%, 50% 24h, 100% 3d": shares that rise to 100, each with the time after which it opens, in s, m,
 * h or d; none: at once. ERROR_CONFIG. */
int release_parse_plan(const char *text, struct wave_plan *plan,
                       struct error *err) ERROR_MUST_CHECK;

#endif
