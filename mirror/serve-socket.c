/* SPDX-License-Identifier: ISC */
#include "mirror/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/base/http-range.h"
#include "media/base/listen-fds.h"

#define BACKLOG 128

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

/* "ADDRESS" without brackets, and the text after its ":". */
static int split(const char *listen, char host[static INET6_ADDRSTRLEN], const char **port)
{
    bool bracket = listen[0] == '[';
    const char *end = bracket ? strstr(listen, "]:") : strchr(listen, ':');
    const char *start = bracket ? listen + 1 : listen;

    if (end == NULL || end - start >= INET6_ADDRSTRLEN)
        return -1;
    memcpy(host, start, (size_t)(end - start));
    host[end - start] = '\0';
    *port = bracket ? end + 2 : end + 1;
    return 0;
}

static int parse(const char *listen, union address *address, socklen_t *size)
{
    char host[INET6_ADDRSTRLEN];
    const char *port_text;
    uint64_t port;

    memset(address, 0, sizeof(*address));
    if (split(listen, host, &port_text) < 0 || http_range_number(&port_text, &port) < 0 ||
        *port_text != '\0' || port > UINT16_MAX)
        return -1;
    if (inet_pton(AF_INET, host, &address->four.sin_addr) == 1) {
        address->four.sin_family = AF_INET;
        address->four.sin_port = htons((uint16_t)port);
        *size = sizeof(address->four);
        return 0;
    }
    if (inet_pton(AF_INET6, host, &address->six.sin6_addr) == 1) {
        address->six.sin6_family = AF_INET6;
        address->six.sin6_port = htons((uint16_t)port);
        *size = sizeof(address->six);
        return 0;
    }
    return -1;
}

static void show(const union address *address, char shown[static SERVE_ADDRESS_BYTES],
                 uint16_t *port)
{
    bool six = address->any.sa_family == AF_INET6;
    const void *host = six ? (const void *)&address->six.sin6_addr : &address->four.sin_addr;
    char text[INET6_ADDRSTRLEN] = "";

    *port = ntohs(six ? address->six.sin6_port : address->four.sin_port);
    (void)!inet_ntop(address->any.sa_family, host, text, sizeof(text));
    snprintf(shown, SERVE_ADDRESS_BYTES, six ? "[%s]:%u" : "%s:%u", text, *port);
}

int serve_socket(const char *listen_on, int *listener, char shown[static SERVE_ADDRESS_BYTES],
                 uint16_t *port, struct error *err)
{
    const int on = 1;
    union address address;
    socklen_t size = 0;
    int fd;

    *listener = -1;
    if (parse(listen_on, &address, &size) < 0)
        return error_set(err, ERROR_USAGE,
                         "--listen %s: expected ADDRESS:PORT with a numeric address, an IPv6 "
                         "address in brackets",
                         listen_on);
    fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        bind(fd, &address.any, size) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, &address.any, &size) < 0) {
        error_set_errno(err, ERROR_IO, errno, "listening on %s", listen_on);
        if (fd >= 0)
            (void)close(fd);
        return -(int)err->code;
    }
    show(&address, shown, port);
    *listener = fd;
    return 0;
}

int serve_socket_handed(int *listener, char shown[static SERVE_ADDRESS_BYTES], uint16_t *port,
                        struct error *err)
{
    union address address;
    socklen_t size = sizeof(address);
    int result = listen_fds_take(AF_INET, listener, err);

    if (result < 0 || *listener < 0)
        return result;
    if (getsockname(*listener, &address.any, &size) < 0)
        return error_set_errno(err, ERROR_IO, errno, "the socket of LISTEN_FDS");
    show(&address, shown, port);
    return 0;
}
