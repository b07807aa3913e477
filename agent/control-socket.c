/* SPDX-License-Identifier: ISC */
#include "agent/control-socket.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "media/base/listen-fds.h"

#define PLACE_WAIT_MS 3000 /* for the front of an agent that was killed to end */
#define PLACE_STEP_MS 50
#define BACKLOG       64

static bool is_answered(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool answered =
        connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN;

    close(fd);
    return answered;
}

/* A socket that an agent left behind makes room; anything else in its place is not ours to remove:
 * no file, and no socket of an agent with another state. The front of one that was killed goes
 * on for a moment. */
static int clear_place(const struct sockaddr_un *address, struct error *err)
{
    const char *path = address->sun_path;
    struct stat status;

    if (lstat(path, &status) < 0)
        return errno == ENOENT ? 0 : error_set_errno(err, ERROR_IO, errno, "%s", path);
    if (!S_ISSOCK(status.st_mode))
        return error_set(err, ERROR_CONFIG, "socket: %s is there and is no socket", path);
    for (int waited_ms = 0; is_answered(address); waited_ms += PLACE_STEP_MS) {
        if (waited_ms >= PLACE_WAIT_MS)
            return error_set(err, ERROR_LOCKED, "socket: another agent answers at %s", path);
        poll(NULL, 0, PLACE_STEP_MS);
    }
    if (unlink(path) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", path);
    return 0;
}

static int find_place(const struct config *config, struct sockaddr_un *address, struct error *err)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(config->socket) >= sizeof(address->sun_path))
        return error_set(err, ERROR_CONFIG, "socket: %s is longer than %zu bytes", config->socket,
                         sizeof(address->sun_path) - 1);
    memcpy(address->sun_path, config->socket, strlen(config->socket));
    return 0;
}

/* Group and mode before listen: nobody gets in through a socket that is half made. */
static int bind_place(const struct config *config, const struct sockaddr_un *address,
                      struct control_socket *opened, struct error *err)
{
    const struct group *group = geteuid() == 0 ? getgrnam(config->read_group) : NULL;
    int result;

    opened->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (opened->fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "socket");
    if ((result = clear_place(address, err)) < 0)
        return result;
    if (bind(opened->fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", config->socket);
    opened->bound = true;
    if ((group != NULL && chown(config->socket, 0, group->gr_gid) < 0) ||
        chmod(config->socket, geteuid() == 0 ? 0660 : 0600) < 0 || listen(opened->fd, BACKLOG) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", config->socket);
    return 0;
}

/* Clients are believed to be who they are because they came in at this path (front-protocol.c). */
static int check_place(const struct config *config, int fd, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t size = sizeof(address) - 1; /* the last byte stays 0 */

    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return error_set_errno(err, ERROR_CONFIG, errno, "the socket of LISTEN_FDS");
    if (strcmp(address.sun_path, config->socket) != 0)
        return error_set(err, ERROR_CONFIG,
                         "the service manager listens at %s, the configuration says %s",
                         address.sun_path, config->socket);
    return 0;
}

int control_socket_open(const struct config *config, struct control_socket *opened,
                        struct error *err)
{
    struct sockaddr_un address;
    int result;

    *opened = (struct control_socket){.fd = -1};
    if ((result = find_place(config, &address, err)) < 0 ||
        (result = listen_fds_take(AF_UNIX, &opened->fd, err)) < 0)
        return result;
    result = opened->fd >= 0 ? check_place(config, opened->fd, err)
                             : bind_place(config, &address, opened, err);
    if (result < 0)
        control_socket_close(config, opened);
    return result;
}

void control_socket_close(const struct config *config, struct control_socket *opened)
{
    if (opened->bound)
        (void)unlink(config->socket);
    if (opened->fd >= 0)
        (void)close(opened->fd);
    *opened = (struct control_socket){.fd = -1};
}
