/* SPDX-License-Identifier: ISC */
#include "agent/front-client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/front-call.h"
#include "media/base/limits.h"

/* A stream that is not read may wait up to this; past it the client is dropped. */
#define QUEUE_BYTES (2 * LIMIT_MESSAGE_BYTES)

void front_client_open(struct front_client *client, uint32_t id, int socket)
{
    memset(client, 0, sizeof(*client));
    client->id = id;
    client->socket = socket;
    varlink_reader_init(&client->reader, LIMIT_CONTROL_BYTES);
    bytes_init(&client->queue, QUEUE_BYTES);
}

void front_client_close(struct front_client *client)
{
    close(client->socket);
    varlink_reader_clear(&client->reader);
    bytes_clear(&client->queue);
    client->id = 0;
    client->socket = -1;
}

int front_client_read(struct front_client *client, struct error *err)
{
    uint8_t buffer[16 * KIB];
    ssize_t got;

    do
        got = recv(client->socket, buffer, sizeof(buffer), MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    if (got < 0)
        return error_set_errno(err, ERROR_PEER_GONE, errno, "client %u", client->id);
    if (got == 0)
        return error_set(err, ERROR_PEER_GONE, "client %u left", client->id);
    return varlink_reader_feed(&client->reader, buffer, (size_t)got, err);
}

int front_client_flush(struct front_client *client, struct error *err)
{
    while (client->sent < client->queue.size) {
        ssize_t sent = send(client->socket, client->queue.data + client->sent,
                            client->queue.size - client->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return 0;
        if (sent < 0)
            return error_set_errno(err, ERROR_PEER_GONE, errno, "client %u", client->id);
        client->sent += (size_t)sent;
    }
    bytes_clear(&client->queue);
    client->sent = 0;
    return 0;
}

static int queue_reply(struct front_client *client, const struct varlink_reply *reply,
                       struct error *err)
{
    return client->oneway ? 0 : varlink_reply_write(reply, &client->queue, err);
}

static int queue_call_error(struct front_client *client, const struct front_call_error *error,
                            struct error *err)
{
    struct varlink_reply reply = {.error = error->name};
    int result;

    reply.parameters = json_pack("{s:s%}", error->parameter, error->value, strlen(error->value));
    /* A value that was cut within a character is no JSON string: answer without it. */
    if (reply.parameters == NULL)
        reply.parameters = json_pack("{s:s}", error->parameter, "");
    result = queue_reply(client, &reply, err);
    json_decref(reply.parameters);
    return result;
}

/* One message: 1 forward, 0 answered here, negative broken. */
static int take_call(struct front_client *client, const json_t *message,
                     struct front_request *request, struct error *err)
{
    struct front_call_error error;
    struct varlink_reply reply = {0};
    struct varlink_call call;
    int result = varlink_call_read(message, &call, err);

    if (result < 0)
        return result;
    client->oneway = call.oneway;
    client->more = call.more;
    result = front_call_service(&call, &reply.parameters, &error);
    if (result > 0) {
        result = queue_reply(client, &reply, err);
        json_decref(reply.parameters);
        return result;
    }
    if (result < 0 || front_call_read(&call, client->id, request, &error) < 0)
        return queue_call_error(client, &error, err);
    return 1;
}

int front_client_next(struct front_client *client, struct front_request *request, struct error *err)
{
    while (!client->waiting) {
        json_t *message;
        int result = varlink_reader_next(&client->reader, &message, err);

        if (result <= 0)
            return result;
        result = take_call(client, message, request, err);
        json_decref(message);
        if (result < 0)
            return result;
        if (result > 0) {
            client->waiting = true;
            return 1;
        }
    }
    return 0;
}

/* The monitor's JSON is wrapped as text: it is ours, whole and canonical, so it isn't parsed. */
static int queue_wrapped(struct front_client *client, enum front_reply kind, struct bytes_view json,
                         struct error *err)
{
    static const char *const before[] = {
        [FRONT_REPLY_MORE] = "{\"continues\":true,\"parameters\":",
        [FRONT_REPLY_LAST] = "{\"parameters\":",
        [FRONT_REPLY_ERROR] = "{\"error\":\"" PROTOCOL_INTERFACE ".Refused\",\"parameters\":",
    };
    int result;

    if ((result = bytes_put(&client->queue, before[kind], strlen(before[kind]), err)) < 0 ||
        (result = bytes_put(&client->queue, json.data, json.size, err)) < 0 ||
        (result = bytes_put(&client->queue, "}", 2, err)) < 0) /* with its NUL */
        return result;
    return 0;
}

int front_client_answer(struct front_client *client, enum front_reply kind, struct bytes_view json,
                        struct error *err)
{
    if (!client->waiting)
        return 0;
    if (kind != FRONT_REPLY_MORE)
        client->waiting = false;
    /* A caller that did not ask for a stream gets the last answer only. */
    if (client->oneway || (kind == FRONT_REPLY_MORE && !client->more))
        return 0;
    return queue_wrapped(client, kind, json, err);
}
