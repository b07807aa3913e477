/* SPDX-License-Identifier: ISC
 *
 * What import shows to people.
 */
#ifndef TUI_IMPORT_VIEW_H
#define TUI_IMPORT_VIEW_H

#include <jansson.h>
#include <stdbool.h>

#include "tui/output.h"

/* sallyport.import/1: set, a row a package, of a plan also the floors ("floors", where they were
 * added) and the space, and what it came to. */
void import_view_print(const json_t *import, const struct output *output);

/* Puts "floors" into a plan: those that it would raise. floors: sallyport.floors/1. */
void import_view_add_floors(json_t *import, const json_t *floors);

/* Whether the result of an import or of one of its packages is this word. */
bool import_view_is(const json_t *import, const char *name);

#endif
