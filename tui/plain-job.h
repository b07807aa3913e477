/* SPDX-License-Identifier: ISC
 *
 * What is done in the console without a screen: each is told step by step, and what changes anything
 * is previewed and confirmed by a typed word.
 */
#ifndef TUI_PLAIN_JOB_H
#define TUI_PLAIN_JOB_H

#include "tui/plain.h"

/* source "": it is asked for. */
void plain_job_import(struct plain *plain, const char *source);
void plain_job_inspect(struct plain *plain, const char *source);
void plain_job_verify(struct plain *plain, const char *unused);
void plain_job_acknowledge(struct plain *plain, const char *unused);

#endif
