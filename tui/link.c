/* SPDX-License-Identifier: ISC */
#include "tui/link.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/control/client.h"
#include "agent/control/protocol.h"
#include "media/base/limits.h"

#define PIECE_BYTES (16 * KIB)

void link_init(struct link *link)
{
    *link = (struct link){.socket = -1};
    varlink_reader_init(&link->reader, LIMIT_MESSAGE_BYTES);
    bytes_init(&link->queue, LIMIT_CONTROL_BYTES);
}

int link_open(struct link *link, const char *socket_path, struct error *err)
{
    return client_connect(socket_path, SOCK_NONBLOCK, &link->socket, err);
}

void link_close(struct link *link)
{
    if (link->socket >= 0)
        close(link->socket);
    varlink_reader_clear(&link->reader);
    bytes_clear(&link->queue);
    link_init(link);
}

int link_call(struct link *link, const char *method, const json_t *parameters, bool more,
              struct error *err)
{
    char name[sizeof(PROTOCOL_INTERFACE) + LIMIT_NAME_BYTES + 2];
    struct varlink_call call = {
        .method = name, .parameters = (json_t *)(uintptr_t)parameters, .more = more};

    snprintf(name, sizeof(name), "%s.%s", PROTOCOL_INTERFACE, method);
    link->waiting = true;
    return varlink_call_write(&call, &link->queue, err);
}

short link_events(const struct link *link)
{
    return link->queue.size > link->sent ? POLLIN | POLLOUT : POLLIN;
}

static int gone(int number, struct error *err)
{
    if (number == 0 || number == EPIPE || number == ECONNRESET)
        return error_set(err, ERROR_PEER_GONE, "the agent closed the connection");
    return error_set_errno(err, ERROR_IO, number, "talking to the agent");
}

static int send_some(struct link *link, struct error *err)
{
    while (link->sent < link->queue.size) {
        ssize_t count = send(link->socket, link->queue.data + link->sent,
                             link->queue.size - link->sent, MSG_NOSIGNAL);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return errno == EAGAIN ? 0 : gone(errno, err);
        link->sent += (size_t)count;
    }
    bytes_clear(&link->queue);
    link->sent = 0;
    return 0;
}

static int read_some(struct link *link, struct error *err)
{
    uint8_t piece[PIECE_BYTES];
    ssize_t count = recv(link->socket, piece, sizeof(piece), 0);

    if (count > 0)
        return varlink_reader_feed(&link->reader, piece, (size_t)count, err);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    return gone(count == 0 ? 0 : errno, err);
}

int link_serve(struct link *link, short events, struct error *err)
{
    int result = (events & POLLOUT) != 0 ? send_some(link, err) : 0;

    if (result == 0 && (events & (POLLIN | POLLHUP | POLLERR)) != 0)
        result = read_some(link, err);
    return result;
}

int link_next(struct link *link, enum link_kind *kind, json_t **parameters, struct error *refused,
              struct error *err)
{
    struct varlink_reply reply;
    json_t *message = NULL;
    int result = varlink_reader_next(&link->reader, &message, err);

    *kind = LINK_NOTHING;
    *parameters = NULL;
    if (result > 0)
        result = varlink_reply_read(message, &reply, err);
    if (result == 0 && message != NULL && !link->waiting)
        result = error_set(err, ERROR_PROTOCOL, "the agent answers, although not asked");
    if (result == 0 && message != NULL) {
        *kind = reply.error != NULL ? LINK_REFUSED : reply.continues ? LINK_MORE : LINK_LAST;
        link->waiting = *kind == LINK_MORE;
        if (*kind == LINK_REFUSED)
            (void)client_read_error(&reply, refused);
        else
            *parameters = json_incref(reply.parameters);
    }
    json_decref(message);
    return result;
}
