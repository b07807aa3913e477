/* SPDX-License-Identifier: ISC */
#include "tests/media/tsa-server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "media/base/limits.h"
#include "media/base/path.h"
#include "tests/run.h"

#define QUERY_BYTES 4096

static const char config[] = "[tsa]\n"
                             "default_tsa = one\n"
                             "[one]\n"
                             "serial = serial\n"
                             "crypto_device = builtin\n"
                             "signer_cert = leaf.pem\n"
                             "certs = chain.pem\n"
                             "signer_key = key.pem\n"
                             "signer_digest = sha384\n"
                             "default_policy = 1.3.6.1.4.1.32473.3.9\n"
                             "digests = sha384\n"
                             "accuracy = secs:1\n"
                             "clock_precision_digits = 6\n"
                             "ordering = yes\n"
                             "tsa_name = yes\n"
                             "other_policies = 1.3.6.1.4.1.32473.3.8\n"
                             "ess_cert_id_chain = no\n"
                             "ess_cert_id_alg = sha384\n";

static int write_file(int folder_fd, const char *name, const void *data, size_t size)
{
    int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t written = fd < 0 ? -1 : write(fd, data, size);

    if (fd >= 0)
        close(fd);
    return written == (ssize_t)size ? 0 : -1;
}

int tsa_server_open(struct tsa_server *server, int folder_fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    server->folder_fd = folder_fd;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(server->listener, 8) < 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &size) < 0)
        return -1;
    snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%u/tsa", ntohs(address.sin_port));
    return write_file(folder_fd, "tsa.cnf", config, sizeof(config) - 1);
}

void tsa_server_close(struct tsa_server *server)
{
    close(server->listener);
    server->listener = -1;
}

bool tsa_server_reply(const struct tsa_server *server)
{
    struct run run;

    RUN(&run, server->folder_fd, "openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile",
        "query", "-out", "reply");
    return run.status == 0;
}

static void send_all(int peer, const void *data, size_t size)
{
    const char *from = data;

    while (size > 0) {
        ssize_t sent = send(peer, from, size, MSG_NOSIGNAL);

        if (sent <= 0)
            return;
        from += sent;
        size -= (size_t)sent;
    }
}

/* Reads one request and returns its body's bytes: our client sends head and body at once or in
 * two pieces, and says Content-Length. */
static size_t read_body(int peer, uint8_t *body)
{
    char request[QUERY_BYTES] = "";
    size_t size = 0;

    while (size < sizeof(request) - 1) {
        ssize_t count = recv(peer, request + size, sizeof(request) - 1 - size, 0);
        const char *length = NULL, *end;

        if (count <= 0)
            return 0;
        size += (size_t)count;
        end = memmem(request, size, "\r\n\r\n", 4);
        if (end != NULL)
            length = strstr(request, "Content-Length: ");
        if (length != NULL) {
            size_t head = (size_t)(end + 4 - request);
            size_t expected = strtoul(length + strlen("Content-Length: "), NULL, 10);

            if (size - head >= expected) {
                memcpy(body, request + head, expected);
                return expected;
            }
        }
    }
    return 0;
}

static void send_reply(const struct tsa_server *server, int peer)
{
    struct error err = {0};
    struct bytes reply;
    char head[200];

    if (path_read(server->folder_fd, "reply", 1 * MIB, &reply, &err) < 0)
        return;
    snprintf(head, sizeof(head),
             "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n"
             "Content-Length: %zu\r\nConnection: close\r\n\r\n",
             reply.size);
    send_all(peer, head, strlen(head));
    send_all(peer, reply.data, reply.size);
    bytes_clear(&reply);
}

static void send_endless(int peer)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n\r\n";
    static const uint8_t body[QUERY_BYTES];

    send_all(peer, head, sizeof(head) - 1);
    for (size_t i = 0; i < 4096; i++)
        send_all(peer, body, sizeof(body));
}

void tsa_server_answer(const struct tsa_server *server, enum tsa_answer answer, const char *fixed)
{
    uint8_t body[QUERY_BYTES];
    int peer = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
    size_t size = read_body(peer, body);

    switch (answer) {
    case TSA_ANSWER_OPENSSL:
        if (write_file(server->folder_fd, "query", body, size) == 0 && tsa_server_reply(server))
            send_reply(server, peer);
        break;
    case TSA_ANSWER_REPLAY:
        send_reply(server, peer);
        break;
    case TSA_ANSWER_FIXED:
        send_all(peer, fixed, strlen(fixed));
        break;
    case TSA_ANSWER_ENDLESS:
        send_endless(peer);
        break;
    }
    shutdown(peer, SHUT_WR);
    close(peer);
}
