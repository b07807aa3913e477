/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/sensor-connector.h"

/* As linux/connector.h has it, whose own ends in bytes of any number. */
struct connector {
    struct cb_id id;
    uint32_t seq, ack;
    uint16_t len, flags;
};

struct message {
    struct nlmsghdr head;
    struct connector connector;
    struct proc_event event;
} __attribute__((packed));

static struct message message_of(unsigned what)
{
    struct message message = {
        .head = {.nlmsg_len = sizeof(message), .nlmsg_type = NLMSG_DONE},
        .connector = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof(struct proc_event)},
        .event = {.what = what, .timestamp_ns = 1234},
    };

    return message;
}

static struct message fork_of(pid_t parent, pid_t child, pid_t thread)
{
    struct message message = message_of(PROC_EVENT_FORK);

    message.event.event_data.fork.parent_tgid = parent;
    message.event.event_data.fork.parent_pid = parent + 1;
    message.event.event_data.fork.child_tgid = child;
    message.event.event_data.fork.child_pid = thread;
    return message;
}

static bool decode(const struct message *message, size_t size, struct sensor_step *step)
{
    return sensor_connector_decode(bytes_view_of(message, size), step);
}

static void steps_of_processes_are_read(void **state)
{
    struct message message = fork_of(10, 20, 20);
    struct sensor_step step;

    (void)state;
    assert_true(decode(&message, sizeof(message), &step));
    assert_int_equal(step.kind, SENSOR_STEP_FORK);
    assert_int_equal(step.pid, 20);
    assert_int_equal(step.parent, 10);
    assert_int_equal(step.at_ns, 1234);
    message = message_of(PROC_EVENT_EXEC);
    message.event.event_data.exec.process_tgid = 30;
    message.event.event_data.exec.process_pid = 31;
    assert_true(decode(&message, sizeof(message), &step));
    assert_int_equal(step.kind, SENSOR_STEP_EXEC);
    assert_int_equal(step.pid, 30);
    message = message_of(PROC_EVENT_EXIT);
    message.event.event_data.exit.process_tgid = message.event.event_data.exit.process_pid = 40;
    assert_true(decode(&message, sizeof(message), &step));
    assert_int_equal(step.kind, SENSOR_STEP_EXIT);
    assert_int_equal(step.pid, 40);
    message = message_of(PROC_EVENT_UID);
    message.event.event_data.id.process_tgid = 50;
    message.event.event_data.id.r.ruid = 1000;
    message.event.event_data.id.e.euid = 0;
    assert_true(decode(&message, sizeof(message), &step));
    assert_int_equal(step.kind, SENSOR_STEP_USER);
    assert_int_equal(step.pid, 50);
    assert_int_equal(step.uid, 1000);
}

static void threads_are_no_processes(void **state)
{
    struct message message = fork_of(10, 20, 21);
    struct sensor_step step;

    (void)state;
    assert_false(decode(&message, sizeof(message), &step));
    message = message_of(PROC_EVENT_EXIT);
    message.event.event_data.exit.process_tgid = 40;
    message.event.event_data.exit.process_pid = 41;
    assert_false(decode(&message, sizeof(message), &step));
}

static void what_is_of_another_form_tells_nothing(void **state)
{
    struct message good = fork_of(10, 20, 20), message = good;
    struct sensor_step step;

    (void)state;
    message.connector.id.idx++;
    assert_false(decode(&message, sizeof(message), &step));
    message = good;
    message.connector.id.val++;
    assert_false(decode(&message, sizeof(message), &step));
    message = good;
    message.connector.len++;
    assert_false(decode(&message, sizeof(message), &step));
    message = message_of(PROC_EVENT_COMM);
    assert_false(decode(&message, sizeof(message), &step));
    message = message_of(PROC_EVENT_NONE);
    assert_false(decode(&message, sizeof(message), &step));
    for (size_t size = 0; size < sizeof(good); size++)
        assert_false(decode(&good, size, &step));
}

static void as_many_are_read_as_there_is_room_for(void **state)
{
    struct message message = fork_of(10, 20, 20), thread = fork_of(10, 20, 21);
    struct sensor_step steps[2];
    bool lost = false;
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(sensor_connector_read(ends[0], steps, 2, &lost), 0);
    for (int i = 0; i < 3; i++) {
        message.event.event_data.fork.parent_tgid = 10 + i;
        assert_int_equal(send(ends[1], &thread, sizeof(thread), 0), sizeof(thread));
        assert_int_equal(send(ends[1], &message, sizeof(message), 0), sizeof(message));
    }
    assert_int_equal(sensor_connector_read(ends[0], steps, 2, &lost), 2);
    assert_int_equal(steps[1].parent, 11);
    assert_int_equal(sensor_connector_read(ends[0], steps, 2, &lost), 1);
    assert_int_equal(steps[0].parent, 12);
    assert_false(lost);
    close(ends[0]);
    close(ends[1]);
}

/* A socket of netlink, and the number under which others write to it. */
static int netlink_socket(struct sockaddr_nl *address)
{
    socklen_t size = sizeof(*address);
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_USERSOCK);

    *address = (struct sockaddr_nl){.nl_family = AF_NETLINK};
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
    return fd;
}

static void another_process_is_not_the_kernel(void **state)
{
    struct message message = fork_of(10, 20, 20);
    struct sockaddr_nl ours, theirs;
    struct sensor_step step;
    bool lost = false;
    int sensor = netlink_socket(&ours), forger = netlink_socket(&theirs);

    (void)state;
    assert_int_equal(
        sendto(forger, &message, sizeof(message), 0, (const struct sockaddr *)&ours, sizeof(ours)),
        sizeof(message));
    assert_int_equal(sensor_connector_read(sensor, &step, 1, &lost), 0);
    assert_int_equal(recv(sensor, &message, sizeof(message), MSG_DONTWAIT), -1); /* it was there */
    close(sensor);
    close(forger);
}

static void the_real_one_tells_of_our_child(void **state)
{
    struct error err = {0};
    bool found = false, lost = false;
    pid_t child;
    int fd = -1;

    (void)state;
    if (geteuid() != 0 || sensor_connector_open(&fd, &err) < 0)
        skip();
    assert_ok(sensor_connector_listen(fd, true, &err), &err);
    child = fork();
    if (child == 0)
        _exit(0);
    while (!found) {
        struct sensor_step step;

        found = sensor_connector_read(fd, &step, 1, &lost) == 1 && step.pid == child &&
                step.kind == SENSOR_STEP_FORK;
        assert_false(found && step.parent != getpid());
    }
    assert_ok(sensor_connector_listen(fd, false, &err), &err);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_of_processes_are_read),
        cmocka_unit_test(threads_are_no_processes),
        cmocka_unit_test(what_is_of_another_form_tells_nothing),
        cmocka_unit_test(as_many_are_read_as_there_is_room_for),
        cmocka_unit_test(another_process_is_not_the_kernel),
        cmocka_unit_test(the_real_one_tells_of_our_child),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
