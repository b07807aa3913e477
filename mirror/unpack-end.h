/* SPDX-License-Identifier: ISC
 *
 * Bytes behind the end of an archive: what one program never reads another may.
 */
#ifndef MIRROR_UNPACK_END_H
#define MIRROR_UNPACK_END_H

#include <archive.h>

#include "media/base/error.h"

/* After the last entry. ERROR_BAD_CONTENT when a tar or cpio that is not compressed goes on with
 * anything but zeros, or a zip's end record is not its end. Other formats are not looked at. */
int unpack_check_end(struct archive *archive, int fd, struct error *err) ERROR_MUST_CHECK;

#endif
