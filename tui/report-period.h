/* SPDX-License-Identifier: ISC
 *
 * A period of the audit chain as a report.
 */
#ifndef TUI_REPORT_PERIOD_H
#define TUI_REPORT_PERIOD_H

#include "tui/report.h"

/* period: sallyport.report/1 as report writes it (sallyport-control.7), which must outlive the
 * report. What it lacks is shown as absent. */
void report_period(struct report *report, const json_t *period);

#endif
