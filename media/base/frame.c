/* SPDX-License-Identifier: ISC */
#include "media/base/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define ROOM_MS      10 /* between two tries while too many descriptors are under way */
#define HEADER_BYTES 8

/* Room for the descriptors of one message, aligned as the kernel wants it. */
union control {
    struct cmsghdr aligned;
    char data[CMSG_SPACE(sizeof(int) * LIMIT_MESSAGE_FDS)];
};

struct frame_reader {
    int socket;
    size_t max_size;
    uint8_t header[HEADER_BYTES];
    size_t header_have;
    struct frame partial;
    uint8_t *body; /* within partial.body; does not move: reserved once */
    size_t body_size;
    size_t body_have;
};

/* A point on the monotonic clock after which waiting ends; negative: never. */
static int64_t deadline_at(int deadline_ms)
{
    struct timespec now;

    if (deadline_ms < 0)
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + deadline_ms;
}

static int remaining_ms(int64_t at_ms)
{
    int64_t left;

    if (at_ms < 0)
        return -1;
    left = at_ms - deadline_at(0);
    return left < 0 ? 0 : (int)left;
}

static int wait_for(int socket, short events, int64_t at_ms, struct error *err)
{
    struct pollfd entry = {.fd = socket, .events = events};

    for (;;) {
        int ready = poll(&entry, 1, remaining_ms(at_ms));

        if (ready > 0)
            return 0;
        if (ready == 0)
            return error_set(err, ERROR_TIMEOUT, "the other process did not answer in time");
        if (errno != EINTR)
            return error_set_errno(err, ERROR_IO, errno, "waiting for a message");
    }
}

int frame_pair(int ends[2], struct error *err)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        ends[0] = ends[1] = -1;
        return error_set_errno(err, ERROR_IO, errno, "making a socket pair");
    }
    return 0;
}

