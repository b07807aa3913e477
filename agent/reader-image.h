/* SPDX-License-Identifier: ISC
 *
 * Inside of sallyport-reader-image: from bytes of a medium up to files of the one tree on it.
 *
 *   medium      bounded reads of what was given; whatever fails there is remembered
 *   kinds       which filesystem begins at an offset, by its own marks; which is read, which is not
 *   partitions  MBR and GPT
 *   iso         discs
 *   tree        the filesystem that holds "sallyport", its folders and names (all others: libtsk)
 *   file        one open file: where its bytes lie, checked once, then read without libtsk
 */
#ifndef AGENT_READER_IMAGE_H
#define AGENT_READER_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <tsk/libtsk.h>

#include "media/base/error.h"
#include "media/base/limits.h"

/* The medium. */

struct image_medium {
    int fd;
    uint64_t size;
    int failure; /* errno of the last read that failed since image_medium_begin() */
};

/* The size of what fd is: a regular file or a block device. Reads nothing. */
int image_medium_measure(int fd, struct image_medium *medium, struct error *err) ERROR_MUST_CHECK;
/* A new request begins: what failed before is forgotten. */
void image_medium_begin(struct image_medium *medium);
/* At most size bytes at offset: how many there were. Short where the medium ends or fails. */
size_t image_medium_read(struct image_medium *medium, uint64_t offset, void *out, size_t size);
/* Why something could not be read, in a medium's codes. Where no read failed it is what lies on the
 * medium that is at fault: ERROR_MEDIUM_DAMAGED with libtsk's words, if it has any. */
int image_medium_blame(const struct image_medium *medium, struct error *err);

/* Kinds of what may begin at an offset. */

struct image_kind {
    const char *name;      /* for people */
    TSK_FS_TYPE_ENUM type; /* TSK_FS_TYPE_UNSUPP: known by name and not read */
    const char *advice;    /* for what is not read; NULL: none */
};

/* What begins at offset and has at most size bytes; NULL: nothing that is known. */
const struct image_kind *image_kind_at(struct image_medium *medium, uint64_t offset, uint64_t size);
/* Whether the numbers that the filesystem's first sector gives fit each other and size bytes, so far
 * as libtsk counts on it. ERROR_MEDIUM_DAMAGED says which does not. */
int image_kind_check(const struct image_kind *kind, struct image_medium *medium, uint64_t offset,
                     uint64_t size, struct error *err) ERROR_MUST_CHECK;

/* Partitions. */

struct image_partition {
    unsigned number; /* as partitioning tools count */
    uint64_t offset, size;
};

/* Those of the medium's MBR or GPT in the order of the table, at most LIMIT_PARTITIONS. None is
 * success; a table that contradicts itself or its medium is ERROR_MEDIUM_DAMAGED. */
int image_partitions(struct image_medium *medium, struct image_partition *partitions, size_t *count,
                     struct error *err) ERROR_MUST_CHECK;

/* Entries of a folder. */

enum image_entry_kind { IMAGE_FILE, IMAGE_FOLDER, IMAGE_OTHER };

struct image_entry {
    char *name;
    enum image_entry_kind kind;
    uint64_t number; /* libtsk's address of it; on a disc its first byte on the medium */
    uint64_t size;   /* on a disc only */
};

/* Entries that belong to it; image_listing_clear(). */
struct image_listing {
    struct image_entry *entries;
    size_t count, capacity;
};

/* ERROR_LIMIT beyond LIMIT_FOLDER_NAMES. A name that is no component (empty, with a slash, too long)
 * is left out: nobody can ask for it. */
int image_listing_add(struct image_listing *listing, const char *name, enum image_entry_kind kind,
                      uint64_t number, uint64_t size, struct error *err) ERROR_MUST_CHECK;
void image_listing_clear(struct image_listing *listing);

/* Discs: ISO 9660 with Rock Ridge or Joliet. */

struct image_iso {
    struct image_medium *medium;
    uint64_t offset, size; /* of the filesystem on the medium */
    unsigned block;
    uint64_t root_at, root_size;
    bool rock_ridge, joliet;
    uint8_t skip; /* bytes in front of each record's system use entries */
};

int image_iso_open(struct image_medium *medium, uint64_t offset, uint64_t size,
                   struct image_iso *iso, struct error *err) ERROR_MUST_CHECK;
/* Adds the entries of the folder that lies there. */
int image_iso_list(const struct image_iso *iso, uint64_t at, uint64_t size,
                   struct image_listing *listing, struct error *err) ERROR_MUST_CHECK;

/* The tree. */

struct image_tree;

/* The tree of the first filesystem in the order of the table that holds "sallyport". Freed by
 * image_tree_close(). ERROR_NOT_A_MEDIUM lists what there is instead. */
int image_tree_open(struct image_medium *medium, struct image_tree **tree,
                    struct error *err) ERROR_MUST_CHECK;
void image_tree_close(struct image_tree *tree);
/* libtsk's filesystem; NULL for a disc. */
TSK_FS_INFO *image_tree_filesystem(struct image_tree *tree);

/* The sorted entries of a folder, the tree's own, valid until its next call. ERROR_NOT_FOUND,
 * ERROR_UNEXPECTED_FILE where it is no folder. */
int image_tree_list(struct image_tree *tree, const char *folder, const struct image_entry **entries,
                    size_t *count, struct error *err) ERROR_MUST_CHECK;
/* One entry by its whole name; valid until the tree's next call. ERROR_NOT_FOUND. */
int image_tree_find(struct image_tree *tree, const char *name, const struct image_entry **entry,
                    struct error *err) ERROR_MUST_CHECK;

/* A file. */

struct image_file {
    char *name; /* NULL: none is open */
    uint64_t size;
    uint64_t at;                /* on a disc: its first byte on the medium */
    TSK_FS_FILE *file;          /* elsewhere */
    const TSK_FS_ATTR *data;    /* belongs to file */
    const TSK_FS_ATTR_RUN *run; /* where the last read ended: the next begins there */
};

/* Opens name unless it is open. Its runs cover its size and lie within the filesystem, else
 * ERROR_MEDIUM_DAMAGED. ERROR_NOT_FOUND, ERROR_UNEXPECTED_FILE where it is no file that is read. */
int image_file_open(struct image_file *file, struct image_tree *tree, struct image_medium *medium,
                    const char *name, struct error *err) ERROR_MUST_CHECK;
void image_file_close(struct image_file *file);
/* Exactly size bytes at offset. */
int image_file_read(struct image_file *file, struct image_medium *medium, uint64_t offset,
                    uint8_t *out, size_t size, struct error *err) ERROR_MUST_CHECK;

#endif
