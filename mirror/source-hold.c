/* SPDX-License-Identifier: ISC */
#include "mirror/source-hold.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/path.h"

#define OTHER_DESCRIPTORS 64 /* that a publish has open beside its source */

/* Of these no other machine changes a file behind the back of this one's leases. */
static const unsigned long local[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
                                      F2FS_SUPER_MAGIC, TMPFS_MAGIC};

static bool is_local(int fd)
{
    struct statfs status;

    if (fstatfs(fd, &status) < 0)
        return false;
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
        if ((unsigned long)status.f_type == local[i])
            return true;
    }
    return false;
}

/* The signal that tells of a lease's end would end us; this one does nothing by itself, and we look at
 * the leases instead. */
static bool take_lease(int fd)
{
    return fcntl(fd, F_SETSIG, SIGURG) == 0 && fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
}

static bool hold_file(int folder_fd, const char *name, int *fd)
{
    struct error ignored;
    uint64_t size;

    *fd = -1;
    return path_open_regular(folder_fd, name, LIMIT_DRIVER_FILE_BYTES, fd, &size, &ignored) == 0 &&
           is_local(*fd) && take_lease(*fd);
}

/* Most systems allow 1024 descriptors at first and far more to who asks. */
static bool allow_descriptors(rlim_t count)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return false;
    if (limit.rlim_cur >= count)
        return true;
    limit.rlim_cur = count;
    return limit.rlim_max >= count && setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

bool source_hold(int folder_fd, struct package_source *list)
{
    uint32_t held = 0;
    bool good = list->count <= LIMIT_DRIVER_FILES &&
                allow_descriptors((rlim_t)list->count + OTHER_DESCRIPTORS);
    int *fds = bytes_allocate(list->count, sizeof(*fds));

    while (good && held < list->count) {
        good = hold_file(folder_fd, list->names[held], &fds[held]);
        held++;
    }
    if (good) {
        list->fds = fds;
        return true;
    }
    for (uint32_t i = 0; i < held; i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]);
    }
    free(fds);
    return false;
}

int source_hold_check(const struct package_source *list, struct error *err)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (fcntl(list->fds[i], F_GETLEASE) != F_RDLCK)
            return error_set(err, ERROR_BAD_CONTENT, "%s: changed while it was read",
                             list->names[i]);
    }
    return 0;
}
