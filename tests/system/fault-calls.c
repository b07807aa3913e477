/* SPDX-License-Identifier: ISC */
#include "tests/system/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define CALL(name) SYS_##name, #name
#define CHANGE     FAULT_CHANGE, false, false
#define WRITES     FAULT_CHANGE | FAULT_MESSAGE, true, true
#define FLUSHES    FAULT_CHANGE, true, false
#define OPENS      FAULT_OPEN, false, false
#define READS      FAULT_READ, false, true
#define TALKS      FAULT_MESSAGE, false, false

static const struct fault_call calls[] = {
    {CALL(write), WRITES},
    {CALL(pwrite64), WRITES},
    {CALL(writev), FAULT_CHANGE | FAULT_MESSAGE, true, false},
    {CALL(pwritev), FAULT_CHANGE, true, false},
    {CALL(copy_file_range), CHANGE},
    {CALL(ftruncate), FLUSHES},
    {CALL(fallocate), FLUSHES},
    {CALL(fsync), FLUSHES},
    {CALL(fdatasync), FLUSHES},
    {CALL(syncfs), FLUSHES},
    {CALL(fchmod), FLUSHES},
    {CALL(fchown), FLUSHES},
    {CALL(fchmodat), CHANGE},
    {CALL(fchownat), CHANGE},
    {CALL(renameat), CHANGE},
    {CALL(renameat2), CHANGE},
    {CALL(unlinkat), CHANGE},
    {CALL(mkdirat), CHANGE},
    {CALL(symlinkat), CHANGE},
    {CALL(linkat), CHANGE},
    {CALL(utimensat), CHANGE},
#ifdef SYS_rename
    {CALL(rename), CHANGE},
    {CALL(unlink), CHANGE},
    {CALL(mkdir), CHANGE},
    {CALL(rmdir), CHANGE},
    {CALL(symlink), CHANGE},
    {CALL(link), CHANGE},
    {CALL(chmod), CHANGE},
    {CALL(chown), CHANGE},
    {CALL(open), FAULT_OPEN | FAULT_CHANGE, false, false},
    {CALL(pipe), OPENS},
    {CALL(accept), OPENS},
#endif
    {CALL(openat), FAULT_OPEN | FAULT_CHANGE, false, false},
    {CALL(openat2), FAULT_OPEN | FAULT_CHANGE, false, false},
    {CALL(socket), OPENS},
    {CALL(socketpair), OPENS},
    {CALL(accept4), OPENS},
    {CALL(pipe2), OPENS},
    {CALL(dup), OPENS},
    {CALL(dup3), OPENS},
    {CALL(memfd_create), OPENS},
    {CALL(epoll_create1), OPENS},
    {CALL(signalfd4), OPENS},
    {CALL(eventfd2), OPENS},
    {CALL(pidfd_open), OPENS},
    {CALL(landlock_create_ruleset), OPENS},
    {CALL(read), READS},
    {CALL(pread64), READS},
    {CALL(sendmsg), TALKS},
    {CALL(recvmsg), TALKS},
    {CALL(sendto), TALKS},
    {CALL(recvfrom), TALKS},
};

const struct fault_call *fault_call_at(size_t index)
{
    return index < sizeof(calls) / sizeof(calls[0]) ? &calls[index] : NULL;
}

const struct fault_call *fault_call_find(long number)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (calls[i].number == number)
            return &calls[i];
    }
    return NULL;
}

/* Whether the call's descriptor is a file or folder, or bytes in memory that have a file's calls;
 * else it is a pipe, a socket, a terminal. A process that can't be looked into (not dumpable, and we
 * are not root) is taken to log with write. */
static bool is_file(const struct fault_call *call, pid_t pid, unsigned long long fd)
{
    char path[64];
    struct stat status;

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, (int)fd);
    if (stat(path, &status) < 0)
        return call->number != SYS_write && call->number != SYS_writev;
    return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

/* openat2's flags lie in the caller's memory, first in their structure. */
static bool creates(const struct fault_call *call, pid_t pid, const unsigned long long *args)
{
    unsigned long long flags = args[2];

#ifdef SYS_open
    if (call->number == SYS_open)
        flags = args[1];
#endif
    errno = 0;
    if (call->number == SYS_openat2)
        flags = (unsigned long long)ptrace(PTRACE_PEEKDATA, pid, (void *)(uintptr_t)args[2], 0);
    return errno == 0 && (flags & O_CREAT) != 0;
}

unsigned fault_call_classes(const struct fault_call *call, pid_t pid,
                            const unsigned long long *args)
{
    unsigned classes = call->classes;

    if (call->descriptor)
        return is_file(call, pid, args[0]) ? FAULT_CHANGE : classes & ~(unsigned)FAULT_CHANGE;
    if ((classes & FAULT_OPEN) != 0 && !creates(call, pid, args))
        classes &= ~(unsigned)FAULT_CHANGE;
    return classes;
}

unsigned fault_call_parse(const char *names)
{
    static const struct {
        const char *name;
        unsigned bit;
    } rows[] = {{"change", FAULT_CHANGE},
                {"open", FAULT_OPEN},
                {"message", FAULT_MESSAGE},
                {"read", FAULT_READ}};
    unsigned classes = 0;

    while (*names != '\0') {
        size_t length = strcspn(names, ",");
        unsigned found = 0;

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            if (strlen(rows[i].name) == length && strncmp(rows[i].name, names, length) == 0)
                found = rows[i].bit;
        }
        if (found == 0)
            return 0;
        classes |= found;
        names += length + (names[length] == ',');
    }
    return classes;
}
