/* SPDX-License-Identifier: ISC
 *
 * The table of contents that status and contents share.
 */
#ifndef TUI_CONTENTS_TABLE_H
#define TUI_CONTENTS_TABLE_H

#include <jansson.h>

#include "tui/output.h"

/* TYPE VERSION AGE WARN/FAIL STATE REASON of a list of content rows (sallyport-control.7). With
 * `times` also ISSUE and GENTIME. */
void contents_table_print(const json_t *contents, bool times, const struct output *output);

#endif
