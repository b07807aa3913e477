/* SPDX-License-Identifier: ISC
 *
 * ClamAV's hash files *.hsb (bad) and *.sfp (good): HASH:SIZE:NAME, then at most MINFL and MAXFL.
 * SIZE is a number of bytes or *; it is checked and not kept: a SHA-256 stands for its size. Lines
 * that begin with # are comments. A line with an MD5 or SHA-1 is none of our keys: it counts as left
 * out.
 */
#ifndef DRIVERS_COMPILE_SOURCE_CLAMAV_H
#define DRIVERS_COMPILE_SOURCE_CLAMAV_H

#include "drivers/compile/source-key.h"

/* ERROR_BAD_CONTENT with "rule: expected"; the line is in reading->line. */
int source_clamav(struct bytes_view text, enum reputation_verdict verdict,
                  struct source_reading *reading, struct error *err) ERROR_MUST_CHECK;

#endif
