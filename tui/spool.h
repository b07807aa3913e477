/* SPDX-License-Identifier: ISC
 *
 * SOURCE as verbs take it, "-" among them: what comes through a pipe is read from more than once, so
 * it becomes a temporary file, which the agent opens by its name.
 *
 * The file lies in TMPDIR (or /tmp), is the user's own and nobody else's to read (0600), and goes
 * when the verb ends: spool_end(), or SIGINT, SIGTERM, SIGHUP, SIGQUIT or SIGPIPE. An agent that
 * has opened it keeps what it opened. Nothing is believed because of where it lies: what is in it
 * when it is read is verified like any medium.
 */
#ifndef TUI_SPOOL_H
#define TUI_SPOOL_H

#include <stdbool.h>

#include "media/base/command.h"
#include "media/base/error.h"
#include "media/base/limits.h"

/* Whether given means standard input. */
bool spool_is_asked(const char *given);

/* The location of a source. "-": the path of standard input where that is a regular file or a block
 * device at its start and the user may open that path, else that of a new file with all that
 * standard input had, with progress on standard error. Once a process; spool_end() in every case.
 * ERROR_USAGE where standard input is a terminal; ERROR_NOT_A_MEDIUM where nothing comes;
 * ERROR_NO_SPACE before the folder's filesystem is full; else what source_resolve() says. */
int spool_source(const struct command_invocation *invocation, const char *given,
                 char location[static LIMIT_PATH_BYTES + 1], struct error *err) ERROR_MUST_CHECK;

/* Takes the file away, if there is one. Safe in a signal handler. */
void spool_end(void);

#endif
