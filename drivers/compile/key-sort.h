/* SPDX-License-Identifier: ISC
 *
 * Sorting records in place, by the bytes of key and place: byte by byte from the first, each
 * bucket on its own, so that a file that is larger than memory is gone through in order.
 */
#ifndef DRIVERS_COMPILE_KEY_SORT_H
#define DRIVERS_COMPILE_KEY_SORT_H

#include "drivers/compile/key-list.h"

/* progress may be NULL; an error of it ends the work. Takes at most 40 passes whatever the keys. */
int key_sort(struct key_record *records, uint64_t count, key_list_progress progress, void *context,
             struct error *err) ERROR_MUST_CHECK;

#endif
