/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "media/base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/sandbox-calls.h"
#include "media/base/sandbox-landlock.h"

#define FOLDERS 8 /* no profile has more than one */

static int add_rows(scmp_filter_ctx filter, struct sandbox_call_table table)
{
    for (size_t i = 0; i < table.count; i++) {
        const struct sandbox_call *row = &table.rows[i];
        int result;

        if (row->argument < 0)
            result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, row->number, 0);
        else
            result = seccomp_rule_add(
                filter, SCMP_ACT_ALLOW, row->number, 1,
                SCMP_CMP((unsigned)row->argument, SCMP_CMP_MASKED_EQ, row->mask, row->value));
        if (result < 0 && result != -EEXIST) /* a wider row of the same call was there before */
            return result;
    }
    return 0;
}

/* UDP would go to any port: Landlock knows those of TCP only. */
static int add_tcp(scmp_filter_ctx filter)
{
    static const int families[] = {AF_INET, AF_INET6};
    int result = 0;

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]) && result == 0; i++)
        result = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 3,
            SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, (scmp_datum_t)families[i]),
            SCMP_A1(SCMP_CMP_MASKED_EQ, (scmp_datum_t) ~(SOCK_CLOEXEC | SOCK_NONBLOCK) & UINT32_MAX,
                    SOCK_STREAM),
            SCMP_A2(SCMP_CMP_MASKED_EQ, UINT32_MAX & ~(scmp_datum_t)IPPROTO_TCP, 0));
    return result;
}

/* Refusals answer EPERM, so that a library that probes for a call goes on without it and so that
 * the self test can see them. clone3 is refused as unknown: its flags lie in memory, where a filter
 * cannot look, and the C library then falls back to clone. */
static int fill(scmp_filter_ctx filter, const struct sandbox_profile *profile, bool sealed)
{
    struct sandbox_call_table own = {profile->calls, profile->call_count};
    const struct {
        bool wanted;
        struct sandbox_call_table table;
    } parts[] = {
        {true, sandbox_calls_base()},
        {profile->executable_memory, sandbox_calls_executable()},
        {!profile->executable_memory, sandbox_calls_not_executable()},
        {true, own},
        {true, sandbox_calls_build()},
        {!sealed, sandbox_calls_unsealed()},
        {!sealed && profile->threads, sandbox_calls_threads()},
    };
    int result = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && result == 0; i++)
        result = parts[i].wanted ? add_rows(filter, parts[i].table) : 0;
    if (result == 0 && profile->connect_port != 0)
        result = add_tcp(filter);
    if (result == 0)
        result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    /* abort(): a signal to ourselves, and to nobody else. */
    if (result == 0)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, (scmp_datum_t)getpid()));
    return result == -EEXIST ? 0 : result;
}

static int load_filter(const struct sandbox_profile *profile, bool sealed, struct error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int result;

    if (filter == NULL)
        return error_set(err, ERROR_SANDBOX, "seccomp: no filter could be made");
    result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (result == 0)
        result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0); /* is set already */
    if (result == 0 && sealed)
        result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (result == 0)
        result = fill(filter, profile, sealed);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    if (result < 0)
        return error_set_errno(err, ERROR_SANDBOX, -result, "%s: seccomp filter %s", profile->name,
                               sealed ? "B" : "A");
    return 0;
}

struct limit {
    __rlimit_resource_t resource;
    const char *name;
    bool wanted;
    rlim_t value;
};

static int lower(const struct limit *limit, struct error *err)
{
    struct rlimit both;

    if (!limit->wanted)
        return 0;
    if (getrlimit(limit->resource, &both) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "reading the limit of %s", limit->name);
    /* Where our own parent set less, less it stays. */
    if (limit->value < both.rlim_max)
        both.rlim_max = limit->value;
    both.rlim_cur = both.rlim_max;
    if (setrlimit(limit->resource, &both) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "limiting %s", limit->name);
    return 0;
}

