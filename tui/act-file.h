/* SPDX-License-Identifier: ISC
 *
 * What a session leaves behind: files in the current folder, and lines that are printed at its end.
 */
#ifndef TUI_ACT_FILE_H
#define TUI_ACT_FILE_H

#include "tui/session.h"

/* The data of the screen that is shown, as sallyport-NAME-TIME.json. */
void act_file_write(struct session *session);

/* A report that the agent made, as sallyport-report-TIME.txt. */
void act_file_report(struct session *session, json_t *report);

/* The selected row, whole: below the list, and printed at the end. */
void act_file_copy(struct session *session);

#endif
