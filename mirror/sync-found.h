/* SPDX-License-Identifier: ISC
 *
 * The first sync: a repository without keys, which begins with an upstream mirror's root documents
 * and nothing else.
 */
#ifndef MIRROR_SYNC_FOUND_H
#define MIRROR_SYNC_FOUND_H

#include "mirror/upstream.h"

struct sync_found {
    const char *folder;         /* absent or empty */
    const char *organisation;   /* for mirror.conf */
    const char *source, *ca;    /* for mirror.conf; ca may be NULL */
    const char *const *anchors; /* root document files that the operator trusts; NULL-terminated, at
                                   least one: each must be on the way from upstream's first root
                                   document to its newest */
};

/* Nothing is made unless all of it is good. */
int sync_found(const struct sync_found *found, struct upstream *upstream,
               struct error *err) ERROR_MUST_CHECK;

#endif
