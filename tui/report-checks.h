/* SPDX-License-Identifier: ISC
 *
 * Each check of each document as a row of its own.
 */
#ifndef TUI_REPORT_CHECKS_H
#define TUI_REPORT_CHECKS_H

#include "tui/report.h"

/* documents: of sallyport.inspect-report/1. Checks run in a known order and the first that fails ends
 * them, so that of a document that was refused the first false one failed and those behind it were
 * not reached. */
void report_checks(struct report *report, const json_t *documents);

#endif
