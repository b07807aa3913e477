/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/base/frame.h"

#define MESSAGES 64

static int ends[2];

static int make_pair(void **state)
{
    struct error err = {0};

    return frame_pair(ends, &err);
}

static void close_end(size_t i)
{
    if (ends[i] >= 0)
        close(ends[i]);
    ends[i] = -1;
}

static int close_pair(void **state)
{
    close_end(0);
    close_end(1);
    return 0;
}

static void put_raw(const void *data, size_t size)
{
    assert_int_equal(write(ends[0], data, size), size);
}

static int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void a_message_arrives_with_type_body_and_descriptors(void **state)
{
    struct error err = {0};
    struct frame frame;
    int pipe_ends[2];
    int fd;
    char letter;

    assert_int_equal(pipe(pipe_ends), 0);
    assert_ok(frame_send(ends[0], 7, "hello", 5, pipe_ends, 2, 1000, &err), &err);
    assert_ok(frame_receive(ends[1], 5, 1000, &frame, &err), &err);
    assert_int_equal(frame.type, 7);
    assert_int_equal(frame.body.size, 5);
    assert_memory_equal(frame.body.data, "hello", 5);
    assert_int_equal(frame.fd_count, 2);
    assert_int_equal(write(pipe_ends[1], "x", 1), 1);
    fd = frame_take_fd(&frame, 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(read(fd, &letter, 1), 1);
    assert_int_equal(letter, 'x');
    assert_int_equal(frame_take_fd(&frame, 2), -1);
    close(fd);
    frame_clear(&frame);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void an_empty_body_is_a_message(void **state)
{
    struct error err = {0};
    struct frame frame;

    assert_ok(frame_send(ends[0], 9, NULL, 0, NULL, 0, 1000, &err), &err);
    assert_ok(frame_receive(ends[1], 0, 1000, &frame, &err), &err);
    assert_int_equal(frame.type, 9);
    assert_int_equal(frame.body.size, 0);
    frame_clear(&frame);
}

static void two_messages_stay_apart(void **state)
{
    struct error err = {0};
    struct frame frame;

    assert_ok(frame_send(ends[0], 1, "one", 3, NULL, 0, 1000, &err), &err);
    assert_ok(frame_send(ends[0], 2, "second", 6, NULL, 0, 1000, &err), &err);
    assert_ok(frame_receive(ends[1], 100, 1000, &frame, &err), &err);
    assert_memory_equal(frame.body.data, "one", 3);
    frame_clear(&frame);
    assert_ok(frame_receive(ends[1], 100, 1000, &frame, &err), &err);
    assert_int_equal(frame.type, 2);
    assert_memory_equal(frame.body.data, "second", 6);
    frame_clear(&frame);
}

static void a_message_larger_than_the_socket_buffer_passes_whole(void **state)
{
    size_t size = LIMIT_MESSAGE_BYTES;
    uint8_t *body = bytes_allocate(1, size);
    struct error err = {0};
    struct frame frame;
    int status;
    pid_t pid;

    memset(body, 0xa5, size);
    body[size - 1] = 1;
    pid = fork();
    if (pid == 0)
        _exit(frame_send(ends[0], 3, body, size, NULL, 0, -1, &err) == 0 ? 0 : 1);
    assert_ok(frame_receive(ends[1], size, -1, &frame, &err), &err);
    assert_int_equal(frame.body.size, size);
    assert_memory_equal(frame.body.data, body, size);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    frame_clear(&frame);
    free(body);
}

static void what_is_over_a_limit_is_not_sent(void **state)
{
    struct error err = {0};
    int fds[LIMIT_MESSAGE_FDS + 1] = {0};

    assert_refused(frame_send(ends[0], 1, "", LIMIT_MESSAGE_BYTES + 1, NULL, 0, 0, &err), &err,
                   ERROR_LIMIT);
    assert_refused(frame_send(ends[0], 1, "", 0, fds, LIMIT_MESSAGE_FDS + 1, 0, &err), &err,
                   ERROR_LIMIT);
}

static void a_clean_end_is_peer_gone_and_a_torn_message_is_not(void **state)
{
    const uint8_t torn_header[] = {4, 0, 0};
    const uint8_t torn_body[] = {4, 0, 0, 0, 1, 0, 0, 0, 'a', 'b'};
    struct error err = {0};
    struct frame frame;

    close_end(0);
    assert_refused(frame_receive(ends[1], 9, 1000, &frame, &err), &err, ERROR_PEER_GONE);
    assert_refused(frame_send(ends[1], 1, "x", 1, NULL, 0, 1000, &err), &err, ERROR_PEER_GONE);
    close_pair(state);
    make_pair(state);
    put_raw(torn_header, sizeof(torn_header));
    close_end(0);
    assert_refused(frame_receive(ends[1], 9, 1000, &frame, &err), &err, ERROR_PROTOCOL);
    close_pair(state);
    make_pair(state);
    put_raw(torn_body, sizeof(torn_body));
    close_end(0);
    assert_refused(frame_receive(ends[1], 9, 1000, &frame, &err), &err, ERROR_PROTOCOL);
}

static void an_oversized_message_is_refused_before_its_body(void **state)
{
    const uint8_t header[] = {10, 0, 0, 0, 1, 0, 0, 0};
    struct error err = {0};
    struct frame frame;

    put_raw(header, sizeof(header));
    assert_refused(frame_receive(ends[1], 9, 1000, &frame, &err), &err, ERROR_PROTOCOL);
}

static void silence_is_a_timeout(void **state)
{
    struct error err = {0};
    struct frame frame;

    assert_refused(frame_receive(ends[1], 9, 0, &frame, &err), &err, ERROR_TIMEOUT);
}

static void a_peer_that_does_not_read_is_a_timeout(void **state)
{
    uint8_t *body = bytes_allocate(1, LIMIT_MESSAGE_BYTES);
    struct error err = {0};

    assert_refused(frame_send(ends[0], 1, body, LIMIT_MESSAGE_BYTES, NULL, 0, 0, &err), &err,
                   ERROR_TIMEOUT);
    free(body);
}

static void send_with_descriptors(const void *data, size_t size, const int *fds, size_t count)
{
    union {
        struct cmsghdr aligned;
        char data[CMSG_SPACE(sizeof(int) * 64)];
    } control = {.data = {0}};
    uint8_t copy[64];
    struct iovec part = {copy, size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.data,
                             .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    memcpy(copy, data, size);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
    assert_int_equal(sendmsg(ends[0], &message, 0), size);
}

static void unannounced_descriptors_are_refused_and_closed(void **state)
{
    const uint8_t header[] = {0, 0, 0, 0, 1, 0, 0, 0};
    const uint8_t with_body[] = {1, 0, 0, 0, 1, 0, 0, 0};
    struct error err = {0};
    struct frame frame;
    int fds[64];
    int before = open_descriptors();

    for (size_t i = 0; i < 64; i++)
        fds[i] = ends[0];
    send_with_descriptors(header, sizeof(header), fds, 1);
    assert_refused(frame_receive(ends[1], 9, 1000, &frame, &err), &err, ERROR_PROTOCOL);
    send_with_descriptors(header, sizeof(header), fds, 64);
    assert_refused(frame_receive(ends[1], 9, 1000, &frame, &err), &err, ERROR_PROTOCOL);
    put_raw(with_body, sizeof(with_body));
    send_with_descriptors("x", 1, fds, 1);
    assert_refused(frame_receive(ends[1], 9, 1000, &frame, &err), &err, ERROR_PROTOCOL);
    assert_int_equal(open_descriptors(), before);
}

static void announced_descriptors_that_do_not_come_are_refused(void **state)
{
    const uint8_t header[] = {0, 0, 0, 0, 1, 0, 2, 0};
    struct error err = {0};
    struct frame frame;

    put_raw(header, sizeof(header));
    assert_refused(frame_receive(ends[1], 9, 1000, &frame, &err), &err, ERROR_PROTOCOL);
}

static void a_reader_puts_a_message_together_byte_by_byte(void **state)
{
    const uint8_t message[] = {3, 0, 0, 0, 5, 0, 0, 0, 'a', 'b', 'c'};
    struct frame_reader *reader = frame_reader_new(ends[1], 16);
    struct error err = {0};
    struct frame frame;

    for (size_t i = 0; i < sizeof(message) - 1; i++) {
        put_raw(&message[i], 1);
        assert_int_equal(frame_reader_feed(reader, &frame, &err), 0);
    }
    put_raw(&message[sizeof(message) - 1], 1);
    assert_int_equal(frame_reader_feed(reader, &frame, &err), 1);
    assert_int_equal(frame.type, 5);
    assert_memory_equal(frame.body.data, "abc", 3);
    frame_clear(&frame);
    put_raw(message, sizeof(message));
    assert_int_equal(frame_reader_feed(reader, &frame, &err), 1);
    frame_clear(&frame);
    frame_reader_free(reader);
}

static void what_a_reader_has_begun_is_closed_with_it(void **state)
{
    const uint8_t header[] = {3, 0, 0, 0, 1, 0, 1, 0};
    int before = open_descriptors();
    struct frame_reader *reader = frame_reader_new(ends[1], 16);
    struct error err = {0};
    struct frame frame;

    send_with_descriptors(header, sizeof(header), ends, 1);
    assert_int_equal(frame_reader_feed(reader, &frame, &err), 0);
    assert_int_equal(open_descriptors(), before + 1);
    frame_reader_free(reader);
    assert_int_equal(open_descriptors(), before);
}

static void json_goes_over_strictly_and_by_type(void **state)
{
    json_t *sent = json_pack("{s:i, s:s}", "n", 7, "name", "x");
    json_t *body;
    struct error err = {0};
    struct frame frame;

    assert_ok(frame_send_json(ends[0], 4, sent, NULL, 0, 1000, &err), &err);
    assert_ok(frame_receive(ends[1], 100, 1000, &frame, &err), &err);
    assert_ok(frame_read_json(&frame, 4, &body, &err), &err);
    assert_true(json_equal(sent, body));
    json_decref(body);
    assert_refused(frame_read_json(&frame, 5, &body, &err), &err, ERROR_PROTOCOL);
    frame_clear(&frame);
    assert_ok(frame_send(ends[0], 4, "{\"a\":1,\"a\":1}", 13, NULL, 0, 1000, &err), &err);
    assert_ok(frame_receive(ends[1], 100, 1000, &frame, &err), &err);
    assert_refused(frame_read_json(&frame, 4, &body, &err), &err, ERROR_PROTOCOL);
    assert_null(body);
    frame_clear(&frame);
    json_decref(sent);
}

/* In a process of its own: the bound is the user's, and none holds for root. */
static int send_more_descriptors_than_may_be_under_way(int socket)
{
    const struct rlimit limit = {MESSAGES / 2, MESSAGES / 2};
    struct error err = {0};

    if ((geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0)) ||
        setrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 2;
    for (int i = 0; i < MESSAGES; i++) {
        if (frame_send(socket, 1, NULL, 0, &socket, 1, 20000, &err) < 0) {
            fprintf(stderr, "message %d: %s\n", i, err.words);
            return 1;
        }
    }
    return 0;
}

static void many_descriptors_under_way_are_waited_for(void **state)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        _exit(send_more_descriptors_than_may_be_under_way(ends[0]));
    /* Not before the bound is met: a sender that gives up there has ended by then. */
    poll(NULL, 0, 100);
    close_end(0);
    for (int i = 0; i < MESSAGES; i++) {
        struct error err = {0};
        struct frame frame;

        assert_ok(frame_receive(ends[1], 0, 20000, &frame, &err), &err);
        assert_int_equal(frame.fd_count, 1);
        frame_clear(&frame);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_pair, close_pair)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_message_arrives_with_type_body_and_descriptors),
        ROW(an_empty_body_is_a_message),
        ROW(two_messages_stay_apart),
        ROW(a_message_larger_than_the_socket_buffer_passes_whole),
        ROW(what_is_over_a_limit_is_not_sent),
        ROW(a_clean_end_is_peer_gone_and_a_torn_message_is_not),
        ROW(an_oversized_message_is_refused_before_its_body),
        ROW(silence_is_a_timeout),
        ROW(a_peer_that_does_not_read_is_a_timeout),
        ROW(unannounced_descriptors_are_refused_and_closed),
        ROW(announced_descriptors_that_do_not_come_are_refused),
        ROW(a_reader_puts_a_message_together_byte_by_byte),
        ROW(what_a_reader_has_begun_is_closed_with_it),
        ROW(json_goes_over_strictly_and_by_type),
        ROW(many_descriptors_under_way_are_waited_for),
    };

    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
