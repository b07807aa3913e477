/* SPDX-License-Identifier: ISC */
#include "media/base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Each makes the call as an attacker would, without the C library between. Where a call that starts
 * something succeeds, what it started ends at once. */

static long try_open(void)
{
#ifdef SYS_open
    return syscall(SYS_open, "/", O_RDONLY | O_DIRECTORY);
#else
    return syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
#endif
}

static long try_openat(void)
{
    return syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
}

static long try_openat2(void)
{
    struct open_how how = {.flags = O_RDONLY | O_DIRECTORY};

    return syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof(how));
}

static long try_socket_unix(void)
{
    return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}

static long try_socket_inet(void)
{
    return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static long try_execve(void)
{
    char *arguments[] = {(char[]){"true"}, NULL};
    char *environment[] = {NULL};

    return syscall(SYS_execve, "/bin/true", arguments, environment);
}

static long try_execveat(void)
{
    char *arguments[] = {(char[]){"true"}, NULL};
    char *environment[] = {NULL};

    return syscall(SYS_execveat, AT_FDCWD, "/bin/true", arguments, environment, 0);
}

static long try_io_uring(void)
{
    char parameters[256] = {0};

    return syscall(SYS_io_uring_setup, 1, parameters);
}

static long try_ptrace(void)
{
    return syscall(SYS_ptrace, PTRACE_TRACEME, 0, NULL, NULL);
}

static long try_process(void)
{
    long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

    if (child == 0)
        syscall(SYS_exit_group, 0);
    return child;
}

/* The flags of a thread, and two that the kernel refuses together as invalid: the answer tells
 * whether a filter stood in the way, and no thread without a stack can come to be. */
static long try_thread(void)
{
    return syscall(SYS_clone,
                   CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_PIDFD |
                       CLONE_PARENT_SETTID,
                   NULL, NULL, NULL, NULL);
}

static long try_clone3(void)
{
    return syscall(SYS_clone3, NULL, 0);
}

static long try_kill(void)
{
    return syscall(SYS_kill, getppid(), 0);
}

static const struct {
    const char *name;
    long (*attempt)(void);
} attempts[] = {
    {"open", try_open},
    {"openat", try_openat},
    {"openat2", try_openat2},
    {"socket of a Unix kind", try_socket_unix},
    {"socket of an Internet kind", try_socket_inet},
    {"execve", try_execve},
    {"execveat", try_execveat},
    {"io_uring_setup", try_io_uring},
    {"ptrace", try_ptrace},
    {"clone of a process", try_process},
    {"clone of a thread", try_thread},
    {"clone3", try_clone3},
    {"kill of the parent", try_kill},
};

int sandbox_selftest(struct error *err)
{
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        long result;

        errno = 0;
        result = attempts[i].attempt();
        if (result >= 0)
            return error_set(err, ERROR_SANDBOX, "%s succeeded", attempts[i].name);
        if (errno != EPERM && errno != EACCES && errno != ENOSYS)
            return error_set(err, ERROR_SANDBOX, "%s was let through and failed with %s",
                             attempts[i].name, strerror(errno));
    }
    return 0;
}
