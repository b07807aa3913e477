/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "agent/sensor-confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>

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
