/* SPDX-License-Identifier: ISC
 *
 * An inspection as a report.
 */
#ifndef TUI_REPORT_INSPECTION_H
#define TUI_REPORT_INSPECTION_H

#include "tui/report.h"

/* inspection: sallyport.inspect-report/1 (sallyport-control.7), which must outlive the report. What
 * it lacks, as one of another version may, is shown as absent. */
void report_inspection(struct report *report, const json_t *inspection);

#endif
