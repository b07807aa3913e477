/* SPDX-License-Identifier: ISC
 *
 * What report shows to people.
 */
#ifndef TUI_REPORT_VIEW_H
#define TUI_REPORT_VIEW_H

#include <jansson.h>

#include "tui/output.h"

/* sallyport.report/1 with "endpoint", "site", "ring" and "chain". */
void report_view_print(const json_t *report, const struct output *output);

#endif
