/* SPDX-License-Identifier: ISC
 *
 * Content that is one file of a fixed name. README* and LICENSE* may lie beside it and are not
 * looked at; any other file is refused by its name.
 */
#ifndef DRIVERS_ONLY_FILE_H
#define DRIVERS_ONLY_FILE_H

#include "drivers/driver.h"

/* Reads that file, at most limit bytes; limit_name is what a refusal calls the limit (limits.h,
 * after LIMIT_). text is initialised here, bytes_clear() it in every case. ERROR_BAD_CONTENT. */
int only_file_read(const struct driver_content *content, const char *name, size_t limit,
                   const char *limit_name, struct bytes *text, struct error *err) ERROR_MUST_CHECK;

#endif
