/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/log.h"

struct pipes {
    int sink[2];  /* what log_write writes */
    int child[2]; /* what log_relay reads */
    char text[8192];
};

static int open_pipes(void **state)
{
    static struct pipes pipes;

    *state = &pipes;
    if (pipe2(pipes.sink, O_NONBLOCK) < 0 || pipe2(pipes.child, O_NONBLOCK) < 0)
        return -1;
    log_open("prog", pipes.sink[1], LOG_LEVEL_INFO);
    return 0;
}

static int close_pipes(void **state)
{
    struct pipes *pipes = *state;

    for (int i = 0; i < 2; i++) {
        close(pipes->sink[i]);
        close(pipes->child[i]);
    }
    log_open("prog", STDERR_FILENO, LOG_LEVEL_INFO);
    return 0;
}

static const char *logged(struct pipes *pipes)
{
    ssize_t size = read(pipes->sink[0], pipes->text, sizeof(pipes->text) - 1);

    pipes->text[size > 0 ? size : 0] = '\0';
    return pipes->text;
}

static void an_event_is_one_escaped_line(void **state)
{
    errno = EDOM;
    log_write(LOG_LEVEL_WARN, "file %s", "a\nprog: error: forged\x1b[2J");
    assert_int_equal(errno, EDOM);
    assert_string_equal(logged(*state), "prog: warn: file a\\u{A}prog: error: forged\\u{1B}[2J\n");
    shows_case("J8");
}

static void what_is_below_the_threshold_is_not_written(void **state)
{
    log_write(LOG_LEVEL_DEBUG, "quiet");
    log_write(LOG_LEVEL_ERROR, "loud");
    assert_string_equal(logged(*state), "prog: error: loud\n");
}

static void a_long_line_is_cut(void **state)
{
    char text[4 * LIMIT_LOG_LINE];
    const char *line;

    memset(text, '\x01', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_write(LOG_LEVEL_INFO, "%s", text);
    line = logged(*state);
    assert_true(strlen(line) <= LIMIT_LOG_LINE);
    assert_int_equal(line[strlen(line) - 1], '\n');
    assert_null(strchr(line, '\x01'));
}

static void a_child_can_not_speak_in_our_name(void **state)
{
    static const char said[] = "driver: info: ready\n\n\x1b]0;x\x07prog: error: no\ntail";
    struct pipes *pipes = *state;

    assert_int_equal(write(pipes->child[1], said, sizeof(said) - 1), sizeof(said) - 1);
    assert_int_equal(log_relay(pipes->child[0], "driver-null"), 0);
    assert_string_equal(logged(pipes), "prog: driver-null: driver: info: ready\n"
                                       "prog: driver-null: \\u{1B}]0;x\\u{7}prog: error: no\n"
                                       "prog: driver-null: tail\n");
    shows_case("J8");
}

static void the_end_of_a_child_is_told_apart_from_silence(void **state)
{
    struct pipes *pipes = *state;

    assert_int_equal(log_relay(pipes->child[0], "child"), 0);
    close(pipes->child[1]);
    assert_int_equal(log_relay(pipes->child[0], "child"), -1);
    pipes->child[1] = dup(STDERR_FILENO);
}

/* Lines of one letter, as fast as it can. */
static pid_t start_chatter(int fd)
{
    char text[4096];
    pid_t pid;

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = i % 2 == 0 ? 'x' : '\n';
    if ((pid = fork()) == 0) {
        alarm(60);
        while (fcntl(fd, F_SETFL, 0) == 0 && write(fd, text, sizeof(text)) > 0)
            continue;
        _exit(0);
    }
    return pid;
}

/* A program that was taken over may write for ever; who relays it has other work, too. */
static void a_child_that_never_stops_talking_keeps_nobody(void **state)
{
    struct pipes *pipes = *state;
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    pid_t pid;

    assert_true(nowhere >= 0);
    log_open("prog", nowhere, LOG_LEVEL_INFO);
    pid = start_chatter(pipes->child[1]);
    assert_true(pid > 0);
    for (int i = 0; i < 3; i++) {
        struct pollfd ready = {.fd = pipes->child[0], .events = POLLIN};

        assert_int_equal(poll(&ready, 1, 20000), 1);
        log_drain(pipes->child[0], "child");
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(nowhere);
}

#define pipe_test(function) cmocka_unit_test_setup_teardown(function, open_pipes, close_pipes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        pipe_test(an_event_is_one_escaped_line),
        pipe_test(what_is_below_the_threshold_is_not_written),
        pipe_test(a_long_line_is_cut),
        pipe_test(a_child_can_not_speak_in_our_name),
        pipe_test(the_end_of_a_child_is_told_apart_from_silence),
        pipe_test(a_child_that_never_stops_talking_keeps_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
