/* SPDX-License-Identifier: ISC
 *
 * Instants: microseconds since 1970-01-01T00:00:00Z, without leap seconds, in an int64_t named
 * `..._us`. One place reads and writes their two written forms. No locale, no time zone.
 */
#ifndef MEDIA_BASE_INSTANT_H
#define MEDIA_BASE_INSTANT_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

#define INSTANT_SECOND_US  INT64_C(1000000)
#define INSTANT_MINUTE_US  (60 * INSTANT_SECOND_US)
#define INSTANT_HOUR_US    (60 * INSTANT_MINUTE_US)
#define INSTANT_DAY_US     (24 * INSTANT_HOUR_US)
#define INSTANT_TEXT_BYTES 32

/* Calendar -> instant, for the proleptic Gregorian calendar, years 1..9999.
 * Returns 0, or -1 when there is no such date or time (month 13, 30 February, second 60). */
int instant_from_calendar(int year, int month, int day, int hour, int minute, int second,
                          int64_t *instant_us) ERROR_MUST_CHECK;

/* RFC 3339, UTC only ("Z"), upper-case T and Z, 0 to 6 fraction digits (RFC 3339 5.6).
 * Exactly `size` bytes. Returns 0 or -1. */
int instant_parse(const char *text, size_t size, int64_t *instant_us) ERROR_MUST_CHECK;

/* RFC 3339 in UTC; six fraction digits only where they are not zero ("2026-11-23T08:15:00Z").
 * Returns out. */
const char *instant_format(int64_t instant_us, char out[INSTANT_TEXT_BYTES]);

/* "3d", "5h", "12m", "40s", "now": how long ago, beside an absolute time only. Returns out. */
const char *instant_format_age(int64_t age_us, char out[INSTANT_TEXT_BYTES]);

/* The system's clock, unchecked. What counts as now is trust's business, not this file's. */
int64_t instant_clock(void);

#endif
