/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "agent/sensor-confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/sandbox.h"

#define MEMORY_BYTES (384 * MIB)
#define OPEN_FILES   1024 /* a start is a descriptor, a record of fanotify another */

/* What opens a file for anything but reading; O_CREAT and O_TMPFILE make one. */
#define NOT_READING (O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))

int sensor_confine(struct error *err)
{
    static const struct sandbox_call calls[] = {
        {SYS_openat, "/proc, programs that run, places of renames; reading only", 2, NOT_READING,
         O_RDONLY},
        {SYS_open_by_handle_at, "folders of a rename", 2, NOT_READING, O_RDONLY},
        {SYS_readlinkat, "paths of programs and files", -1, 0, 0},
        {SYS_getdents64, "who holds a socket", -1, 0, 0},
        {SYS_statx, "whether a program is ours", -1, 0, 0},
        {SYS_fstatfs, "which file system a rename was on", -1, 0, 0},
        {SYS_recvfrom, "process events, lists of sockets, tags", -1, 0, 0},
        {SYS_sendto, "events to the driver, asking for a list of sockets", -1, 0, 0},
        {SYS_geteuid, "whether there are sources that need root", -1, 0, 0},
    };
    const struct sandbox_profile profile = {
        .name = "sensor",
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
        .memory_bytes = MEMORY_BYTES,
        .open_files = OPEN_FILES,
        .observes = true,
        .capabilities = UINT64_C(1) << CAP_SYS_PTRACE | UINT64_C(1) << CAP_DAC_READ_SEARCH,
    };
    int result = sandbox_enter(&profile, err);

    return result < 0 ? result : sandbox_seal(&profile, err);
}

/* Whether this attempt was stopped by the filter; each would do no harm if it were not. */
static const struct attempt {
    const char *name;
    long number, arguments[4];
} attempts[] = {
    {"writing", SYS_openat, {AT_FDCWD, (long)"/dev/null", O_WRONLY, 0}},
    {"reading and writing", SYS_openat, {AT_FDCWD, (long)"/dev/null", O_RDWR, 0}},
    {"making a file", SYS_openat, {AT_FDCWD, (long)"/dev/null", O_RDONLY | O_CREAT, 0600}},
    {"making a file without a name", SYS_openat, {AT_FDCWD, (long)"/proc", O_RDWR | O_TMPFILE, 0}},
    {"openat2", SYS_openat2, {AT_FDCWD, (long)"/dev/null", 0, 0}},
    {"removing", SYS_unlinkat, {AT_FDCWD, (long)"/proc/none", 0, 0}},
    {"making a folder", SYS_mkdirat, {AT_FDCWD, (long)"/proc/none", 0, 0}},
    {"renaming", SYS_renameat2, {AT_FDCWD, (long)"/proc/none", AT_FDCWD, (long)"/proc/other"}},
    {"a socket", SYS_socket, {AF_UNIX, SOCK_STREAM, 0, 0}},
    {"starting a program", SYS_execve, {(long)"/proc/none", 0, 0, 0}},
    {"ptrace", SYS_ptrace, {PTRACE_PEEKDATA, 0, 0, 0}},
    {"reading memory of others", SYS_process_vm_readv, {0, 0, 0, 0}},
    {"a signal", SYS_kill, {1, 0, 0, 0}},
    {"mounting", SYS_umount2, {(long)"/proc/none", 0, 0, 0}},
    {"io_uring", SYS_io_uring_setup, {0, 0, 0, 0}},
    {"marks of fanotify", SYS_fanotify_mark, {-1, 0, 0, 0}},
};

int sensor_confine_selftest(struct error *err)
{
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        const long *with = attempts[i].arguments;

        if (syscall(attempts[i].number, with[0], with[1], with[2], with[3]) >= 0 || errno != EPERM)
            return error_set(err, ERROR_SANDBOX, "%s was let through", attempts[i].name);
    }
    return 0;
}
