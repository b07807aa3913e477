/* SPDX-License-Identifier: ISC
 *
 * Names from outside, and opening them beneath a directory descriptor that can't be escaped
 * (openat2 with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS).
 */
#ifndef MEDIA_BASE_PATH_H
#define MEDIA_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

/* Whether `name` (size bytes) is one safe component: [A-Za-z0-9._-]{1,255}, not "." or "..", not
 * starting with "-" (sallyport-set.5, Recipe). */
bool path_component_valid(const char *name, size_t size);

/* Whether `name` is valid components joined by single "/", at most LIMIT_PATH_DEPTH of them and
 * LIMIT_PATH_BYTES bytes. */
bool path_name_valid(const char *name, size_t size);

/* Opens beneath dirfd, O_CLOEXEC and O_NOFOLLOW added; O_NONBLOCK for regular files so that a FIFO
 * does not block. `name` may hold slashes. The descriptor is the caller's.
 * ERROR_NOT_FOUND when absent, ERROR_IO otherwise (a symbolic link, a name that leads out).
 */
int path_open(int dirfd, const char *name, int flags, mode_t mode, int *fd,
              struct error *err) ERROR_MUST_CHECK;

/* path_open for a name that must lie on the same mount as dirfd (RESOLVE_NO_XDEV); with O_PATH a
 * symbolic link at its end is opened itself. */
int path_open_near(int dirfd, const char *name, int flags, int *fd,
                   struct error *err) ERROR_MUST_CHECK;

/* path_open for reading, and it must be a regular file of at most limit bytes; *size is set.
 * ERROR_LIMIT when larger, ERROR_UNEXPECTED_FILE when not a regular file. */
int path_open_regular(int dirfd, const char *name, uint64_t limit, int *fd, uint64_t *size,
                      struct error *err) ERROR_MUST_CHECK;

/* Reads a whole regular file, at most limit bytes; out is initialised here (bytes_clear it).
 * A file that changes size while it is read is ERROR_IO. */
int path_read(int dirfd, const char *name, size_t limit, struct bytes *out,
              struct error *err) ERROR_MUST_CHECK;

/* The same for a file that the caller's user names: it may lie anywhere, and links are followed. */
int path_read_named(const char *path, size_t limit, struct bytes *out,
                    struct error *err) ERROR_MUST_CHECK;

/* Opens a folder for reading its names. */
int path_open_folder(int dirfd, const char *name, int *fd, struct error *err) ERROR_MUST_CHECK;

/* Opens the folder that holds `name` and gives the last component of it, borrowed from name:
 * ERROR_USAGE where that is empty, "." or "..". For calls that act on a name, not on a descriptor.
 */
int path_open_parent(int dirfd, const char *name, int *fd, const char **last,
                     struct error *err) ERROR_MUST_CHECK;

/* Makes a folder path beneath dirfd with mode, and each folder above that is absent; what was made
 * is flushed. */
int path_make_folders(int dirfd, const char *name, mode_t mode, struct error *err) ERROR_MUST_CHECK;
/* The same for a tree that is flushed as a whole before anything refers to it. */
int path_make_folders_unflushed(int dirfd, const char *name, mode_t mode,
                                struct error *err) ERROR_MUST_CHECK;

/* Names in a folder (fd stays the caller's), sorted by bytes, without "." and "..". More than
 * `limit` names is ERROR_LIMIT. *names is an array of *count strings; path_free_names(). */
int path_list(int folder_fd, size_t limit, char ***names, size_t *count,
              struct error *err) ERROR_MUST_CHECK;
void path_free_names(char **names, size_t count);

/* Removes a file or a whole folder beneath dirfd, following no links. Absent is success. Folders
 * nested deeper than 64 are ERROR_LIMIT. */
int path_remove(int dirfd, const char *name, struct error *err) ERROR_MUST_CHECK;

/* Exactly size bytes at offset; short is ERROR_MEDIUM_DAMAGED. EINTR and short reads are handled
 * here. */
int path_pread(int fd, void *out, size_t size, uint64_t offset, struct error *err) ERROR_MUST_CHECK;

/* All size bytes; EINTR and short writes are handled here. ENOSPC is ERROR_NO_SPACE. */
int path_write(int fd, const void *data, size_t size, struct error *err) ERROR_MUST_CHECK;

/* The same at an offset, for several writers of one file; the descriptor's position stays. */
int path_pwrite(int fd, const void *data, size_t size, uint64_t offset,
                struct error *err) ERROR_MUST_CHECK;
/* The same with up to IOV_MAX pieces of memory one after the other; the parts are used up. */
int path_pwritev(int fd, struct iovec *parts, size_t count, uint64_t offset,
                 struct error *err) ERROR_MUST_CHECK;

#endif
