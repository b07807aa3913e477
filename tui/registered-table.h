/* SPDX-License-Identifier: ISC
 *
 * Registered transfer media as lines for people.
 */
#ifndef TUI_REGISTERED_TABLE_H
#define TUI_REGISTERED_TABLE_H

#include <jansson.h>

#include "tui/output.h"

/* rows: "registered" of sallyport.media/1. Nothing where there are none. */
void registered_table_print(const json_t *rows, const struct output *output);

#endif
