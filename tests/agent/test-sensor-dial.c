/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/sensor-dial.h"
#include "agent/sensor-protocol.h"
#include "tests/scratch.h"

#define STRANGER 65534

/* A socket beside that for clients; listens where asked to. */
static int put_socket(const struct scratch *scratch, int backlog)
{
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(snprintf(place.sun_path, sizeof(place.sun_path), "%s/" SENSOR_SOCKET,
                         scratch->path) < (int)sizeof(place.sun_path));
    assert_int_equal(bind(fd, (const struct sockaddr *)&place, sizeof(place)), 0);
    if (backlog > 0)
        assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

static int dial(const struct scratch *scratch, int *fd, struct error *err)
{
    struct config config = {0};
    char socket[512];

    snprintf(socket, sizeof(socket), "%s/agent.sock", scratch->path);
    config.socket = socket;
    return sensor_dial(&config, fd, err);
}

static void without_a_socket_there_is_no_service(void **state)
{
    const struct scratch *scratch = *state;
    struct scratch *far = bytes_allocate(1, sizeof(*far));
    struct error err = {0};
    int fd = 0;

    assert_ok(dial(scratch, &fd, &err), &err);
    assert_int_equal(fd, -1);
    memset(far->path, 'a', 200); /* longer than a socket's path */
    assert_ok(dial(far, &fd, &err), &err);
    assert_int_equal(fd, -1);
    free(far);
}

static void a_service_is_connected_to(void **state)
{
    struct error err = {0};
    int listener = put_socket(*state, 1), fd, caller;
    char byte = 0;

    assert_ok(dial(*state, &fd, &err), &err);
    assert_true(fd >= 0);
    caller = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_int_equal(send(caller, "a", 1, 0), 1);
    assert_int_equal(recv(fd, &byte, 1, 0), 1);
    assert_int_equal(byte, 'a');
    close(caller);
    close(fd);
    close(listener);
}

static void what_nobody_answers_at_is_an_error(void **state)
{
    const struct scratch *scratch = *state;
    struct error err = {0};
    int bound = put_socket(scratch, 0), fd;

    assert_refused(dial(scratch, &fd, &err), &err, ERROR_PEER_GONE);
    assert_int_equal(fd, -1);
    close(bound);
    assert_int_equal(unlinkat(scratch->fd, SENSOR_SOCKET, 0), 0);
    scratch_write(scratch, SENSOR_SOCKET, "");
    assert_refused(dial(scratch, &fd, &err), &err, ERROR_PEER_GONE);
    assert_int_equal(fd, -1);
}

/* Who listens is who the kernel says listened first, wherever the socket is now. */
static void another_user_is_not_believed(void **state)
{
    struct error err = {0};
    int listener, fd, status;
    pid_t child;

    if (geteuid() != 0)
        skip();
    listener = put_socket(*state, 0);
    child = fork();
    if (child == 0)
        _exit(setresuid(STRANGER, STRANGER, STRANGER) == 0 && listen(listener, 1) == 0 ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_refused(dial(*state, &fd, &err), &err, ERROR_PEER_GONE);
    assert_non_null(strstr(err.words, "user 65534 listens"));
    assert_int_equal(fd, -1);
    close(listener);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_socket_there_is_no_service),
        TEST(a_service_is_connected_to),
        TEST(what_nobody_answers_at_is_an_error),
        TEST(another_user_is_not_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
