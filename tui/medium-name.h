/* SPDX-License-Identifier: ISC
 *
 * A USB medium as a person names it, and as the agent takes it: a port or a block device.
 */
#ifndef TUI_MEDIUM_NAME_H
#define TUI_MEDIUM_NAME_H

#include "media/base/error.h"
#include "media/base/limits.h"

/* "1-4.2" and "sdb1" stay; "/dev/sdb1" and a link to it become "sdb1"; a folder or file becomes the
 * block device that its filesystem is on. ERROR_NOT_FOUND, ERROR_USAGE. */
int medium_name_read(const char *given, char name[static LIMIT_NAME_BYTES + 1],
                     struct error *err) ERROR_MUST_CHECK;

#endif
