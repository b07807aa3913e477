/* SPDX-License-Identifier: ISC
 *
 * Writing a hash index and its names (drivers/hash-index.h, drivers/hash-names.h) from sorted keys.
 */
#ifndef DRIVERS_COMPILE_INDEX_WRITE_H
#define DRIVERS_COMPILE_INDEX_WRITE_H

#include "drivers/compile/key-list.h"

/* An index with values of one byte. The list is sorted and no key is twice in it. ERROR_LIMIT when
 * the file would be larger than a driver takes. */
int index_write(const struct key_list *list, int fd, struct error *err) ERROR_MUST_CHECK;

/* The names of the same records; nothing is written when no record has one. */
int index_write_names(const struct key_list *list, int fd, struct error *err) ERROR_MUST_CHECK;

#endif
