/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "media/base/sandbox-calls.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>

#define ANY  -1, 0, 0
#define CALL SCMP_SYS

/* Exactly this value of an argument. */
#define IS(argument, value) argument, UINT32_MAX, value

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define NAMESPACE_FLAGS                                                                            \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

/* Nothing here opens, names, connects, starts or watches anything: it works on descriptors and
 * memory that the process already has. */
static const struct sandbox_call base[] = {
    {CALL(read), "what it is asked and given", ANY},
    {CALL(readv), "the same", ANY},
    {CALL(pread64), "files that were given by descriptor", ANY},
    {CALL(write), "log pipe", ANY},
    {CALL(writev), "the same, as the C library's streams write", ANY},
    {CALL(sendmsg), "answers, with descriptors", ANY},
    {CALL(recvmsg), "requests, with descriptors", ANY},
    {CALL(poll), "waiting for requests", ANY},
    {CALL(ppoll), "the same; what poll is on other machines", ANY},
    {CALL(close), "descriptors that are done with", ANY},
    {CALL(lseek), "position in given files", ANY},
    {CALL(fstat), "size of given files", ANY},
    /* Also takes a path beside the flag: names and sizes of files can be learnt, no bytes. */
    {CALL(newfstatat), "fstat as newer C libraries make it", 3, AT_EMPTY_PATH, AT_EMPTY_PATH},
    {CALL(fcntl), "descriptor flags", IS(1, F_GETFD)},
    {CALL(fcntl), "descriptor flags", IS(1, F_SETFD)},
    {CALL(fcntl), "whether a descriptor is read-only", IS(1, F_GETFL)},
    {CALL(munmap), "giving memory back", ANY},
    {CALL(mremap), "growing memory in place; keeps its protection", ANY},
    {CALL(brk), "memory", ANY},
    {CALL(madvise), "giving memory back", ANY},
    {CALL(sysinfo), "the C library's sort asks how much memory there is", ANY},
    {CALL(sched_getaffinity), "the C library's allocator asks how many processors there are", ANY},
    {CALL(futex), "locks between threads", ANY},
    {CALL(set_robust_list), "start of a thread", ANY},
    {CALL(rseq), "start of a thread", ANY},
    {CALL(sched_yield), "locks between threads", ANY},
    {CALL(exit), "end of a thread", ANY},
    {CALL(exit_group), "end of the process", ANY},
    {CALL(rt_sigaction), "abort, and libraries that guard a read of mapped memory", ANY},
    {CALL(rt_sigprocmask), "start and end of threads, abort", ANY},
    {CALL(rt_sigreturn), "return from a signal", ANY},
    {CALL(sigaltstack), "signal stack of a thread", ANY},
    {CALL(restart_syscall), "a wait that a stop interrupted", ANY},
    {CALL(clock_gettime), "deadlines, where the clock is not mapped", ANY},
    {CALL(clock_getres), "the same", ANY},
    {CALL(gettimeofday), "the same", ANY},
    {CALL(time), "the same", ANY},
    {CALL(getrandom), "random numbers", ANY},
    {CALL(getpid), "own number", ANY},
    {CALL(gettid), "own number", ANY},
    {CALL(getppid), "whether the parent is still there", ANY},
};

static const struct sandbox_call executable[] = {
    {CALL(mmap), "memory, also executable", ANY},
    {CALL(mprotect), "memory, also executable", ANY},
};

static const struct sandbox_call not_executable[] = {
    {CALL(mmap), "memory that is never executable", 2, PROT_EXEC, 0},
    {CALL(mprotect), "memory that is never executable", 2, PROT_EXEC, 0},
};

static const struct sandbox_call unsealed[] = {
    {CALL(seccomp), "sealing: the second filter", ANY},
};

static const struct sandbox_call threads[] = {
    {CALL(clone), "threads, no processes and no namespaces", 0, THREAD_FLAGS | NAMESPACE_FLAGS,
     THREAD_FLAGS},
};

static const struct sandbox_call build[] = {
#ifdef WITH_SANITIZERS
    {CALL(prlimit64), "sanitizers: bounds of a thread's stack", ANY},
    {CALL(readlink), "sanitizers: own name in a report", ANY},
#endif
#ifdef WITH_COVERAGE
    {CALL(open), "coverage: counter files", ANY},
    {CALL(openat), "coverage: counter files", ANY},
    {CALL(fcntl), "coverage: lock on counter files", IS(1, F_SETLKW)},
    {CALL(ftruncate), "coverage: counter files", ANY},
    {CALL(mkdir), "coverage: their folder", ANY},
#endif
};

#define TABLE(rows)                                                                                \
    (struct sandbox_call_table)                                                                    \
    {                                                                                              \
        (rows), sizeof(rows) / sizeof((rows)[0])                                                   \
    }

struct sandbox_call_table sandbox_calls_base(void)
{
    return TABLE(base);
}

struct sandbox_call_table sandbox_calls_executable(void)
{
    return TABLE(executable);
}

struct sandbox_call_table sandbox_calls_not_executable(void)
{
    return TABLE(not_executable);
}

struct sandbox_call_table sandbox_calls_unsealed(void)
{
    return TABLE(unsealed);
}

struct sandbox_call_table sandbox_calls_threads(void)
{
    return TABLE(threads);
}

struct sandbox_call_table sandbox_calls_build(void)
{
    return TABLE(build);
}
