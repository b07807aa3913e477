/* SPDX-License-Identifier: ISC
 *
 * NSRL RDSv3: an SQLite database with a table or view FILE that has the columns sha256 and
 * file_name; every other word of its schema is text from outside. It is read where it is mapped,
 * with no file of its own: SQLite opens nothing, and runs only what the view FILE needs (columns,
 * upper() and lower(); no other function, no recursion, no virtual table), within limits.
 */
#ifndef DRIVERS_COMPILE_SOURCE_NSRL_H
#define DRIVERS_COMPILE_SOURCE_NSRL_H

#include "drivers/compile/source-key.h"

/* To be called before the sandbox is closed: SQLite looks for random numbers at its first use. */
void source_nsrl_prepare(void);

/* Reads every row as neutral; reading->line counts rows. A row without a SHA-256 counts as left out,
 * a name that can't be one as unnamed. The database is not changed. ERROR_BAD_CONTENT with
 * "rule: expected" for what is no database, is damaged, or asks for more than the above. */
int source_nsrl(struct bytes_view database, struct source_reading *reading,
                struct error *err) ERROR_MUST_CHECK;

#endif
