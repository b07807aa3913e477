/* SPDX-License-Identifier: ISC */
#include "agent/sensor-own.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/sensor-proc.h"

#define PARENTS 4 /* a program of the monitor's may have started one itself */

/* A user's file system is not asked: it could answer late, or never. */
static bool identify(int folder, const char *name, int flags, struct sensor_own_file *file)
{
    struct statx status;

    if (statx(folder, name, flags | AT_STATX_DONT_SYNC, STATX_INO | STATX_TYPE, &status) < 0 ||
        !S_ISREG(status.stx_mode))
        return false;
    file->device = makedev(status.stx_dev_major, status.stx_dev_minor);
    file->inode = status.stx_ino;
    return true;
}

static void add(struct sensor_own *own, int folder, const char *name, int flags)
{
    if (own->count < SENSOR_OWN_FILES && identify(folder, name, flags, &own->files[own->count]))
        own->count++;
}

/* The folder and the name within it; false: the link leads nowhere. */
static bool split(int proc, pid_t pid, struct sensor_proc_path *path, const char **last)
{
    char *slash;

    if (!sensor_proc_link(proc, pid, "exe", path) || path->size == sizeof(path->bytes))
        return false;
    path->bytes[path->size] = '\0';
    slash = strrchr(path->bytes, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    *last = slash + 1;
    return true;
}

static bool is_ours(const char *name)
{
    return strncmp(name, "sallyport-", 10) == 0;
}

static void add_folder(struct sensor_own *own, const char *name)
{
    DIR *folder = opendir(name);
    const struct dirent *entry;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL) {
        if (is_ours(entry->d_name))
            add(own, dirfd(folder), entry->d_name, AT_SYMLINK_NOFOLLOW);
    }
    closedir(folder);
}

void sensor_own_learn(struct sensor_own *own, int proc, pid_t monitor)
{
    struct sensor_proc_path path;
    const char *last;
    char name[32];

    own->count = 0;
    own->monitor = monitor;
    if (split(proc, monitor, &path, &last) && is_ours(last)) {
        snprintf(name, sizeof(name), "%d/exe", (int)monitor);
        add(own, proc, name, 0);
    }
    if (split(proc, getpid(), &path, &last))
        add_folder(own, path.bytes);
}

bool sensor_own_file(const struct sensor_own *own, uint64_t device, uint64_t inode)
{
    for (size_t i = 0; i < own->count; i++) {
        if (own->files[i].inode == inode && own->files[i].device == device)
            return true;
    }
    return false;
}

bool sensor_own_child(const struct sensor_own *own, int proc, pid_t pid)
{
    struct sensor_proc_status status = {.parent = pid};

    for (unsigned i = 0; i <= PARENTS && status.parent > 0; i++) {
        if (status.parent == own->monitor || status.parent == getpid())
            return true;
        if (!sensor_proc_status(proc, status.parent, &status))
            return false;
    }
    return false;
}

bool sensor_own_process(const struct sensor_own *own, int proc, pid_t pid)
{
    struct sensor_own_file file;
    char name[32];

    snprintf(name, sizeof(name), "%d/exe", (int)pid);
    return identify(proc, name, 0, &file) && sensor_own_file(own, file.device, file.inode) &&
           sensor_own_child(own, proc, pid);
}
