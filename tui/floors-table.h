/* SPDX-License-Identifier: ISC
 *
 * The table of floors that floor and report share.
 */
#ifndef TUI_FLOORS_TABLE_H
#define TUI_FLOORS_TABLE_H

#include <jansson.h>

#include "tui/output.h"

/* Lists of RingFloor and TypeFloor rows (sallyport-control.7). */
void floors_table_print(const json_t *rings, const json_t *types, const struct output *output);

#endif
