/* SPDX-License-Identifier: ISC
 *
 * sha256.csv and signer.csv, RFC 4180: KEY,VERDICT,NAME in each line, the name may be empty. The
 * first line may be the heading "sha256,verdict,name" or "signer,verdict,name". A field that holds
 * a comma or a quote stands in quotes, quotes in it are doubled; fields don't hold line ends.
 */
#ifndef DRIVERS_COMPILE_SOURCE_CSV_H
#define DRIVERS_COMPILE_SOURCE_CSV_H

#include "drivers/compile/source-key.h"

/* ERROR_BAD_CONTENT with "rule: expected"; the line is in reading->line. */
int source_csv(struct bytes_view text, enum source_list list, struct source_reading *reading,
               struct error *err) ERROR_MUST_CHECK;

#endif
