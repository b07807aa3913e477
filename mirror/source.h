/* SPDX-License-Identifier: ISC
 *
 * What publish is given: a folder, a file, or an archive that libarchive reads. It is copied into a
 * folder of ours first, so that what the driver checks is what is packed and signed, whatever
 * happens to the source meanwhile.
 */
#ifndef MIRROR_SOURCE_H
#define MIRROR_SOURCE_H

#include <stdint.h>

#include "media/base/error.h"
#include "media/content-type.h"

/* Copies the source's files into folder_fd. Names must match a pattern of the type, or be README*
 * or LICENSE*, which are left out: ERROR_BAD_CONTENT names the file otherwise, and anything that is
 * neither file nor folder. ERROR_BAD_CONTENT when no file is left. *files counts. */
int source_stage(const char *source, const struct content_type *type, int folder_fd,
                 uint32_t *files, struct error *err) ERROR_MUST_CHECK;

#endif
