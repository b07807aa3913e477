/* SPDX-License-Identifier: ISC
 *
 * sallyport-reader-tar from inside: an uncompressed tar in a regular file. One pass over its headers
 * finds where each file lies; bytes are then read from there.
 *
 * reader-tar-headers.c  the pass, by libarchive: what an entry is, where its bytes lie
 * reader-tar-index.c    names to places
 *
 * libarchive does not say at which offset an entry's bytes lie. They lie behind its header, so that is
 * where it has read up to when it gave the entry; two things that follow from the format are checked
 * for every entry of the tree, against the file itself, before that is believed: the block before is
 * a header of the entry's own kind, and the next entry begins where this one's bytes end.
 *
 * What of a tar is taken (sallyport-agent.8, Sources): files and folders below "sallyport/", with or
 * without "./" in front. Anything else that lies there refuses the tar, as do names anywhere in it
 * that lead out, and those below "sallyport/" that are there twice, differ by case only, or are a file
 * and a folder: another program would see another tree. What else lies beside "sallyport/" is not
 * looked at.
 */
#ifndef AGENT_READER_TAR_H
#define AGENT_READER_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

#define TAR_BLOCK_BYTES 512

/* A file or folder of the tree. */
struct tar_row {
    char *name;
    bool is_folder;
    uint64_t offset, size; /* of a file's bytes, in the tar */
};

struct tar_index {
    struct tar_row *rows; /* sorted by tar_index_finish() */
    size_t count, capacity;
};

void tar_index_clear(struct tar_index *index);

/* Takes a row; name is copied. */
void tar_index_add(struct tar_index *index, const char *name, bool is_folder, uint64_t offset,
                   uint64_t size);

/* After the last row. ERROR_UNEXPECTED_FILE names a pair that can't both be. */
int tar_index_finish(struct tar_index *index, struct error *err) ERROR_MUST_CHECK;

/* The file of that name, borrowed. ERROR_NOT_FOUND; ERROR_UNEXPECTED_FILE for a folder. */
int tar_index_file(const struct tar_index *index, const char *name, const struct tar_row **row,
                   struct error *err) ERROR_MUST_CHECK;

/* Names in a folder, sorted by bytes; path_free_names(). ERROR_NOT_FOUND where it is absent,
 * ERROR_UNEXPECTED_FILE where it is a file, ERROR_LIMIT for more than LIMIT_FOLDER_NAMES. */
int tar_index_list(const struct tar_index *index, const char *folder, char ***names, size_t *count,
                   struct error *err) ERROR_MUST_CHECK;

/* The pass. fd: a regular file, read at offsets only; its position is other readers' too. The index
 * is cleared first; tar_index_clear() it in every case. ERROR_MEDIUM_DAMAGED for a tar that is cut,
 * torn or goes on behind its end, ERROR_LIMIT, ERROR_UNEXPECTED_FILE; ERROR_NOT_A_MEDIUM for one
 * without sallyport/FORMAT. */
int tar_index_read(struct tar_index *index, int fd, struct error *err) ERROR_MUST_CHECK;

#endif
