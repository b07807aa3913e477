/* SPDX-License-Identifier: ISC
 *
 * An export's plan in words and as JSON, before anything is written and after.
 */
#ifndef MIRROR_EXPORT_SHOWN_H
#define MIRROR_EXPORT_SHOWN_H

#include "mirror/export-volumes.h"
#include "mirror/report.h"

/* Where it goes and what is there. */
struct export_place {
    const char *form;    /* "dir", "tar", "iso" */
    size_t first, last;  /* the volumes that are written */
    uint64_t free_bytes; /* UINT64_MAX: nobody knows, a pipe */
    uint64_t old_bytes;  /* that an earlier export takes */
    size_t stale_count;  /* files of it that will go */
    uint64_t stale_bytes;
    size_t files, removed; /* once written */
    size_t resumed;        /* packs that lay there already */
};

void export_shown_plan(const struct report *report, const struct export_plan *plan,
                       const struct export_volumes *volumes, const struct export_place *place);

/* sallyport.export-result/1 without its schema. */
json_t *export_shown_document(const struct export_plan *plan, const struct export_volumes *volumes,
                              const struct export_place *place, bool written);

#endif
