/* SPDX-License-Identifier: ISC
 *
 * What a session asks the agent to do: import, inspect, verify, acknowledge, report. Each begins
 * with a key, may ask, runs beside the screens, and ends with words.
 */
#ifndef TUI_ACT_JOB_H
#define TUI_ACT_JOB_H

#include "tui/session.h"

/* Keys. The source of an import or inspection is asked for first; the selected row suggests one. */
void act_job_import(struct session *session);
void act_job_inspect(struct session *session);
void act_job_verify(struct session *session);
void act_job_acknowledge(struct session *session);
void act_job_report(struct session *session);
void act_job_eject(struct session *session);
void act_job_cancel(struct session *session);

/* What was given in a pop-up that one of them opened. */
void act_job_given(struct session *session, enum dialog_purpose purpose, const char *input);

/* After poll(), for the job's descriptor. */
void act_job_serve(struct session *session, short events);

#endif
