/* SPDX-License-Identifier: ISC */
#include "agent/sensor-monitor.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/listen-fds.h"
#include "media/base/spawn.h"

int sensor_monitor_log(void)
{
    return getenv("LISTEN_FDS") != NULL ? STDERR_FILENO : SPAWN_FD_LOG;
}

static int take_caller(int listener, int *caller, struct error *err)
{
    struct pollfd wait = {.fd = listener, .events = POLLIN};

    if (poll(&wait, 1, LIMIT_SENSOR_MONITOR_MS) == 0)
        return error_set(err, ERROR_TIMEOUT, "no monitor came");
    *caller = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (*caller < 0)
        return error_set_errno(err, ERROR_IO, errno, "the monitor's socket");
    return 0;
}

/* The socket's mode keeps others out; a unit can be edited. */
static int check_caller(int caller, pid_t *pid, struct error *err)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    if (getsockopt(caller, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return error_set_errno(err, ERROR_IO, errno, "the monitor's socket");
    if (peer.uid != geteuid())
        return error_set(err, ERROR_DENIED, "user %u is no monitor", (unsigned)peer.uid);
    *pid = peer.pid;
    return 0;
}

/* The listening socket is left to the service manager: whoever comes next has a sensor of his own. */
static int hear_caller(int listener, pid_t *pid, struct error *err)
{
    int caller = -1;
    int result = take_caller(listener, &caller, err);

    if (result == 0)
        result = check_caller(caller, pid, err);
    if (result == 0 && dup2(caller, SPAWN_FD_SOCKET) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "the monitor's socket");
    if (caller >= 0)
        close(caller);
    return result;
}

int sensor_monitor_find(pid_t *pid, struct error *err)
{
    int listener;
    int result = listen_fds_take(AF_UNIX, &listener, err);

    *pid = getppid();
    return result == 0 && listener >= 0 ? hear_caller(listener, pid, err) : result;
}