static void put_descriptors(struct msghdr *message, union control *control, const int *fds,
                            size_t fd_count)
{
    struct cmsghdr *part;

    if (fd_count == 0)
        return;
    memset(control, 0, sizeof(*control));
    message->msg_control = control->data;
    message->msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
    part = CMSG_FIRSTHDR(message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
    memcpy(CMSG_DATA(part), fds, sizeof(int) * fd_count);
}

/* What was sent leaves the front of the two parts. */
static void advance(struct iovec parts[2], size_t sent)
{
    for (size_t i = 0; i < 2; i++) {
        size_t taken = sent < parts[i].iov_len ? sent : parts[i].iov_len;

        if (taken == 0) /* an empty body has no address to move */
            continue;
        parts[i].iov_base = (char *)parts[i].iov_base + taken;
        parts[i].iov_len -= taken;
        sent -= taken;
    }
}

static int send_failed(int number, struct error *err)
{
    if (number == EPIPE || number == ECONNRESET)
        return error_set(err, ERROR_PEER_GONE, "the other process closed the conversation");
    return error_set_errno(err, ERROR_IO, number, "sending a message");
}

/* The kernel bounds the descriptors that a user has under way: the other side takes them out, and no
 * event says when. */
static int wait_for_room(int64_t at_ms, struct error *err)
{
    int left = remaining_ms(at_ms);

    if (left == 0)
        return error_set(err, ERROR_TIMEOUT, "the other process did not answer in time");
    (void)poll(NULL, 0, left < 0 || left > ROOM_MS ? ROOM_MS : left);
    return 0;
}

static int send_parts(int socket, struct msghdr *message, int64_t at_ms, struct error *err)
{
    struct iovec *parts = message->msg_iov;

    while (parts[0].iov_len + parts[1].iov_len > 0) {
        ssize_t sent = sendmsg(socket, message, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent >= 0) {
            advance(parts, (size_t)sent);
            message->msg_control = NULL; /* the descriptors went with the first byte */
            message->msg_controllen = 0;
        } else if (errno == EAGAIN) {
            int result = wait_for(socket, POLLOUT, at_ms, err);

            if (result < 0)
                return result;
        } else if (errno == ETOOMANYREFS) {
            int result = wait_for_room(at_ms, err);

            if (result < 0)
                return result;
        } else if (errno != EINTR) {
            return send_failed(errno, err);
        }
    }
    return 0;
}

int frame_send(int socket, uint16_t type, const void *body, size_t size, const int *fds,
               size_t fd_count, int deadline_ms, struct error *err)
{
    uint8_t header[HEADER_BYTES];
    union control control;
    union {
        const void *in;
        void *out;
    } borrowed = {.in = body}; /* sendmsg only reads, but iovec has no const */
    struct iovec parts[2] = {{header, sizeof(header)}, {borrowed.out, size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    if (size > LIMIT_MESSAGE_BYTES)
        return error_set(err, ERROR_LIMIT, "message of %zu bytes is over MESSAGE_BYTES (%lu)", size,
                         LIMIT_MESSAGE_BYTES);
    if (fd_count > LIMIT_MESSAGE_FDS)
        return error_set(err, ERROR_LIMIT, "%zu descriptors are over MESSAGE_FDS (%d)", fd_count,
                         LIMIT_MESSAGE_FDS);
    for (size_t i = 0; i < 4; i++)
        header[i] = (uint8_t)(size >> (8 * i));
    header[4] = (uint8_t)type;
    header[5] = (uint8_t)(type >> 8);
    header[6] = (uint8_t)fd_count;
    header[7] = 0;
    put_descriptors(&message, &control, fds, fd_count);
    return send_parts(socket, &message, deadline_at(deadline_ms), err);
}

/* Moves the descriptors of one receive into the frame. A descriptor that finds no room is closed
 * and -1 is returned. */
static int take_descriptors(struct msghdr *message, struct frame *frame)
{
    int result = (message->msg_flags & MSG_CTRUNC) ? -1 : 0;

    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
            if (frame->fd_count < LIMIT_MESSAGE_FDS) {
                frame->fds[frame->fd_count++] = fd;
            } else {
                close(fd);
                result = -1;
            }
        }
    }
    return result;
}

/* One receive. Returns bytes taken (over 0), 0 when nothing is there yet, negative on error. */
static ssize_t receive_some(struct frame_reader *reader, void *into, size_t size, struct error *err)
{
    union control control;
    struct iovec part = {into, size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.data,
                             .msg_controllen = sizeof(control.data)};
    bool began = reader->header_have > 0;
    ssize_t got;

    do
        got = recvmsg(reader->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got < 0 && errno != ECONNRESET)
        return error_set_errno(err, ERROR_IO, errno, "receiving a message");
    if (got <= 0 && began)
        return error_set(err, ERROR_PROTOCOL, "the conversation ended in the middle of a message");
    if (got <= 0)
        return error_set(err, ERROR_PEER_GONE, "the other process closed the conversation");
    if (take_descriptors(&message, &reader->partial) < 0)
        return error_set(err, ERROR_PROTOCOL, "a message came with too many descriptors");
    return got;
}

static int read_header(struct frame_reader *reader, struct error *err)
{
    struct bytes_view view = bytes_view_of(reader->header, sizeof(reader->header));
    struct frame *frame = &reader->partial;
    uint32_t size;
    uint16_t fd_count;

    if (bytes_get_u32(&view, &size) < 0 || bytes_get_u16(&view, &frame->type) < 0 ||
        bytes_get_u16(&view, &fd_count) < 0)
        return error_set(err, ERROR_PROTOCOL, "message header is short");
    if (size > reader->max_size)
        return error_set(err, ERROR_PROTOCOL, "message of %u bytes, at most %zu are taken", size,
                         reader->max_size);
    if (fd_count != frame->fd_count)
        return error_set(err, ERROR_PROTOCOL, "message says %u descriptors and brought %zu",
                         fd_count, frame->fd_count);
    reader->body_size = size;
    reader->body_have = 0;
    return bytes_reserve(&frame->body, size, &reader->body, err);
}

/* 1: header whole and checked, 0: more is needed. */
static int feed_header(struct frame_reader *reader, struct error *err)
{
    while (reader->header_have < HEADER_BYTES) {
        ssize_t got = receive_some(reader, reader->header + reader->header_have,
                                   HEADER_BYTES - reader->header_have, err);
        int result;

        if (got <= 0)
            return (int)got;
        reader->header_have += (size_t)got;
        if (reader->header_have < HEADER_BYTES)
            continue;
        result = read_header(reader, err);
        if (result < 0)
            return result;
    }
    return 1;
}

static int feed_body(struct frame_reader *reader, struct error *err)
{
    size_t announced = reader->partial.fd_count;

    while (reader->body_have < reader->body_size) {
        ssize_t got = receive_some(reader, reader->body + reader->body_have,
                                   reader->body_size - reader->body_have, err);

        if (got <= 0)
            return (int)got;
        if (reader->partial.fd_count != announced)
            return error_set(err, ERROR_PROTOCOL, "descriptors came with a message's body");
        reader->body_have += (size_t)got;
    }
    return 1;
}

static void reader_init(struct frame_reader *reader, int socket, size_t max_size)
{
    *reader = (struct frame_reader){.socket = socket, .max_size = max_size};
    bytes_init(&reader->partial.body, max_size);
}

int frame_reader_feed(struct frame_reader *reader, struct frame *frame, struct error *err)
{
    int result = feed_header(reader, err);

    if (result == 1)
        result = feed_body(reader, err);
    if (result < 0)
        frame_clear(&reader->partial);
    if (result != 1) {
        *frame = (struct frame){.fd_count = 0};
        return result;
    }
    *frame = reader->partial;
    reader_init(reader, reader->socket, reader->max_size);
    return 1;
}

int frame_receive(int socket, size_t max_size, int deadline_ms, struct frame *frame,
                  struct error *err)
{
    int64_t at_ms = deadline_at(deadline_ms);
    struct frame_reader reader;
    int result;

    reader_init(&reader, socket, max_size);
    while ((result = frame_reader_feed(&reader, frame, err)) == 0) {
        result = wait_for(socket, POLLIN, at_ms, err);
        if (result < 0)
            break;
    }
    frame_clear(&reader.partial);
    return result < 0 ? result : 0;
}

void frame_clear(struct frame *frame)
{
    for (size_t i = 0; i < frame->fd_count; i++) {
        if (frame->fds[i] >= 0)
            close(frame->fds[i]);
    }
    frame->fd_count = 0;
    bytes_clear(&frame->body);
}

int frame_take_fd(struct frame *frame, size_t i)
{
    int fd;

    if (i >= frame->fd_count)
        return -1;
    fd = frame->fds[i];
    frame->fds[i] = -1;
    return fd;
}

struct frame_reader *frame_reader_new(int socket, size_t max_size)
{
    struct frame_reader *reader = bytes_allocate(1, sizeof(*reader));

    reader_init(reader, socket, max_size);
    return reader;
}

void frame_reader_free(struct frame_reader *reader)
{
    if (reader == NULL)
        return;
    frame_clear(&reader->partial);
    free(reader);
}
