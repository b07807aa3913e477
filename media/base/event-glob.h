/* SPDX-License-Identifier: ISC
 *
 * How a glob is read, for those that compile it. event_glob() itself is in event-filter.h.
 */
#ifndef MEDIA_BASE_EVENT_GLOB_H
#define MEDIA_BASE_EVENT_GLOB_H

#include <stddef.h>

#include "media/base/bytes.h"

/* Bytes of the element at the front of a pattern that is not empty: a star, ?, a class with its
 * brackets, a \ with what it takes, or one byte. 0: it has no end. */
size_t event_glob_element(struct bytes_view pattern);

#endif
