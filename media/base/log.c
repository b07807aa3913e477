/* SPDX-License-Identifier: ISC */
#include "media/base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/base/journal.h"
#include "media/base/limits.h"
#include "media/base/text.h"

#define PIPE_BYTES  65536 /* what a pipe holds by default: one read takes it all */
#define DRAIN_READS 4     /* a child that never stops talking does not keep us */

/* The sink of this process: see log.h on why it is the one exception to "no globals". */
static struct {
    char program[LIMIT_NAME_BYTES + 1];
    int fd;
    int journal; /* socket; -1: lines are written to fd */
    const char *place;
    enum log_level threshold;
} sink = {.fd = STDERR_FILENO, .journal = -1, .threshold = LOG_LEVEL_INFO};

static const char *const level_names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};

void log_open(const char *program, int fd, enum log_level threshold)
{
    snprintf(sink.program, sizeof(sink.program), "%s", program);
    sink.fd = fd;
    sink.threshold = threshold;
    if (sink.journal >= 0)
        (void)close(sink.journal);
    sink.journal = -1;
}

bool log_to_journal(const char *place)
{
    if (!journal_is(sink.fd))
        return false;
    sink.journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sink.place = place;
    return sink.journal >= 0;
}

bool log_in_journal(void)
{
    return sink.journal >= 0;
}

/* syslog(3) has these numbers; what a child says has no level of its own. */
static const char *const priorities[] = {
    [LOG_LEVEL_ERROR] = "3",
    [LOG_LEVEL_WARN] = "4",
    [LOG_LEVEL_INFO] = "6",
    [LOG_LEVEL_DEBUG] = "7",
};

static bool put_entry(enum log_level level, const char *message, const struct journal_field *more,
                      size_t count)
{
    struct journal_field fields[3 + LOG_FIELDS] = {
        {"MESSAGE", message}, {"PRIORITY", priorities[level]}, {"SYSLOG_IDENTIFIER", sink.program}};

    if (sink.journal < 0)
        return false;
    for (size_t i = 0; i < count && i < LOG_FIELDS; i++)
        fields[3 + i] = more[i];
    return journal_send(sink.journal, sink.place, fields,
                        3 + (count < LOG_FIELDS ? count : LOG_FIELDS));
}

void log_event(enum log_level level, const char *message, const struct journal_field *fields,
               size_t count)
{
    int before = errno;

    (void)put_entry(level, message, fields, count);
    errno = before;
}

/* One write a line: lines of several processes on one pipe do not mix (LIMIT_LOG_LINE is below
 * PIPE_BUF). A sink that is gone or full is not worth dying for. */
static void put_line(const char *before, const char *between, const char *escaped)
{
    char line[LIMIT_LOG_LINE];
    int wanted = snprintf(line, sizeof(line) - 1, "%s: %s: %s", before, between, escaped);
    size_t size = (size_t)wanted < sizeof(line) - 1 ? (size_t)wanted : sizeof(line) - 2;
    ssize_t ignored;

    line[size++] = '\n';
    do
        ignored = write(sink.fd, line, size);
    while (ignored < 0 && errno == EINTR);
}

void log_write(enum log_level level, const char *format, ...)
{
    char text[LIMIT_LOG_LINE], escaped[LIMIT_LOG_LINE];
    va_list arguments;
    int before = errno;

    if (level > sink.threshold)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (put_entry(level, text, NULL, 0)) {
        errno = before;
        return;
    }
    text_escape_string(text, escaped, sizeof(escaped));
    put_line(sink.program, level_names[level], escaped);
    errno = before;
}

static void relay_line(const char *child, const char *escaped)
{
    const struct journal_field who = {"SALLYPORT_PROGRAM", child};

    if (!put_entry(LOG_LEVEL_INFO, escaped, &who, 1))
        put_line(sink.program, child, escaped);
}

/* The lines of one read. A child writes each line in one piece and a read takes all that a pipe
 * holds, so lines come whole; a child that does otherwise has its line shown as two. */
static void relay_lines(const char *child, const char *text, size_t size)
{
    char escaped[LIMIT_LOG_LINE];

    while (size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t length = end != NULL ? (size_t)(end - text) : size;

        if (length > 0)
            relay_line(child, text_escape(text, length, escaped, sizeof(escaped)));
        length += end != NULL;
        text += length;
        size -= length;
    }
}

void log_drain(int fd, const char *child)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};

    for (int i = 0; i < DRAIN_READS && fd >= 0; i++)
        if (poll(&ready, 1, 0) <= 0 || (ready.revents & POLLIN) == 0 || log_relay(fd, child) < 0)
            break;
}

int log_relay(int fd, const char *child)
{
    char text[PIPE_BYTES];
    ssize_t got = read(fd, text, sizeof(text));

    if (got > 0)
        relay_lines(child, text, (size_t)got);
    if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
        return 0;
    return -1;
}
