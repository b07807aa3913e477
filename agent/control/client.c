/* SPDX-License-Identifier: ISC */
#include "agent/control/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "agent/control/protocol.h"
#include "agent/control/varlink.h"
#include "media/base/bytes.h"
#include "media/base/json.h"
#include "media/base/limits.h"

#define PIECE_BYTES (16 * KIB)

struct client {
    int socket;
    struct varlink_reader reader;
};

static int64_t now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int connect_failed(const char *path, int number, struct error *err)
{
    if (number == EACCES || number == EPERM)
        return error_set(err, ERROR_DENIED,
                         "%s may not be opened: become a member of group sallyport (to look) or "
                         "sallyport-admin (to act)",
                         path);
    return error_set(err, ERROR_NO_AGENT,
                     "no agent answers at %s (%s); start it: sallyport-agent run --socket %s", path,
                     strerror(number), path);
}

int client_connect(const char *socket_path, int flags, int *fd, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(socket_path);

    *fd = -1;
    if (size == 0 || size >= sizeof(address.sun_path))
        return error_set(err, ERROR_USAGE, "a socket's path has 1 to %zu bytes",
                         sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, socket_path, size);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (*fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "making a socket");
    if (connect(*fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        int number = errno;

        close(*fd);
        *fd = -1;
        return connect_failed(socket_path, number, err);
    }
    return 0;
}

int client_open(const char *socket_path, struct client **client, struct error *err)
{
    int fd;

    *client = NULL;
    if (client_connect(socket_path, 0, &fd, err) < 0)
        return -(int)err->code;
    *client = bytes_allocate(1, sizeof(**client));
    (*client)->socket = fd;
    varlink_reader_init(&(*client)->reader, LIMIT_MESSAGE_BYTES);
    return 0;
}

void client_close(struct client *client)
{
    if (client == NULL)
        return;
    close(client->socket);
    varlink_reader_clear(&client->reader);
    free(client);
}

static int send_all(struct client *client, const struct bytes *text, struct error *err)
{
    size_t sent = 0;

    while (sent < text->size) {
        ssize_t count = send(client->socket, text->data + sent, text->size - sent, MSG_NOSIGNAL);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EPIPE || errno == ECONNRESET))
            return error_set(err, ERROR_PEER_GONE, "the agent closed the connection");
        if (count < 0)
            return error_set_errno(err, ERROR_IO, errno, "sending to the agent");
        sent += (size_t)count;
    }
    return 0;
}

static int send_call(struct client *client, const char *method, const json_t *parameters, bool more,
                     struct error *err)
{
    char name[sizeof(PROTOCOL_INTERFACE) + LIMIT_NAME_BYTES + 2];
    struct varlink_call call = {
        .method = name, .parameters = (json_t *)(uintptr_t)parameters, .more = more};
    struct bytes text;
    int result;

    snprintf(name, sizeof(name), "%s.%s", PROTOCOL_INTERFACE, method);
    bytes_init(&text, LIMIT_CONTROL_BYTES);
    result = varlink_call_write(&call, &text, err);
    if (result == 0)
        result = send_all(client, &text, err);
    bytes_clear(&text);
    return result;
}

/* Waits for more bytes and feeds them. */
static int receive_piece(struct client *client, int64_t until_ms, struct error *err)
{
    uint8_t piece[PIECE_BYTES];
    struct pollfd entry = {.fd = client->socket, .events = POLLIN};
    int64_t left = until_ms < 0 ? -1 : until_ms - now_ms();
    ssize_t count;
    int ready;

    if (until_ms >= 0 && left <= 0)
        return error_set(err, ERROR_TIMEOUT, "the agent did not answer within %d s",
                         CLIENT_DEADLINE_MS / 1000);
    ready = poll(&entry, 1, (int)left);
    if (ready <= 0)
        return ready < 0 && errno != EINTR
                   ? error_set_errno(err, ERROR_IO, errno, "waiting for the agent")
                   : 0;
    count = recv(client->socket, piece, sizeof(piece), 0);
    if (count > 0)
        return varlink_reader_feed(&client->reader, piece, (size_t)count, err);
    if (count < 0 && errno == EINTR)
        return 0;
    if (count < 0 && errno != ECONNRESET)
        return error_set_errno(err, ERROR_IO, errno, "reading from the agent");
    return error_set(err, ERROR_PEER_GONE, "the agent closed the connection");
}

