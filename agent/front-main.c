/* SPDX-License-Identifier: ISC
 *
 * sallyport-front: the control socket's own process. It reads what any local client writes and
 * holds nothing: no state, no keys, no files. See front-protocol.h.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/front-client.h"
#include "agent/front-protocol.h"
#include "media/base/frame.h"
#include "media/base/log.h"
#include "media/base/sandbox.h"
#include "media/base/spawn.h"

#define LISTENER_FD SPAWN_FD_FIRST
#define MONITOR_DEADLINE_MS                                                                        \
    (4 *                                                                                           \
     LIMIT_DRIVER_DEADLINE_MS) /* the monitor reads when drivers have answered, else it is stuck */
#define MEMORY_BYTES (512 * MIB)

struct front {
    struct frame_reader *monitor;
    uint32_t last_id;
    struct front_client clients[LIMIT_CONTROL_CLIENTS];
};

static const struct sandbox_call calls[] = {
    {SYS_accept4, "new clients of the one listening socket", -1, 0, 0},
    {SYS_recvfrom, "what clients write", -1, 0, 0},
    {SYS_sendto, "answers to clients", -1, 0, 0},
};

static const struct sandbox_profile profile = {
    .name = "front",
    .calls = calls,
    .call_count = sizeof(calls) / sizeof(calls[0]),
    .memory_bytes = MEMORY_BYTES,
    .open_files = LIMIT_CONTROL_CLIENTS + 16,
};

static int tell_client_id(uint16_t type, const struct front_client *client, struct error *err)
{
    uint8_t body[4];

    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (uint8_t)(client->id >> (8 * i));
    return frame_send(SPAWN_FD_SOCKET, type, body, sizeof(body), &client->socket,
                      type == FRONT_CLIENT ? 1 : 0, MONITOR_DEADLINE_MS, err);
}

static int drop_client(struct front_client *client, struct error *err)
{
    int result = tell_client_id(FRONT_GONE, client, err);

    front_client_close(client);
    return result;
}

static struct front_client *free_place(struct front *front)
{
    for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++) {
        if (front->clients[i].id == 0)
            return &front->clients[i];
    }
    return NULL;
}

/* With every place taken the newcomer is closed at once: waiting in the backlog would let one user
 * who holds all places keep an admin out without a word. */
static int accept_client(struct front *front, struct error *err)
{
    struct front_client *client = free_place(front);
    int socket = accept4(LISTENER_FD, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (socket < 0)
        return 0;
    if (client == NULL) {
        close(socket);
        log_write(LOG_LEVEL_WARN, "a client was turned away: all %d places are taken",
                  LIMIT_CONTROL_CLIENTS);
        return 0;
    }
    front->last_id = front->last_id == UINT32_MAX ? 1 : front->last_id + 1;
    front_client_open(client, front->last_id, socket);
    return tell_client_id(FRONT_CLIENT, client, err);
}

static int forward(const struct front_request *request, struct error *err)
{
    struct bytes body;
    int result;

    bytes_init(&body, FRONT_REQUEST_BYTES);
    result = front_request_write(request, &body, err);
    if (result == 0)
        result = frame_send(SPAWN_FD_SOCKET, FRONT_REQUEST, body.data, body.size, NULL, 0,
                            MONITOR_DEADLINE_MS, err);
    bytes_clear(&body);
    return result;
}

/* Moves one client on. Only trouble with the monitor is the front's own failure. */
static int serve_client(struct front_client *client, short events, struct error *err)
{
    struct front_request request;
    struct error trouble = {0};
    int result = 0;

    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0)
        result = front_client_read(client, &trouble);
    if (result == 0)
        result = front_client_next(client, &request, &trouble);
    if (result > 0) {
        int sent = forward(&request, err);

        if (sent < 0)
            return sent;
        result = 0;
    }
    if (result == 0)
        result = front_client_flush(client, &trouble);
    if (result == 0)
        return 0;
    if (trouble.code != ERROR_PEER_GONE)
        log_write(LOG_LEVEL_WARN, "client %u dropped: %s", client->id, trouble.words);
    return drop_client(client, err);
}

static struct front_client *find_client(struct front *front, uint32_t id)
{
    for (size_t i = 0; id != 0 && i < LIMIT_CONTROL_CLIENTS; i++) {
        if (front->clients[i].id == id)
            return &front->clients[i];
    }
    return NULL;
}

