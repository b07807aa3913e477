/* SPDX-License-Identifier: ISC
 *
 * Archives as sources: sallyport-unpack takes them apart, this side starts it and hears the outcome.
 * No byte of an archive is parsed here.
 */
#ifndef MIRROR_SOURCE_ARCHIVE_H
#define MIRROR_SOURCE_ARCHIVE_H

#include <stdbool.h>

#include "media/base/error.h"

/* Unpacks fd, from its start, into the empty folder; at most LIMIT_CONTENT_BYTES and what is free
 * there. *is: it is an archive at all; if not nothing was done. ERROR_BAD_CONTENT and ERROR_LIMIT
 * name entry and reason; a program that crashes is ERROR_BAD_CONTENT too. */
int source_archive_unpack(const char *libexec, int fd, int folder_fd, bool *is,
                          struct error *err) ERROR_MUST_CHECK;

#endif
