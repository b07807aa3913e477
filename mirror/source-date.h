/* SPDX-License-Identifier: ISC
 *
 * The time that reproducible output says of itself.
 */
#ifndef MIRROR_SOURCE_DATE_H
#define MIRROR_SOURCE_DATE_H

#include <stdint.h>

/* SOURCE_DATE_EPOCH where it is set and a number, in microseconds, else the clock: the same sources
 * give the same bytes on every day. Never the time of a signature. */
int64_t source_date(void);

#endif
