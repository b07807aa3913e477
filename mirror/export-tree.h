/* SPDX-License-Identifier: ISC
 *
 * Writing a volume of an export to a folder, power-safe on FAT: new names only, flushed group by
 * group, the export document last, then what an earlier export left is removed and everything is
 * read back. (sallyport-set.5, Order)
 */
#ifndef MIRROR_EXPORT_TREE_H
#define MIRROR_EXPORT_TREE_H

#include "mirror/export-job.h"

struct export_tree {
    struct export_job job;   /* filled in by the caller */
    int fd;                  /* the destination */
    size_t removed, unknown; /* stale files that went; names that are none of ours and stay */
    size_t resumed;          /* packs that a cut run left whole: not written again */
    struct export_job whole; /* their names: they were read back already */
    char **fresh;            /* names that were not there before; owned */
    size_t fresh_count, fresh_capacity;
    bool absent; /* DEST is not there, and not made: fd is the folder around it */
    bool direct; /* read back past the page cache */
};

/* Opens DEST. Where its last component is absent it is made, or, with dry, the folder that it would
 * lie in is opened: for export_tree_space() only. ERROR_USAGE for the tree of a repository.
 * export_tree_close() in every case. */
int export_tree_open(struct export_tree *tree, const char *destination, bool dry,
                     struct error *err) ERROR_MUST_CHECK;
void export_tree_close(struct export_tree *tree);

/* Bytes free for us, and bytes that an earlier export takes there. */
int export_tree_space(const struct export_tree *tree, uint64_t *free_bytes, uint64_t *old_bytes,
                      struct error *err) ERROR_MUST_CHECK;

/* Writes packs, documents and export.p7m, signed with key. ERROR_NO_SPACE before anything is written
 * when it would not fit even after what is stale has gone. After any failure what was written anew
 * is taken away again, as far as the medium still answers; but after ERROR_INTERRUPTED packs that are
 * whole stay where no export before is left, and the words say so: the next run goes on with them. */
int export_tree_write(struct export_tree *tree, const struct key *key,
                      struct error *err) ERROR_MUST_CHECK;

/* Reads every file back and compares. */
int export_tree_verify(struct export_tree *tree, struct error *err) ERROR_MUST_CHECK;

#endif
