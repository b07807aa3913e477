/* SPDX-License-Identifier: ISC
 *
 * What publish is given: a folder, a file, an archive, or an archive on standard input. What the driver
 * checks is what is packed and signed, whatever happens to the source meanwhile: the files of a folder
 * are held where the system can do that (mirror/source-hold.h), all else is copied into a folder of
 * ours first.
 *
 * In a folder every name is a folder or a regular file with a name of the format; hidden files are
 * files like others, and each name of a file with several is a file. Symbolic links, devices and
 * sockets, files that can't be read and files that change while they are read are refused by name.
 */
#ifndef MIRROR_SOURCE_H
#define MIRROR_SOURCE_H

#include <stdint.h>

#include "media/base/error.h"
#include "media/content-type.h"
#include "media/package-source.h"

/* Copies the source's files into folder_fd, which is empty; "-" is standard input, which holds an
 * archive. A single file whose name fits the type is content, any other is taken for an archive, which
 * a program beneath libexec unpacks. Names must match a pattern of the type, or be README* or
 * LICENSE*, which are left out: ERROR_BAD_CONTENT names the file otherwise, and anything that is
 * neither file nor folder. ERROR_BAD_CONTENT when no file is left. *files counts.
 * held, empty before: gets the files of a folder instead, where all of them can be held; the caller's.
 * NULL: they are copied. */
int source_stage(const char *source, const struct content_type *type, const char *libexec,
                 int folder_fd, struct package_source *held, uint32_t *files,
                 struct error *err) ERROR_MUST_CHECK;

#endif
