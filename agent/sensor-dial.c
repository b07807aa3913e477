/* SPDX-License-Identifier: ISC */
#include "agent/sensor-dial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/sensor-protocol.h"

/* Beside the socket for clients; false: the path is longer than a socket's may be. */
static bool place_of(const struct config *config, struct sockaddr_un *place)
{
    const char *slash = strrchr(config->socket, '/');
    int folder = slash != NULL ? (int)(slash - config->socket) : 0;

    *place = (struct sockaddr_un){.sun_family = AF_UNIX};
    return snprintf(place->sun_path, sizeof(place->sun_path), "%.*s/" SENSOR_SOCKET, folder,
                    config->socket) < (int)sizeof(place->sun_path);
}

/* Who listens: of a service manager's socket, the manager. */
static int check_peer(int fd, struct error *err)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return error_set_errno(err, ERROR_IO, errno, SENSOR_SOCKET);
    if (peer.uid != geteuid())
        return error_set(err, ERROR_PEER_GONE, SENSOR_SOCKET ": user %u listens there",
                         (unsigned)peer.uid);
    return 0;
}

int sensor_dial(const struct config *config, int *fd, struct error *err)
{
    struct sockaddr_un place;
    int result = 0;

    *fd = -1;
    if (!place_of(config, &place) || access(place.sun_path, F_OK) < 0)
        return 0;
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "socket");
    if (connect(*fd, (const struct sockaddr *)&place, sizeof(place)) < 0)
        result = error_set_errno(err, ERROR_PEER_GONE, errno, SENSOR_SOCKET);
    if (result == 0)
        result = check_peer(*fd, err);
    if (result < 0) {
        close(*fd);
        *fd = -1;
    }
    return result;
}
