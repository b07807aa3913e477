/* SPDX-License-Identifier: ISC */
#include "media/base/listen-fds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/base/ini.h"

#define FIRST_FD 3

/* Of another process's variables, which it passed on, nothing is ours. */
static bool is_for_us(void)
{
    const char *who = getenv("LISTEN_PID");
    struct error ignored;
    uint64_t pid;

    return who != NULL && getenv("LISTEN_FDS") != NULL &&
           ini_number(who, 1, INT32_MAX, &pid, &ignored) == 0 && pid == (uint64_t)getpid();
}

static bool is_of(int family, int found)
{
    return found == family || (family == AF_INET && found == AF_INET6);
}

static int check_socket(int family, int fd, struct error *err)
{
    int found = 0, type = 0, listens = 0;
    socklen_t size = sizeof(int);

    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &found, &size) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0)
        return error_set_errno(err, ERROR_CONFIG, errno, "the socket of LISTEN_FDS");
    if (!is_of(family, found) || type != SOCK_STREAM || !listens)
        return error_set(err, ERROR_CONFIG,
                         "the socket of LISTEN_FDS is none that listens for what is served here");
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
        return error_set_errno(err, ERROR_CONFIG, errno, "the socket of LISTEN_FDS");
    return 0;
}

int listen_fds_take(int family, int *fd, struct error *err)
{
    const char *count = getenv("LISTEN_FDS");
    bool ours = is_for_us();
    int result = 0;

    *fd = -1;
    if (ours && strcmp(count, "1") != 0)
        result =
            error_set(err, ERROR_CONFIG, "LISTEN_FDS: one socket is served, not \"%.16s\"", count);
    else if (ours)
        result = check_socket(family, FIRST_FD, err);
    if (ours && result == 0)
        *fd = FIRST_FD;
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return result;
}
