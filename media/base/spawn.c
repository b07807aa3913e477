/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "media/base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/base/frame.h"

/* Above every number that a child uses, so that moving one descriptor into place never closes
 * another that is still to be moved. */
#define SPARE_FD (SPAWN_FD_SOCKET + SPAWN_FDS + 1)

#define FAILED_STATUS 127

static const char *const environment[] = {
    "LC_ALL=C", "TZ=UTC0",
#ifdef WITH_SANITIZERS
    /* The leak check at exit needs ptrace, which the sandbox refuses. */
    "ASAN_OPTIONS=detect_leaks=0",
#endif
    NULL};

/* execve() does not write to its strings; its prototype is older than const. */
union strings {
    const char *const *in;
    char *const *out;
};

/* What went wrong in the child before the program ran, told through the error pipe. */
struct failure {
    int number; /* errno */
    char step[28];
};

/* Everything that the child needs, looked up before fork: afterwards only system calls. */
struct prepared {
    const struct spawn *spawn;
    char program[PATH_MAX];
    uid_t uid;
    gid_t gid;
    pid_t parent;
    int fds[SPAWN_FDS];
    int report; /* write end of the error pipe */
};

static void fail(int report, const char *step)
{
    struct failure failure = {.number = errno};

    memcpy(failure.step, step, strnlen(step, sizeof(failure.step) - 1));
    /* Where even this cannot be told, the exit status is all that is left. */
    if (write(report, &failure, sizeof(failure)) < 0)
        _exit(FAILED_STATUS);
    _exit(FAILED_STATUS);
}

static void reset_signals(void)
{
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL); /* refused for SIGKILL, SIGSTOP and the C library's own */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Descriptors 0-2 on nothing, 3.. as named, the error pipe behind them until exec, nothing else. */
static int place_descriptors(struct prepared *prepared)
{
    size_t count = prepared->spawn->fd_count;
    int last = SPAWN_FD_SOCKET + (int)count;
    int null;

    prepared->report = fcntl(prepared->report, F_DUPFD_CLOEXEC, SPARE_FD);
    for (size_t i = 0; i < count; i++) {
        prepared->fds[i] = fcntl(prepared->fds[i], F_DUPFD_CLOEXEC, SPARE_FD);
        if (prepared->fds[i] < 0)
            return -1;
    }
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    null = null < 0 ? -1 : fcntl(null, F_DUPFD_CLOEXEC, SPARE_FD);
    if (null < 0)
        return -1;
    for (int fd = 0; fd < SPAWN_FD_SOCKET; fd++) {
        if (dup2(null, fd) < 0)
            return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (dup2(prepared->fds[i], SPAWN_FD_SOCKET + (int)i) < 0)
            return -1;
    }
    if (dup3(prepared->report, last, O_CLOEXEC) < 0)
        return -1;
    prepared->report = last;
    return close_range((unsigned)last + 1, ~0U, 0);
}

static int become_user(const struct prepared *prepared)
{
    if (prepared->spawn->user == NULL)
        return 0;
    if (setgroups(0, NULL) < 0 || setresgid(prepared->gid, prepared->gid, prepared->gid) < 0)
        return -1;
    return setresuid(prepared->uid, prepared->uid, prepared->uid);
}

static int set_limits(const struct spawn *spawn)
{
    for (size_t i = 0; i < spawn->limit_count; i++) {
        struct rlimit limit = {spawn->limits[i].value, spawn->limits[i].value};

        if (setrlimit((__rlimit_resource_t)spawn->limits[i].resource, &limit) < 0)
            return -1;
    }
    return 0;
}

/* After the change of user, because that change clears the request. A parent that ended before it
 * is noticed by its number. */
static int die_with_parent(const struct prepared *prepared)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -1;
    if (getppid() != prepared->parent) {
        errno = ESRCH;
        return -1;
    }
    return 0;
}

static void run_child(struct prepared *prepared)
{
    union strings arguments = {.in = prepared->spawn->arguments};
    union strings variables = {.in = environment};
    int program;

    reset_signals();
    umask(077);
    if (place_descriptors(prepared) < 0)
        fail(prepared->report, "placing descriptors");
    program = open(prepared->program, O_PATH | O_CLOEXEC);
    if (program < 0)
        fail(prepared->report, "");
    if (setsid() < 0)
        fail(prepared->report, "starting a session");
    if (set_limits(prepared->spawn) < 0)
        fail(prepared->report, "setting limits");
    if (become_user(prepared) < 0)
        fail(prepared->report, "changing user");
    if (die_with_parent(prepared) < 0)
        fail(prepared->report, "tying to the parent");
    if (chdir("/") < 0)
        fail(prepared->report, "leaving the folder");
    execve(prepared->program, arguments.out, variables.out);
    /* The new user may not reach the program's folder; the program itself was opened before. */
    if (errno == EACCES)
        execveat(program, "", arguments.out, variables.out, AT_EMPTY_PATH);
    fail(prepared->report, "");
}

static int look_up_user(const struct spawn *spawn, struct prepared *prepared, struct error *err)
{
    const struct passwd *entry;

    if (spawn->user == NULL)
        return 0;
    entry = getpwnam(spawn->user);
    if (entry == NULL)
        return error_set(err, ERROR_NOT_FOUND, "user %s does not exist", spawn->user);
    prepared->uid = entry->pw_uid;
    prepared->gid = entry->pw_gid;
    return 0;
}

