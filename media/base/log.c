/* SPDX-License-Identifier: ISC */
#include "media/base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/text.h"

#define PIPE_BYTES 65536 /* what a pipe holds by default: one read takes it all */

/* The sink of this process: see log.h on why it is the one exception to "no globals". */
static struct {
    char program[LIMIT_NAME_BYTES + 1];
    int fd;
    enum log_level threshold;
} sink = {.fd = STDERR_FILENO, .threshold = LOG_LEVEL_INFO};

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
    text_escape_string(text, escaped, sizeof(escaped));
    put_line(sink.program, level_names[level], escaped);
    errno = before;
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
            put_line(sink.program, child, text_escape(text, length, escaped, sizeof(escaped)));
        length += end != NULL;
        text += length;
        size -= length;
    }
}

void log_drain(int fd, const char *child)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};

    while (fd >= 0 && poll(&ready, 1, 0) > 0 && (ready.revents & POLLIN) != 0)
        if (log_relay(fd, child) < 0)
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
