/* SPDX-License-Identifier: ISC
 *
 * cut N PROGRAM ARGUMENT...: runs a program and kills it at the Nth system call with which it would
 * change what is on disk, before the call happens. Without a cut (N is 0, or past the last such
 * call) its exit status is passed on, and the number of calls stands on descriptor 3. Cut: 137.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_FD 3
#define CUT      137

/* Calls that change names, sizes, bytes or what is flushed. Opening counts with O_CREAT only. */
static bool changes(const struct __ptrace_syscall_info *call)
{
    static const long numbers[] = {
        SYS_write,   SYS_pwrite64,  SYS_writev, SYS_pwritev,  SYS_ftruncate, SYS_fallocate,
        SYS_fsync,   SYS_fdatasync, SYS_syncfs, SYS_renameat, SYS_renameat2, SYS_unlinkat,
        SYS_mkdirat, SYS_symlinkat, SYS_linkat,
#ifdef SYS_rename
        SYS_rename,  SYS_unlink,    SYS_mkdir,  SYS_rmdir,    SYS_symlink,   SYS_link,
#endif
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (call->entry.nr == (unsigned long)numbers[i])
            return true;
    }
    return call->entry.nr == SYS_openat && (call->entry.args[2] & O_CREAT) != 0;
}

/* Runs to the next stop. Returns the signal to pass on, or -1 when it has ended. */
static int next_stop(pid_t child, int signal_number, int *status)
{
    if (ptrace(PTRACE_SYSCALL, child, 0, (void *)(intptr_t)signal_number) < 0)
        return -1;
    if (waitpid(child, status, 0) != child || !WIFSTOPPED(*status))
        return -1;
    return WSTOPSIG(*status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(*status);
}

static bool at_change(pid_t child)
{
    struct __ptrace_syscall_info call;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof(call), &call) <= 0)
        return false;
    return call.op == PTRACE_SYSCALL_INFO_ENTRY && changes(&call);
}

static int trace(pid_t child, long cut)
{
    int status = 0, signal_number = 0;
    long count = 0;

    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        return 126;
    if (ptrace(PTRACE_SETOPTIONS, child, 0, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) <
        0)
        return 126;
    while ((signal_number = next_stop(child, signal_number, &status)) >= 0) {
        if (WSTOPSIG(status) != (SIGTRAP | 0x80) || !at_change(child) || ++count != cut)
            continue;
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        return CUT;
    }
    dprintf(COUNT_FD, "%ld\n", count);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    char *end;
    long cut = argc > 2 ? strtol(argv[1], &end, 10) : -1;
    pid_t child;

    if (cut < 0 || *end != '\0') {
        fprintf(stderr, "usage: cut N PROGRAM ARGUMENT...\n");
        return 2;
    }
    child = fork();
    if (child < 0)
        return 126;
    if (child == 0) {
        close(COUNT_FD);
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0)
            execv(argv[2], argv + 2);
        _exit(126);
    }
    return trace(child, cut);
}
