/* SPDX-License-Identifier: ISC */
#include "media/base/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "media/base/ini.h"
#include "media/base/text.h"

/* A path, or "@" and a name of the abstract namespace. */
static int find_place(const char *name, struct sockaddr_un *place, socklen_t *size,
                      struct error *err)
{
    size_t length = strlen(name);

    *place = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof(place->sun_path))
        return error_set(err, ERROR_CONFIG, "NOTIFY_SOCKET: no path of a socket");
    memcpy(place->sun_path, name, length);
    if (name[0] == '@')
        place->sun_path[0] = '\0';
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '/'));
    return 0;
}

static int connect_to(const char *name, int *fd, struct error *err)
{
    struct sockaddr_un place;
    socklen_t size = 0;
    int result = find_place(name, &place, &size, err);

    if (result < 0)
        return result;
    *fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (*fd >= 0 && connect(*fd, (const struct sockaddr *)&place, size) == 0)
        return 0;
    error_set_errno(err, ERROR_CONFIG, errno, "NOTIFY_SOCKET");
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
    return -(int)err->code;
}

/* The variables are inherited by whoever we start, whom the manager does not mean. */
static int read_watchdog(int64_t *between_ms, struct error *err)
{
    const char *allowed = getenv("WATCHDOG_USEC"), *who = getenv("WATCHDOG_PID");
    uint64_t allowed_us, pid = (uint64_t)getpid();

    if (allowed == NULL)
        return 0;
    if (who != NULL && ini_number(who, 1, INT32_MAX, &pid, err) < 0)
        return error_context(err, "WATCHDOG_PID");
    if (pid != (uint64_t)getpid())
        return 0;
    if (ini_number(allowed, 2000, INT64_MAX, &allowed_us, err) < 0)
        return error_context(err, "WATCHDOG_USEC");
    *between_ms = (int64_t)(allowed_us / 2000);
    return 0;
}

int notify_open(struct notify *notify, struct error *err)
{
    const char *name = getenv("NOTIFY_SOCKET");
    int result = 0;

    *notify = (struct notify){.fd = -1};
    if (name != NULL)
        result = connect_to(name, &notify->fd, err);
    if (notify->fd >= 0)
        result = read_watchdog(&notify->between_ms, err);
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
    return result;
}

void notify_close(struct notify *notify)
{
    if (notify->fd >= 0)
        (void)close(notify->fd);
    *notify = (struct notify){.fd = -1};
}

/* A manager that has gone, or does not read, is no reason to wait or to end. */
static void tell(const struct notify *notify, const char *lines)
{
    if (notify != NULL && notify->fd >= 0)
        (void)!send(notify->fd, lines, strlen(lines), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void notify_ready(const struct notify *notify)
{
    tell(notify, "READY=1");
}

/* The time tells the manager which READY=1 belongs to this reload. */
void notify_reloading(const struct notify *notify)
{
    struct timespec now;
    char lines[64];

    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(lines, sizeof(lines), "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    tell(notify, lines);
}

void notify_stopping(const struct notify *notify)
{
    tell(notify, "STOPPING=1");
}

void notify_alive(const struct notify *notify)
{
    tell(notify, "WATCHDOG=1");
}

void notify_status(const struct notify *notify, const char *format, ...)
{
    char text[NOTIFY_BYTES], escaped[NOTIFY_BYTES], line[NOTIFY_BYTES + 8];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    snprintf(line, sizeof(line), "STATUS=%s", text_escape_string(text, escaped, sizeof(escaped)));
    tell(notify, line);
}
