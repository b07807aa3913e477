/* SPDX-License-Identifier: ISC
 *
 * The sandbox that a child enters before it reads its first byte from outside: no_new_privs,
 * resource limits, Landlock (ABI negotiated down to 1), seccomp allow-list. It fails closed: every
 * function here either confines the process or returns an error, after which the caller must exit.
 * Building without it takes configure --without-sandbox and shows in --version and in status.
 *
 * Order for programs with threads (measured: a thread made before Landlock stays outside it):
 *   sandbox_enter()  no_new_privs, Landlock, filter A (clone allowed, clone3 answers ENOSYS)
 *   ... make threads ...
 *   sandbox_seal()   filter B on all threads (TSYNC): no more threads
 * Programs with one thread call both in a row.
 */
#ifndef MEDIA_BASE_SANDBOX_H
#define MEDIA_BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

/* One allowed system call and why: the table is the policy and the documentation. */
struct sandbox_call {
    int number; /* SCMP_SYS(...) value */
    const char *why;
    int argument;  /* -1: any use; else the argument index that is compared */
    uint64_t mask; /* (argument & mask) == value is allowed */
    uint64_t value;
};

/* A folder that stays reachable, by descriptor. */
struct sandbox_folder {
    int fd;
    bool write; /* create, write, remove, rename beneath it; otherwise read only */
};

struct sandbox_profile {
    const char *name;
    const struct sandbox_call *calls; /* beyond the base table that every child has */
    size_t call_count;
    const struct sandbox_folder *folders;
    size_t folder_count;
    uint64_t memory_bytes;  /* RLIMIT_AS; 0: leave */
    uint64_t data_bytes;    /* RLIMIT_DATA, for who maps more than it may allocate; 0: leave */
    uint64_t file_bytes;    /* RLIMIT_FSIZE; 0 means no file may grow */
    unsigned open_files;    /* RLIMIT_NOFILE */
    unsigned cpu_seconds;   /* RLIMIT_CPU; 0: leave */
    bool threads;           /* threads will be made between enter and seal */
    bool executable_memory; /* PROT_EXEC allowed; only a driver for native models says yes */
    bool observes;          /* looks at processes of others, which the kernel lets nobody do whom
                               Landlock confines: the filter alone holds it, so no row of it may let
                               anything be written, made or removed */
    uint64_t capabilities;  /* bit n: capability n is kept where the process has it; for a root that
                               changes files, and nothing else */
    uint16_t connect_port;  /* not 0: sockets of TCP may be made, and of nothing else; where the
                               kernel's Landlock knows ports (ABI 4), for this port only */
};

/* What is in force, for status and --version. landlock 0: none (built without). */
struct sandbox_status {
    int landlock_abi;
    bool seccomp;
    bool own_user;
};

int sandbox_enter(const struct sandbox_profile *profile, struct error *err) ERROR_MUST_CHECK;
int sandbox_seal(const struct sandbox_profile *profile, struct error *err) ERROR_MUST_CHECK;

/* What this kernel and build offer, without entering. */
void sandbox_probe(struct sandbox_status *status);

/* In a sealed process: tries open, socket, execve, io_uring_setup, ptrace, clone and kill of
 * another process, and answers ERROR_SANDBOX naming the first that was not refused. Run by tests
 * from inside real programs (hidden request SANDBOX_SELFTEST of each) on every thread. */
int sandbox_selftest(struct error *err) ERROR_MUST_CHECK;

#endif
