/* SPDX-License-Identifier: ISC */
#include "agent/sensor-listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/sensor-socket.h"
#include "media/base/limits.h"

#define ANSWER_BYTES 32768
#define ANSWER_MS    500 /* of the kernel, which answers at once */

static const struct {
    const char *name;
    uint8_t family, protocol, state;
} protocols[] = {
    {"tcp", AF_INET, IPPROTO_TCP, TCP_LISTEN},
    {"tcp6", AF_INET6, IPPROTO_TCP, TCP_LISTEN},
    {"udp", AF_INET, IPPROTO_UDP, TCP_CLOSE},
    {"udp6", AF_INET6, IPPROTO_UDP, TCP_CLOSE},
};
#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

struct listener {
    uint64_t cookie; /* the kernel's name for the socket, never used again */
    uint32_t inode, uid;
    uint16_t port;
    uint8_t protocol;
    uint8_t address[16];
};

struct sensor_listeners {
    size_t count;
    struct listener rows[LIMIT_SENSOR_LISTENERS];
};

int sensor_listen_open(int *fd, struct error *err)
{
    *fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    return *fd < 0 ? error_set_errno(err, ERROR_IO, errno, "list of sockets") : 0;
}

static bool ask(int fd, size_t protocol)
{
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } request = {
        .head = {.nlmsg_len = sizeof(request),
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.sdiag_family = protocols[protocol].family,
                 .sdiag_protocol = protocols[protocol].protocol,
                 .idiag_states = 1U << protocols[protocol].state},
    };

    return send(fd, &request, sizeof(request), 0) == (ssize_t)sizeof(request);
}

static void add(struct sensor_listeners *found, size_t protocol, const struct inet_diag_msg *row)
{
    struct listener *listener;

    if (found->count == LIMIT_SENSOR_LISTENERS)
        return;
    listener = &found->rows[found->count++];
    *listener = (struct listener){
        .cookie = (uint64_t)row->id.idiag_cookie[1] << 32 | row->id.idiag_cookie[0],
        .inode = row->idiag_inode,
        .uid = row->idiag_uid,
        .port = ntohs(row->id.idiag_sport),
        .protocol = (uint8_t)protocol,
    };
    memcpy(listener->address, row->id.idiag_src, sizeof(listener->address));
}

/* One packet of an answer. True: there is more to come. */
static bool take(struct sensor_listeners *found, size_t protocol, const uint8_t *bytes, size_t left)
{
    while (left >= sizeof(struct nlmsghdr)) {
        struct inet_diag_msg row;
        struct nlmsghdr head;
        size_t step;

        memcpy(&head, bytes, sizeof(head));
        if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > left ||
            head.nlmsg_type == NLMSG_DONE || head.nlmsg_type == NLMSG_ERROR)
            return false;
        if (head.nlmsg_len >= sizeof(head) + sizeof(row)) {
            memcpy(&row, bytes + sizeof(head), sizeof(row));
            if (row.idiag_family == protocols[protocol].family)
                add(found, protocol, &row);
        }
        step = NLMSG_ALIGN(head.nlmsg_len);
        step = step < left ? step : left;
        bytes += step;
        left -= step;
    }
    return true;
}

static void list(struct sensor_listeners *found, int fd, size_t protocol)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    uint8_t bytes[ANSWER_BYTES];
    bool more = ask(fd, protocol);

    while (more && poll(&wait, 1, ANSWER_MS) > 0) {
        struct sockaddr_nl from = {0};
        socklen_t from_size = sizeof(from);
        ssize_t size =
            recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);

        if (size > 0 && from.nl_pid == 0)
            more = take(found, protocol, bytes, (size_t)size);
        else if (size <= 0 && errno != EINTR)
            more = false;
    }
}

static int by_cookie(const void *a, const void *b)
{
    const struct listener *left = a, *right = b;

    return (left->cookie > right->cookie) - (left->cookie < right->cookie);
}

static struct sensor_listeners *look(int fd)
{
    struct sensor_listeners *found = bytes_allocate(1, sizeof(*found));

    for (size_t i = 0; i < PROTOCOLS; i++)
        list(found, fd, i);
    qsort(found->rows, found->count, sizeof(found->rows[0]), by_cookie);
    return found;
}

static void tell(struct sensor *sensor, const struct listener *listener)
{
    const char *name = protocols[listener->protocol].name;
    struct event event = {.kind = EVENT_LISTEN};
    char address[INET6_ADDRSTRLEN];
    pid_t pid;

    inet_ntop(protocols[listener->protocol].family, listener->address, address, sizeof(address));
    sensor_event_number(&event, EVENT_TIME, sensor_event_time(0));
    sensor_event_text(&event, EVENT_PROTO, bytes_view_of(name, strlen(name)));
    sensor_event_text(&event, EVENT_ADDR, bytes_view_of(address, strlen(address)));
    sensor_event_number(&event, EVENT_PORT, listener->port);
    sensor_event_number(&event, EVENT_UID, listener->uid);
    if (sensor->filter == NULL || !event_filter_may_match(sensor->filter, &event))
        return;
    pid = sensor_socket_holder(sensor->proc, listener->inode);
    if (pid > 0) {
        sensor_event_text(&event, EVENT_PATH, sensor_program(sensor, pid));
        if (!sensor_describe(sensor, &event, pid))
            return;
    }
    sensor_tell(sensor, &event);
}

/* Both are in order. */
static void compare(struct sensor *sensor, const struct sensor_listeners *before,
                    const struct sensor_listeners *now)
{
    for (size_t i = 0, old = 0; i < now->count; i++) {
        while (old < before->count && before->rows[old].cookie < now->rows[i].cookie)
            old++;
        if (old == before->count || before->rows[old].cookie != now->rows[i].cookie)
            tell(sensor, &now->rows[i]);
    }
}

void sensor_listen_begin(struct sensor *sensor)
{
    sensor->listeners = look(sensor->sockets);
    sensor->listen_due_ms = sensor_now_ms() + SENSOR_LISTEN_MS;
}

void sensor_listen_end(struct sensor *sensor)
{
    free(sensor->listeners);
    sensor->listeners = NULL;
}

void sensor_listen_turn(struct sensor *sensor, int64_t now_ms)
{
    struct sensor_listeners *now;

    if (sensor->listeners == NULL || now_ms < sensor->listen_due_ms)
        return;
    now = look(sensor->sockets);
    compare(sensor, sensor->listeners, now);
    free(sensor->listeners);
    sensor->listeners = now;
    sensor->listen_due_ms = now_ms + SENSOR_LISTEN_MS;
}
