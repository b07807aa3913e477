/* SPDX-License-Identifier: ISC
 *
 * Whether a file was written to while it was read, as far as its times and size tell.
 */
#ifndef MEDIA_FILE_UNCHANGED_H
#define MEDIA_FILE_UNCHANGED_H

#include <sys/stat.h>

#include "media/base/error.h"

/* ERROR_IO when size or time of change are others than they were before. */
int file_unchanged(int fd, const struct stat *before, struct error *err) ERROR_MUST_CHECK;

#endif
