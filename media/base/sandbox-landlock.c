/* SPDX-License-Identifier: ISC */
#include "media/base/sandbox-landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights of newer kernels than the headers that we build with. The numbers are the kernel's ABI. */
#define FS_TRUNCATE    (UINT64_C(1) << 14)
#define FS_IOCTL_DEV   (UINT64_C(1) << 15)
#define NET_BIND_TCP   (UINT64_C(1) << 0)
#define NET_CONNECT    (UINT64_C(1) << 1)
#define RULE_NET_PORT  2
#define SCOPE_ABSTRACT (UINT64_C(1) << 0)
#define SCOPE_SIGNAL   (UINT64_C(1) << 1)

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                                                   \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                               \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG)
/* Never given to anyone: running programs, and making devices, sockets, FIFOs and links. */
#define FS_NEVER                                                                                   \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |    \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* The ruleset as ABI 6 and 7 have it; older kernels take it where what they lack is zero. */
struct ruleset {
    uint64_t fs;
    uint64_t net;
    uint64_t scoped;
};

/* A rule about a port, as ABI 4 has it. */
struct port_rule {
    uint64_t allowed;
    uint64_t port;
};

/* What each ABI added. The table is read up to the ABI in use. */
static const struct abi_row {
    int abi;
    struct ruleset denied;
    uint64_t write; /* goes with folders that may be written */
} abi_rows[] = {
    {1, {FS_READ | FS_WRITE | FS_NEVER, 0, 0}, FS_WRITE},
    {2, {LANDLOCK_ACCESS_FS_REFER, 0, 0}, LANDLOCK_ACCESS_FS_REFER}, /* rename between folders */
    {3, {FS_TRUNCATE, 0, 0}, FS_TRUNCATE},
    {4, {0, NET_BIND_TCP | NET_CONNECT, 0}, 0},
    {5, {FS_IOCTL_DEV, 0, 0}, 0},
    {6, {0, 0, SCOPE_ABSTRACT | SCOPE_SIGNAL}, 0},
    {7, {0, 0, 0}, 0}, /* audit records only */
};

int sandbox_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (abi < 1)
        return 0;
    return abi > SANDBOX_LANDLOCK_NEWEST ? SANDBOX_LANDLOCK_NEWEST : (int)abi;
}

static void sum_rights(int abi, struct ruleset *denied, uint64_t *write)
{
    *denied = (struct ruleset){0, 0, 0};
    *write = 0;
    for (size_t i = 0; i < sizeof(abi_rows) / sizeof(abi_rows[0]); i++) {
        if (abi_rows[i].abi > abi)
            break;
        denied->fs |= abi_rows[i].denied.fs;
        denied->net |= abi_rows[i].denied.net;
        denied->scoped |= abi_rows[i].denied.scoped;
        *write |= abi_rows[i].write;
    }
}

static int add_folder(int ruleset, const struct sandbox_folder *folder, uint64_t write,
                      struct error *err)
{
    struct landlock_path_beneath_attr beneath = {
        .allowed_access = FS_READ | (folder->write ? write : 0), .parent_fd = folder->fd};

    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "Landlock: adding a folder");
    return 0;
}

/* Before ABI 4 nothing about TCP is denied, and there is no such rule. */
static int add_port(int ruleset, const struct ruleset *denied, uint16_t port, struct error *err)
{
    struct port_rule rule = {.allowed = NET_CONNECT, .port = port};

    if (port == 0 || (denied->net & NET_CONNECT) == 0)
        return 0;
    if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "Landlock: adding a port");
    return 0;
}

int sandbox_landlock(const struct sandbox_folder *folders, size_t folder_count,
                     uint16_t connect_port, int abi, struct error *err)
{
    struct ruleset denied;
    uint64_t write;
    int result = 0;
    int ruleset;

    if (abi < 1)
        return error_set(err, ERROR_SANDBOX, "the kernel has no Landlock, or it is switched off");
    sum_rights(abi, &denied, &write);
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &denied, sizeof(denied), 0);
    if (ruleset < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "Landlock: making a ruleset");
    for (size_t i = 0; i < folder_count && result == 0; i++)
        result = add_folder(ruleset, &folders[i], write, err);
    if (result == 0)
        result = add_port(ruleset, &denied, connect_port, err);
    if (result == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        result = error_set_errno(err, ERROR_SANDBOX, errno, "Landlock: entering");
    close(ruleset);
    return result;
}
