/* SPDX-License-Identifier: ISC
 *
 * The content types, one visible row each: which driver loads it, when it counts as old, how its
 * source is published. The drivers' own tables (drivers/driver.h) must agree; tests/shape compares.
 */
#ifndef MEDIA_CONTENT_TYPE_H
#define MEDIA_CONTENT_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct content_type {
    const char *name;   /* "flags-supplement" */
    const char *family; /* program sallyport-driver-FAMILY */
    uint32_t warn_days; /* default age limits; 0: never */
    uint32_t fail_days;
    bool sealed;     /* published encrypted */
    uint64_t schema; /* schema number that publish writes */
    const char *const
        *patterns; /* file names that a source may hold, NULL-terminated (sallyport-mirror.8) */
    const char *summary; /* for help and man */
};

/* NULL when there is no such type. */
const struct content_type *content_type_find(const char *name);
/* Files that sallyport-compile makes of a source of this type, in the order of its outputs
 * (media/base/compile-protocol.h), NULL-terminated; they are the content then, in the place of the
 * source's files. NULL: the source is the content. */
const char *const *content_type_compiled(const struct content_type *type);
/* The type that content of this one builds on: what publish makes a package of it require. NULL: none. */
const char *content_type_builds_on(const struct content_type *type);
/* Row i, NULL past the last. Sorted by name. */
const struct content_type *content_type_row(size_t i);

#endif
