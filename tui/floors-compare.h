/* SPDX-License-Identifier: ISC
 *
 * Floors of this endpoint before and after an import that has not been made: for inspect and
 * import --dry-run.
 */
#ifndef TUI_FLOORS_COMPARE_H
#define TUI_FLOORS_COMPARE_H

#include <jansson.h>
#include <stdbool.h>

#include "tui/output.h"

/* Appends {"subject","before","after","raised"} for one floor: kind is "ring" or "type", `what` has
 * "time" and, under the key `number`, what the floor would be raised to where `raised`. floors:
 * sallyport.floors/1. */
void floors_compare(json_t *rows, const json_t *floors, const char *kind, const char *name,
                    const json_t *what, const char *number, bool raised);

void floors_compare_print(const json_t *rows, const struct output *output);

#endif
