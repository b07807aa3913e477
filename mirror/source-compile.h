/* SPDX-License-Identifier: ISC
 *
 * Types whose source is not what an endpoint loads: sallyport-compile makes the one of the other
 * (media/base/compile-protocol.h); this side starts it, hands it descriptors and hears the outcome.
 * No byte of a source is parsed here.
 */
#ifndef MIRROR_SOURCE_COMPILE_H
#define MIRROR_SOURCE_COMPILE_H

#include <jansson.h>

#include "media/base/error.h"
#include "media/content-type.h"
#include "mirror/progress.h"

/* Compiles the files beneath source_fd into the empty folder out_fd. scratch_fd: a folder that is
 * large enough for files without a name. *counts: what was counted, an object of objects of numbers;
 * the caller's. ERROR_BAD_CONTENT with "file:line: rule: expected"; a program that crashes is
 * ERROR_BAD_CONTENT too. */
int source_compile(const char *libexec, const struct content_type *type, int source_fd,
                   int scratch_fd, int out_fd, struct progress *progress, json_t **counts,
                   struct error *err) ERROR_MUST_CHECK;

#endif