static int take_reply(struct front *front, struct bytes_view body, struct error *err)
{
    struct front_client *client;
    struct error trouble = {0};
    uint32_t id;
    uint8_t kind;

    if (bytes_get_u32(&body, &id) < 0 || bytes_get_u8(&body, &kind) < 0 || kind > FRONT_REPLY_ERROR)
        return error_set(err, ERROR_PROTOCOL, "monitor sent a torn reply");
    client = find_client(front, id);
    if (client == NULL) /* it left meanwhile */
        return 0;
    if (front_client_answer(client, (enum front_reply)kind, body, &trouble) < 0) {
        log_write(LOG_LEVEL_WARN, "client %u dropped: it does not read its answers", id);
        return drop_client(client, err);
    }
    return serve_client(client, 0, err);
}

static int answer_selftest(struct error *err)
{
    struct error found = {0};
    const char *words = sandbox_selftest(&found) == 0 ? "ok" : found.words;

    return frame_send(SPAWN_FD_SOCKET, FRONT_SELFTEST, words, strlen(words), NULL, 0,
                      MONITOR_DEADLINE_MS, err);
}

static int hear_monitor(struct front *front, struct error *err)
{
    struct frame frame;
    int result = frame_reader_feed(front->monitor, &frame, err);

    if (result <= 0)
        return result;
    switch (frame.type) {
    case FRONT_REPLY:
        result = take_reply(front, bytes_view(&frame.body), err);
        break;
    case FRONT_SELFTEST:
        result = answer_selftest(err);
        break;
    default:
        result = error_set(err, ERROR_PROTOCOL, "monitor sent message type %u", frame.type);
        break;
    }
    frame_clear(&frame);
    return result;
}

static short wanted(const struct front_client *client)
{
    short events = 0;

    if (client->queue.size > client->sent)
        events |= POLLOUT;
    if (!client->waiting)
        events |= POLLIN;
    return events;
}

static int loop(struct front *front, struct error *err)
{
    for (;;) {
        struct pollfd polled[2 + LIMIT_CONTROL_CLIENTS] = {
            {.fd = SPAWN_FD_SOCKET, .events = POLLIN},
            {.fd = LISTENER_FD, .events = POLLIN},
        };
        int result = 0;

        for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++) {
            const struct front_client *client = &front->clients[i];

            polled[2 + i].fd = client->id != 0 ? client->socket : -1;
            polled[2 + i].events = client->id != 0 ? wanted(client) : 0;
        }
        if (poll(polled, 2 + LIMIT_CONTROL_CLIENTS, -1) < 0) {
            if (errno == EINTR)
                continue;
            return error_set_errno(err, ERROR_IO, errno, "poll");
        }
        for (size_t i = 0; result == 0 && i < LIMIT_CONTROL_CLIENTS; i++) {
            if (polled[2 + i].revents != 0)
                result = serve_client(&front->clients[i], polled[2 + i].revents, err);
        }
        if (result == 0 && polled[0].revents != 0)
            result = hear_monitor(front, err);
        if (result == 0 && polled[1].revents != 0)
            result = accept_client(front, err);
        if (result < 0)
            return result;
    }
}

/* The end of the monitor is the end of the front, and no error. */
static int run(struct front *front, struct error *err)
{
    int result;

    if (fcntl(SPAWN_FD_SOCKET, F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(LISTENER_FD, F_SETFL, O_NONBLOCK) < 0)
        return error_set_errno(err, ERROR_IO, errno, "control socket");
    if ((result = sandbox_enter(&profile, err)) < 0 || (result = sandbox_seal(&profile, err)) < 0)
        return result;
    front->monitor = frame_reader_new(SPAWN_FD_SOCKET, LIMIT_MESSAGE_BYTES);
    result = loop(front, err);
    frame_reader_free(front->monitor);
    return err->code == ERROR_PEER_GONE ? 0 : result;
}

int main(int argc, char **argv)
{
    struct front *front;
    struct error err = {0};
    int result;

    log_open("sallyport-front", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    if (argc != 1) {
        log_write(LOG_LEVEL_ERROR, "started by sallyport-agent only");
        return 2;
    }
    front = bytes_allocate(1, sizeof(*front));
    result = run(front, &err);
    if (result < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err.code), err.words);
    return result < 0 ? error_row(err.code)->exit_status : 0;
}