static int set_limits(const struct sandbox_profile *profile, struct error *err)
{
#ifdef WITH_SANITIZERS
    const bool address_space = false; /* shadow memory is terabytes of address space */
#else
    const bool address_space = profile->memory_bytes > 0;
#endif
#ifdef WITH_COVERAGE
    const rlim_t counters = 64 * MIB; /* counter files, and the descriptor of one */
    const rlim_t counter_fds = 2;
#else
    const rlim_t counters = 0;
    const rlim_t counter_fds = 0;
#endif
    const struct limit limits[] = {
        {RLIMIT_CORE, "core files", true, 0},
        {RLIMIT_AS, "memory", address_space, profile->memory_bytes},
        {RLIMIT_DATA, "private memory", address_space && profile->data_bytes > 0,
         profile->data_bytes},
        {RLIMIT_FSIZE, "file size", true, profile->file_bytes + counters},
        {RLIMIT_NOFILE, "open files", true, profile->open_files + counter_fds},
        {RLIMIT_CPU, "processor time", profile->cpu_seconds > 0, profile->cpu_seconds},
        {RLIMIT_NPROC, "processes", !profile->threads, 0}, /* the kernel counts threads too */
    };
    int result = 0;

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]) && result == 0; i++)
        result = lower(&limits[i], err);
    return result;
}

/* A process that stays root has no use for root's rights but those that its profile names. One that
 * a service manager started may hold none, and have lost the call that drops them as well. */
static int drop_capabilities(uint64_t kept, struct error *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct held[2] = {{0, 0, 0}, {0, 0, 0}};
    struct __user_cap_data_struct wanted[2] = {{0, 0, 0}, {0, 0, 0}};
    bool known;

    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "dropping ambient capabilities");
    known = syscall(SYS_capget, &header, held) == 0;
    for (int i = 0; i < 2; i++) {
        wanted[i].permitted = held[i].permitted & (uint32_t)(kept >> (32 * i));
        wanted[i].effective = wanted[i].permitted;
    }
    if (known && memcmp(held, wanted, sizeof(wanted)) == 0)
        return 0;
    if (syscall(SYS_capset, &header, wanted) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "dropping capabilities");
    return 0;
}

/* Landlock binds the calling thread and those it makes; a thread that is there already would stay
 * outside. The kernel tells through a call that has no effect in a process of one thread. */
static int check_single_thread(struct error *err)
{
#ifndef __SANITIZE_THREAD__ /* which keeps a thread of its own */
    if (unshare(CLONE_THREAD) < 0 && errno == EINVAL)
        return error_set(err, ERROR_SANDBOX, "threads were made before the sandbox was entered");
#endif
    return 0;
}

#ifdef WITH_COVERAGE
/* Counter files lie in the build folder. Where it is gone, there is nothing to write to. */
static size_t add_coverage_folder(struct sandbox_folder *folders, size_t count)
{
    int fd = open(COVERAGE_FOLDER, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return count;
    folders[count] = (struct sandbox_folder){.fd = fd, .write = true};
    return count + 1;
}
#endif

static int enter_landlock(const struct sandbox_profile *profile, struct error *err)
{
    struct sandbox_folder folders[FOLDERS + 1];
    size_t count = profile->folder_count;
    int result;

    if (count > FOLDERS)
        return error_set(err, ERROR_SANDBOX, "more than %d folders", FOLDERS);
    for (size_t i = 0; i < count; i++)
        folders[i] = profile->folders[i];
#ifdef WITH_COVERAGE
    count = add_coverage_folder(folders, count);
#endif
    result = sandbox_landlock(folders, count, profile->connect_port, sandbox_landlock_abi(), err);
    if (count > profile->folder_count)
        close(folders[count - 1].fd);
    return result;
}

int sandbox_enter(const struct sandbox_profile *profile, struct error *err)
{
    int result;

    json_object_seed(0); /* reads /dev/urandom, which is out of reach afterwards */
    result = check_single_thread(err);
    if (result == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        result = error_set_errno(err, ERROR_SANDBOX, errno, "no_new_privs");
    if (result == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        result = error_set_errno(err, ERROR_SANDBOX, errno, "closing to debuggers");
    if (result == 0)
        result = set_limits(profile, err);
    if (result == 0 && !profile->observes)
        result = enter_landlock(profile, err);
    if (result == 0)
        result = drop_capabilities(profile->capabilities, err);
    if (result == 0)
        result = load_filter(profile, false, err);
    return result < 0 ? error_context(err, "%s", profile->name) : 0;
}

int sandbox_seal(const struct sandbox_profile *profile, struct error *err)
{
    return load_filter(profile, true, err);
}

void sandbox_probe(struct sandbox_status *status)
{
    *status = (struct sandbox_status){
        .landlock_abi = sandbox_landlock_abi(),
        .seccomp = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0,
        .own_user = geteuid() == 0,
    };
}
