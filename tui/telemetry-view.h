/* SPDX-License-Identifier: ISC
 *
 * "telemetry" of Status and Outgoing for people: where it goes, how often, when next, and why nothing
 * does.
 */
#ifndef TUI_TELEMETRY_VIEW_H
#define TUI_TELEMETRY_VIEW_H

#include <jansson.h>

#include "tui/output.h"

/* One line behind a label, as status has them; nothing where answer has no telemetry. */
void telemetry_view_line(const json_t *answer, const struct output *output);

/* The same and what is pinned, each header, the last item, as outgoing shows it. */
void telemetry_view_print(const json_t *answer, const struct output *output);

#endif
