/* SPDX-License-Identifier: ISC */
#include "agent/sensor-connector.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/base/limits.h"

#define MESSAGE_BYTES 1024

int sensor_connector_open(int *fd, struct error *err)
{
    const struct sockaddr_nl group = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
    const int room = LIMIT_SENSOR_QUEUE_BYTES;

    *fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
    if (*fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "process events");
    if (bind(*fd, (const struct sockaddr *)&group, sizeof(group)) < 0) {
        error_set_errno(err, ERROR_IO, errno, "process events");
        close(*fd);
        *fd = -1;
        return -ERROR_IO;
    }
    (void)setsockopt(*fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)); /* less will do */
    return 0;
}

int sensor_connector_listen(int fd, bool on, struct error *err)
{
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct cn_msg connector = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof(uint32_t)};
    struct nlmsghdr head = {.nlmsg_type = NLMSG_DONE};
    uint32_t wish = on ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE;
    uint8_t message[sizeof(head) + sizeof(connector) + sizeof(wish)];

    head.nlmsg_len = sizeof(message);
    memcpy(message, &head, sizeof(head));
    memcpy(message + sizeof(head), &connector, sizeof(connector));
    memcpy(message + sizeof(head) + sizeof(connector), &wish, sizeof(wish));
    if (sendto(fd, message, sizeof(message), 0, (const struct sockaddr *)&kernel, sizeof(kernel)) <
        0)
        return error_set_errno(err, ERROR_IO, errno, "process events");
    return 0;
}

/* A thread's number is not that of its process. */
static bool read_event(const struct proc_event *event, struct sensor_step *step)
{
    *step = (struct sensor_step){.at_ns = event->timestamp_ns};
    switch ((unsigned)event->what) {
    case PROC_EVENT_FORK:
        step->kind = SENSOR_STEP_FORK;
        step->pid = event->event_data.fork.child_pid;
        step->parent = event->event_data.fork.parent_tgid;
        return step->pid == event->event_data.fork.child_tgid;
    case PROC_EVENT_EXEC:
        step->kind = SENSOR_STEP_EXEC;
        step->pid = event->event_data.exec.process_tgid;
        return true;
    case PROC_EVENT_EXIT:
        step->kind = SENSOR_STEP_EXIT;
        step->pid = event->event_data.exit.process_pid;
        return step->pid == event->event_data.exit.process_tgid;
    case PROC_EVENT_UID:
        step->kind = SENSOR_STEP_USER;
        step->pid = event->event_data.id.process_tgid;
        step->uid = event->event_data.id.r.ruid;
        return true;
    default:
        return false;
    }
}

bool sensor_connector_decode(struct bytes_view message, struct sensor_step *step)
{
    struct proc_event event = {0};
    struct cn_msg connector;
    struct nlmsghdr head;

    if (bytes_get(&message, &head, sizeof(head)) < 0 ||
        bytes_get(&message, &connector, sizeof(connector)) < 0)
        return false;
    if (connector.id.idx != CN_IDX_PROC || connector.id.val != CN_VAL_PROC ||
        connector.len > message.size || message.size < offsetof(struct proc_event, event_data))
        return false;
    memcpy(&event, message.data, message.size < sizeof(event) ? message.size : sizeof(event));
    return read_event(&event, step);
}

/* Any process may write to the socket's port: what the kernel did not send is nobody's word. */
size_t sensor_connector_read(int fd, struct sensor_step *steps, size_t max, bool *lost)
{
    uint8_t message[MESSAGE_BYTES];
    size_t count = 0;

    while (count < max) {
        struct sockaddr_nl from = {0};
        socklen_t from_size = sizeof(from);
        ssize_t size = recvfrom(fd, message, sizeof(message), MSG_DONTWAIT,
                                (struct sockaddr *)&from, &from_size);

        if (size < 0 && errno == ENOBUFS)
            *lost = true;
        else if (size < 0 && errno != EINTR)
            break;
        if (size > 0 && from.nl_pid == 0 &&
            sensor_connector_decode(bytes_view_of(message, (size_t)size), &steps[count]))
            count++;
    }
    return count;
}
