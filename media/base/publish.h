/* SPDX-License-Identifier: ISC
 *
 * Files that appear whole or not at all: temporary beside the target, fsync, rename, fsync of the
 * folder. A failed fsync is final: the temporary is removed and the error is reported, never
 * retried.
 */
#ifndef MEDIA_BASE_PUBLISH_H
#define MEDIA_BASE_PUBLISH_H

#include <stdbool.h>
#include <sys/types.h>

#include "media/base/error.h"

/* A file that is being written. `fd` is for the caller to write through; not to be closed. */
struct publish {
    int dirfd; /* of the target's folder; owned */
    int fd;
    char temporary[300];
    char target[300];
};

/* Whole file in one call. Replaces what is there. `name` may hold slashes; its folder must exist.
 */
int publish_file(int dirfd, const char *name, const void *data, size_t size, mode_t mode,
                 struct error *err) ERROR_MUST_CHECK;

/* As publish_file, but an existing name is left as it is: success when it holds the same bytes,
 * ERROR_IO otherwise. For names made from digests. */
int publish_new_file(int dirfd, const char *name, const void *data, size_t size, mode_t mode,
                     struct error *err) ERROR_MUST_CHECK;

/* In pieces: begin, write through fd, then commit or abort. commit and abort end it. */
int publish_begin(int dirfd, const char *name, mode_t mode, struct publish *publish,
                  struct error *err) ERROR_MUST_CHECK;
int publish_commit(struct publish *publish, struct error *err) ERROR_MUST_CHECK;
void publish_abort(struct publish *publish);

/* Makes `name` a symbolic link to `target`, replacing by rename, and flushes the folder. */
int publish_link(int dirfd, const char *name, const char *target,
                 struct error *err) ERROR_MUST_CHECK;

/* Moves a file or folder within one filesystem and flushes both folders. */
int publish_move(int from_dirfd, const char *from, int to_dirfd, const char *to,
                 struct error *err) ERROR_MUST_CHECK;

/* Flushes a folder, or all files and folders of a tree beneath dirfd/name: with one call for the
 * filesystem, which is one journal commit where a call each would be thousands, and tells of a failed
 * write-back of any of them (syncfs(2), Linux 5.8). What others wrote there is waited for too. */
int publish_sync_folder(int dirfd, const char *name, struct error *err) ERROR_MUST_CHECK;
int publish_sync_tree(int dirfd, const char *name, struct error *err) ERROR_MUST_CHECK;

#endif
