/* SPDX-License-Identifier: ISC
 *
 * Archives as sources, through libarchive: regular files and folders, nothing else.
 */
#ifndef MIRROR_SOURCE_ARCHIVE_H
#define MIRROR_SOURCE_ARCHIVE_H

#include <stdbool.h>

#include "media/base/error.h"

/* Gives the file that takes an entry's bytes, or *fd -1 to leave it out. `name` is as written in
 * the archive but for a leading "./". The descriptor is closed by the reader. */
typedef int (*source_archive_take)(void *context, const char *name, int *fd, struct error *err);

/* Whether the file is an archive that we read; its position is then at its start. */
bool source_archive_is(int fd);

/* Reads all entries. ERROR_BAD_CONTENT for links, devices, encrypted entries and what libarchive
 * refuses; ERROR_LIMIT past LIMIT_PACKAGE_FILES entries or LIMIT_CONTENT_BYTES. */
int source_archive_read(int fd, source_archive_take take, void *context,
                        struct error *err) ERROR_MUST_CHECK;

#endif
