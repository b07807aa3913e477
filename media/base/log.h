/* SPDX-License-Identifier: ISC
 *
 * Log lines with a level, one line an event, every field escaped. The sink is stderr or a pipe to
 * the parent; a parent reads a child's pipe with log_relay(), which escapes again and names the
 * child.
 */
#ifndef MEDIA_BASE_LOG_H
#define MEDIA_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "media/base/error.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* The one piece of process-wide state that logging needs: who speaks, where to, how much. */
void log_open(const char *program, int fd, enum log_level threshold);

/* Where the sink is the journal, lines go there as entries from now on, with a priority and the name
 * of the child that wrote them. place: JOURNAL_PLACE. Whether it is. */
bool log_to_journal(const char *place);

bool log_in_journal(void);

struct journal_field;

/* An entry with fields of its own beside MESSAGE, PRIORITY and SYSLOG_IDENTIFIER; nothing where
 * there is no journal. At most LOG_FIELDS. */
void log_event(enum log_level level, const char *message, const struct journal_field *fields,
               size_t count);
#define LOG_FIELDS 12

/* One line: "program: level: text". Cut at LIMIT_LOG_LINE. Keeps errno. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads once what a child wrote (non-blocking) and logs it line by line as "program: child: text",
 * whatever the threshold; lines are bounded and escaped. Returns 0, or -1 when the child has closed
 * its end. */
int log_relay(int fd, const char *child);

/* log_relay of what there is to read now; never waits, and ends also where the child writes faster
 * than that: what is left is for the next call. fd -1 is fine. */
void log_drain(int fd, const char *child);

#endif
