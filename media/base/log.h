/* SPDX-License-Identifier: ISC
 *
 * Log lines with a level, one line an event, every field escaped. The sink is stderr or a pipe to
 * the parent; a parent reads a child's pipe with log_relay(), which escapes again and names the
 * child.
 */
#ifndef MEDIA_BASE_LOG_H
#define MEDIA_BASE_LOG_H

#include "media/base/error.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* The one piece of process-wide state that logging needs: who speaks, where to, how much. */
void log_open(const char *program, int fd, enum log_level threshold);

/* One line: "program: level: text". Cut at LIMIT_LOG_LINE. Keeps errno. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads once what a child wrote (non-blocking) and logs it line by line as "program: child: text",
 * whatever the threshold; lines are bounded and escaped. Returns 0, or -1 when the child has closed
 * its end. */
int log_relay(int fd, const char *child);

/* log_relay for as long as there is something to read now; never waits. fd -1 is fine. */
void log_drain(int fd, const char *child);

#endif