static int receive_message(struct client *client, int64_t until_ms, json_t **message,
                           struct error *err)
{
    for (;;) {
        int result = varlink_reader_next(&client->reader, message, err);

        if (result != 0)
            return result < 0 ? result : 0;
        result = receive_piece(client, until_ms, err);
        if (result < 0)
            return result;
    }
}

/* Standard errors of the wire form, in our codes. */
static const struct {
    const char *name;
    enum error_code code;
    const char *words;
} standard_errors[] = {
    {PROTOCOL_METHOD_NOT_FOUND, ERROR_PROTOCOL, "the agent does not know this method"},
    {PROTOCOL_METHOD_NOT_IMPLEMENTED, ERROR_PROTOCOL, "the agent does not know this method"},
    {PROTOCOL_INTERFACE_NOT_FOUND, ERROR_PROTOCOL, "what answers is not an agent"},
    {PROTOCOL_INVALID_PARAMETER, ERROR_USAGE, "the agent refused a parameter"},
    {PROTOCOL_PERMISSION_DENIED, ERROR_DENIED, "the agent does not allow this to you"},
    {PROTOCOL_EXPECTED_MORE, ERROR_PROTOCOL, "the agent answers this as a stream only"},
};

static int read_refusal(const json_t *parameters, struct error *err)
{
    const char *code = NULL, *message = NULL;
    const struct json_field fields[] = {
        {"code", JSON_NAME, JSON_REQUIRED, &code, 1, LIMIT_NAME_BYTES, NULL},
        {"message", JSON_TEXT, JSON_REQUIRED, &message, 0, 4 * ERROR_WORDS_BYTES, NULL},
    };
    enum error_code known;

    if (parameters == NULL ||
        json_fields(parameters, fields, sizeof(fields) / sizeof(fields[0]), err) < 0)
        return error_set(err, ERROR_PROTOCOL, "the agent refused in a form that is not its own");
    if (error_from_name(code, &known) < 0 || known == ERROR_OK)
        return error_set(err, ERROR_INTERNAL, "%s (%s)", message, code); /* a newer agent */
    return error_set(err, known, "%s", message);
}

int client_read_error(const struct varlink_reply *reply, struct error *err)
{
    const char *parameter = json_string_value(json_object_get(reply->parameters, "parameter"));

    if (strcmp(reply->error, PROTOCOL_REFUSED) == 0)
        return read_refusal(reply->parameters, err);
    for (size_t i = 0; i < sizeof(standard_errors) / sizeof(standard_errors[0]); i++) {
        if (strcmp(reply->error, standard_errors[i].name) == 0)
            return error_set(err, standard_errors[i].code, "%s%s%s", standard_errors[i].words,
                             parameter != NULL ? ": " : "", parameter != NULL ? parameter : "");
    }
    return error_set(err, ERROR_PROTOCOL, "the agent answered with error %s", reply->error);
}

/* 1: more follow, 0: it was the last and *last has its parameters. */
static int take_reply(const json_t *message, client_progress progress, void *context, json_t **last,
                      struct error *err)
{
    struct varlink_reply reply;
    int result;

    if (varlink_reply_read(message, &reply, err) < 0)
        return -(int)err->code;
    if (reply.error != NULL)
        return client_read_error(&reply, err);
    if (!reply.continues) {
        *last = reply.parameters != NULL ? json_incref(reply.parameters) : json_object();
        return 0;
    }
    if (progress == NULL)
        return error_set(err, ERROR_PROTOCOL, "the agent streams, although not asked to");
    result = reply.parameters != NULL ? progress(context, reply.parameters, err) : 0;
    return result < 0 ? result : 1;
}

int client_call(struct client *client, const char *method, const json_t *parameters,
                client_progress progress, void *context, json_t **reply, struct error *err)
{
    int64_t until_ms = progress != NULL ? -1 : now_ms() + CLIENT_DEADLINE_MS;
    json_t *message = NULL;
    int result;

    *reply = NULL;
    result = send_call(client, method, parameters, progress != NULL, err);
    if (result < 0)
        return result;
    do {
        result = receive_message(client, until_ms, &message, err);
        if (result == 0)
            result = take_reply(message, progress, context, reply, err);
        json_decref(message);
        message = NULL;
    } while (result > 0);
    return result;
}
