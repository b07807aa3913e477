/* SPDX-License-Identifier: ISC
 *
 * The files of a source folder by name (libmediawrite): walked once, checked against the format's
 * rules for names, sorted as a recipe lists them; by name, or held open.
 */
#ifndef MEDIA_PACKAGE_SOURCE_H
#define MEDIA_PACKAGE_SOURCE_H

#include <stdint.h>

#include "media/base/error.h"
#include "media/base/limits.h"

struct package_source {
    char **names; /* sorted by bytes; owned */
    int *fds;     /* of each, for reading; owned. NULL: they are opened by name */
    uint32_t count;
    uint32_t capacity;
};

/* Every name beneath the folder must be a folder or a regular file with a valid name
 * (ERROR_BAD_CONTENT; ERROR_LIMIT for more than LIMIT_PACKAGE_FILES). Empty folders are not kept.
 * package_source_clear() always. */
int package_source_list(int folder_fd, struct package_source *source,
                        struct error *err) ERROR_MUST_CHECK;
/* File i, which lies beneath folder_fd where it is not held open; *fd is the caller's and may share its
 * position with others. ERROR_LIMIT where it is larger than LIMIT_CONTENT_BYTES. */
int package_source_open(const struct package_source *source, int folder_fd, uint32_t i, int *fd,
                        uint64_t *size, struct error *err) ERROR_MUST_CHECK;
void package_source_clear(struct package_source *source);

#endif
