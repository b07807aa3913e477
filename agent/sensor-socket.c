/* SPDX-License-Identifier: ISC */
#include "agent/sensor-socket.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/limits.h"

#define NAME_BYTES 64

static DIR *open_folder(int base, const char *name)
{
    int fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);

    if (folder == NULL && fd >= 0)
        close(fd);
    return folder;
}

static bool holds(int proc, long pid, const char *wanted, unsigned *looks)
{
    char name[NAME_BYTES], target[NAME_BYTES];
    const struct dirent *entry;
    bool found = false;
    DIR *folder;

    snprintf(name, sizeof(name), "%ld/fd", pid);
    folder = open_folder(proc, name);
    if (folder == NULL)
        return false;
    while (!found && *looks < LIMIT_SENSOR_HOLDER_LOOKS && (entry = readdir(folder)) != NULL) {
        ssize_t size = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);

        ++*looks;
        target[size > 0 ? size : 0] = '\0';
        found = strcmp(target, wanted) == 0;
    }
    closedir(folder);
    return found;
}

pid_t sensor_socket_holder(int proc, uint32_t inode)
{
    DIR *folder = open_folder(proc, ".");
    const struct dirent *entry;
    char wanted[NAME_BYTES];
    unsigned looks = 0;
    pid_t holder = 0;

    if (folder == NULL)
        return 0;
    snprintf(wanted, sizeof(wanted), "socket:[%u]", inode);
    while (holder == 0 && looks < LIMIT_SENSOR_HOLDER_LOOKS && (entry = readdir(folder)) != NULL) {
        long pid = strtol(entry->d_name, NULL, 10);

        if (pid > 0 && holds(proc, pid, wanted, &looks))
            holder = (pid_t)pid;
    }
    closedir(folder);
    return holder;
}