static int prepare(const struct spawn *spawn, struct prepared *prepared, struct error *err)
{
    *prepared = (struct prepared){.spawn = spawn, .parent = getpid(), .report = -1};
    if (spawn->fd_count > SPAWN_FDS)
        return error_set(err, ERROR_INTERNAL, "%s: more than %d descriptors", spawn->program,
                         SPAWN_FDS);
    memcpy(prepared->fds, spawn->fds, sizeof(int) * spawn->fd_count);
    /* The child leaves the folder that we are in, so its program's path must not depend on it. */
    if (realpath(spawn->program, prepared->program) == NULL)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s",
                               spawn->program);
    return look_up_user(spawn, prepared, err);
}

/* Reads the error pipe: closed without a word means that the program runs. */
static int await_start(int pipe_end, const char *program, struct error *err)
{
    struct failure failure;
    ssize_t got;

    do
        got = read(pipe_end, &failure, sizeof(failure));
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return 0;
    if (got != (ssize_t)sizeof(failure))
        return error_set(err, ERROR_IO, "%s: did not start", program);
    failure.step[sizeof(failure.step) - 1] = '\0';
    if (failure.step[0] != '\0')
        return error_set_errno(err, ERROR_IO, failure.number, "%s: %s", program, failure.step);
    return error_set_errno(err, failure.number == ENOENT ? ERROR_NOT_FOUND : ERROR_IO,
                           failure.number, "%s", program);
}

int spawn_start(const struct spawn *spawn, struct child *child, struct error *err)
{
    struct prepared prepared;
    int report[2] = {-1, -1};
    int result;

    *child = (struct child){.pidfd = -1, .socket = -1, .log = -1};
    result = prepare(spawn, &prepared, err);
    if (result < 0)
        return result;
    if (pipe2(report, O_CLOEXEC) < 0)
        return error_set_errno(err, ERROR_IO, errno, "making a pipe");
    prepared.report = report[1];
    child->pid = fork();
    if (child->pid == 0)
        run_child(&prepared);
    close(report[1]);
    if (child->pid < 0) {
        child->pid = 0;
        result = error_set_errno(err, ERROR_IO, errno, "%s: starting a process", spawn->program);
        goto out;
    }
    child->pidfd = pidfd_open(child->pid, 0);
    result = child->pidfd < 0 ? error_set_errno(err, ERROR_IO, errno, "watching a process")
                              : await_start(report[0], spawn->program, err);
    if (result < 0)
        spawn_kill(child);
out:
    close(report[0]);
    return result;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int spawn_with_socket(const struct spawn *spawn, struct child *child, struct error *err)
{
    struct spawn wider = *spawn;
    int sockets[2] = {-1, -1};
    int log[2] = {-1, -1};
    int result;

    *child = (struct child){.pidfd = -1, .socket = -1, .log = -1};
    if (spawn->fd_count > SPAWN_FDS - 2)
        return error_set(err, ERROR_INTERNAL, "%s: too many descriptors", spawn->program);
    result = frame_pair(sockets, err);
    if (result < 0)
        return result;
    if (pipe2(log, O_CLOEXEC) < 0 || fcntl(log[0], F_SETFL, O_NONBLOCK) < 0) {
        result = error_set_errno(err, ERROR_IO, errno, "making a log pipe");
        goto out;
    }
    memcpy(wider.fds + 2, spawn->fds, sizeof(int) * spawn->fd_count);
    wider.fds[0] = sockets[1];
    wider.fds[1] = log[1];
    wider.fd_count += 2;
    result = spawn_start(&wider, child, err);
    if (result < 0)
        goto out;
    child->socket = sockets[0];
    child->log = log[0];
    sockets[0] = log[0] = -1;
out:
    for (size_t i = 0; i < 2; i++) {
        close_fd(&sockets[i]);
        close_fd(&log[i]);
    }
    return result;
}

static void reap(struct child *child, int *status)
{
    while (waitpid(child->pid, status, 0) < 0 && errno == EINTR)
        ;
    close_fd(&child->pidfd);
    close_fd(&child->socket);
    close_fd(&child->log);
    child->pid = 0;
}

int spawn_finish(struct child *child, int deadline_ms, int *status, int *killed, struct error *err)
{
    struct pollfd ended = {.fd = child->pidfd, .events = POLLIN};
    int ready;

    *status = 0;
    *killed = 0;
    if (child->pid <= 0)
        return error_set(err, ERROR_INTERNAL, "no child to finish");
    do
        ready = poll(&ended, 1, deadline_ms);
    while (ready < 0 && errno == EINTR);
    if (ready <= 0) {
        *killed = 1;
        kill(child->pid, SIGKILL);
    }
    reap(child, status);
    return 0;
}

void spawn_kill(struct child *child)
{
    int status;

    if (child->pid <= 0)
        return;
    kill(child->pid, SIGKILL);
    reap(child, &status);
}

const char *spawn_status_text(int status, char *out, size_t out_size)
{
    if (WIFEXITED(status))
        snprintf(out, out_size, "exited %d", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        snprintf(out, out_size, "killed by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(out, out_size, "ended with status %d", status);
    return out;
}
