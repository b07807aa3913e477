/* SPDX-License-Identifier: ISC
 *
 * The files of a content folder as a driver gets them: names sorted by bytes, read-only
 * descriptors, and the content key in a descriptor of its own.
 */
#ifndef MEDIA_DRIVER_FILES_H
#define MEDIA_DRIVER_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

struct driver_files {
    char **names; /* relative, sorted by bytes of the whole name; owned */
    size_t count; /* 1 to LIMIT_DRIVER_FILES */
};

/* Every regular file beneath the folder. Anything else but folders is ERROR_UNEXPECTED_FILE, more
 * than LIMIT_DRIVER_FILES is ERROR_LIMIT, none at all is ERROR_BAD_CONTENT. */
int driver_files_list(int content_fd, struct driver_files *files,
                      struct error *err) ERROR_MUST_CHECK;
void driver_files_clear(struct driver_files *files);

/* Opens file i for reading; *fd is the caller's. */
int driver_files_open(const struct driver_files *files, size_t i, int content_fd, int *fd,
                      uint64_t *size, struct error *err) ERROR_MUST_CHECK;

/* A sealed memory file that holds the key, so that it never is on a disk or in a message. */
int driver_files_key(const struct bytes_view *key, int *fd, struct error *err) ERROR_MUST_CHECK;

/* Closes unless it is -1; sets it to -1. */
void driver_files_close(int *fd);

#endif
