/* SPDX-License-Identifier: ISC
 *
 * DEST as a folder: which trees an export makes in it. One volume, or one that is asked for: DEST is
 * its medium. All of several: DEST/volume-1, DEST/volume-2, side by side. What an earlier export
 * with another number of volumes left there goes, tree by tree and named by what the format calls
 * it, never by a pattern.
 */
#ifndef MIRROR_EXPORT_FOLDERS_H
#define MIRROR_EXPORT_FOLDERS_H

#include "mirror/export-tree.h"

struct export_folders {
    const char *destination; /* borrowed */
    struct export_job job;   /* what every tree begins with; its volume is set for each */
    size_t first, last;      /* the volumes that are written */
    bool side_by_side;       /* into folders of their own */
    bool others;             /* trees that are not written now, but lie in the places of such, go */
    uint64_t needed_bytes, free_bytes, old_bytes;
    size_t stale_count; /* files that will go, and their bytes */
    uint64_t stale_bytes;
    size_t files, removed, unknown, resumed;
    bool direct; /* all was read back past the page cache */
};

/* volume 0: all of them. Fills in what will be written, and looks at what is there. */
int export_folders_plan(struct export_folders *folders, size_t volume,
                        struct error *err) ERROR_MUST_CHECK;

/* Writes and reads back every planned volume. ERROR_NO_SPACE before anything is written when they
 * would not fit even after what is stale has gone. */
int export_folders_write(struct export_folders *folders, const struct key *key,
                         struct error *err) ERROR_MUST_CHECK;

#endif
