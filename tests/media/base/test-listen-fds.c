/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/base/listen-fds.h"

#define PLACE 3 /* where a manager puts the first */

struct handed {
    int family, type;
    bool listens;
    const char *count; /* LISTEN_FDS */
    bool for_us;
    int want;  /* what listen_fds_take() returns */
    int asked; /* family */
};

static int make_socket(const struct handed *handed)
{
    int fd = socket(handed->family, handed->type, 0);

    if (fd >= 0 && handed->listens && listen(fd, 1) < 0) {
        const struct sockaddr unnamed = {.sa_family = AF_UNIX};

        /* A socket of the abstract namespace, with a name that the kernel chooses. */
        if (bind(fd, &unnamed, sizeof(unnamed.sa_family)) < 0 || listen(fd, 1) < 0)
            return -1;
    }
    return fd;
}

/* As the process that a manager starts: with the socket in its place. */
static void be_started(const struct handed *handed)
{
    char pid[24];
    int fd = make_socket(handed);

    if (fd < 0 || (fd != PLACE && dup2(fd, PLACE) != PLACE))
        _exit(9);
    snprintf(pid, sizeof(pid), "%d", handed->for_us ? getpid() : 1);
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", handed->count, 1);
}

static void take(const struct handed *handed)
{
    struct error err = {0};
    int fd = -2, result;

    be_started(handed);
    result = listen_fds_take(handed->asked, &fd, &err);
    if (result != handed->want || getenv("LISTEN_FDS") != NULL || getenv("LISTEN_PID") != NULL)
        _exit(1);
    if (result < 0 || !handed->for_us)
        _exit(fd == -1 ? 0 : 2);
    if (fd != PLACE || (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0 ||
        (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0)
        _exit(3);
    _exit(listen_fds_take(handed->asked, &fd, &err) == 0 && fd == -1 ? 0 : 4);
}

static int status_of(const struct handed *handed)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        take(handed);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void one_listening_socket_of_the_family_is_taken(void **state)
{
    const struct handed local = {AF_UNIX, SOCK_STREAM, true, "1", true, 0, AF_UNIX};
    const struct handed internet = {AF_INET, SOCK_STREAM, true, "1", true, 0, AF_INET};
    const struct handed six = {AF_INET6, SOCK_STREAM, true, "1", true, 0, AF_INET};

    assert_int_equal(status_of(&local), 0);
    assert_int_equal(status_of(&internet), 0);
    assert_int_equal(status_of(&six), 0);
}

static void anything_else_is_refused(void **state)
{
    const struct handed rows[] = {
        {AF_UNIX, SOCK_STREAM, false, "1", true, -(int)ERROR_CONFIG, AF_UNIX},
        {AF_UNIX, SOCK_DGRAM, false, "1", true, -(int)ERROR_CONFIG, AF_UNIX},
        {AF_UNIX, SOCK_SEQPACKET, true, "1", true, -(int)ERROR_CONFIG, AF_UNIX},
        {AF_INET, SOCK_STREAM, true, "1", true, -(int)ERROR_CONFIG, AF_UNIX},
        {AF_UNIX, SOCK_STREAM, true, "1", true, -(int)ERROR_CONFIG, AF_INET},
        {AF_UNIX, SOCK_STREAM, true, "2", true, -(int)ERROR_CONFIG, AF_UNIX},
        {AF_UNIX, SOCK_STREAM, true, "0", true, -(int)ERROR_CONFIG, AF_UNIX},
        {AF_UNIX, SOCK_STREAM, true, "", true, -(int)ERROR_CONFIG, AF_UNIX},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(status_of(&rows[i]), 0);
}

static void what_is_meant_for_another_process_is_left(void **state)
{
    const struct handed row = {AF_UNIX, SOCK_STREAM, true, "1", false, 0, AF_UNIX};

    assert_int_equal(status_of(&row), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_listening_socket_of_the_family_is_taken),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(what_is_meant_for_another_process_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
