/* SPDX-License-Identifier: ISC */
#include "agent/eject.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int check_mounted(const struct block_device_disks *disks,
                         const struct block_device_places *places, struct error *err)
{
    char where[LIMIT_PATH_BYTES + 1];

    for (size_t i = 0; i < disks->count; i++) {
        int result = block_device_mounted(disks->names[i], places, where, err);

        if (result < 0)
            return result;
        if (where[0] != '\0')
            return error_set(err, ERROR_MEDIUM_MOUNTED, "%s is mounted at %s: umount %s",
                             disks->names[i], where, where);
    }
    return 0;
}

/* An encrypted volume or an array on it, which may be mounted under its own name. O_EXCL would tell,
 * but not to those who may not open the disk. */
static int check_holders(const char *disk, const char *below,
                         const struct block_device_places *places, struct error *err)
{
    char pattern[PATH_MAX];
    glob_t found;
    int result = 0;

    if (snprintf(pattern, sizeof(pattern), "%s/class/block/%s/%s", places->sys, disk, below) >=
        (int)sizeof(pattern))
        return error_set(err, ERROR_LIMIT, "%s: its path is over PATH_BYTES", disk);
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return 0;
    if (found.gl_pathc > 0)
        result = error_set(err, ERROR_LOCKED, "%s is in use by %s: close that first", disk,
                           strrchr(found.gl_pathv[0], '/') + 1);
    globfree(&found);
    return result;
}

static int check_held(const struct block_device_disks *disks,
                      const struct block_device_places *places, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < disks->count && result == 0; i++) {
        result = check_holders(disks->names[i], "holders/*", places, err);
        if (result == 0)
            result = check_holders(disks->names[i], "*/holders/*", places, err);
    }
    return result;
}

/* O_EXCL on a block device: refused while a filesystem or another device holds it, and nothing can be
 * mounted from it until we let go (open(2)). Whoever may not open it has written nothing to it
 * either, and what others wrote went out when they unmounted. *fd -1: not opened. */
static int hold(const char *disk, const struct block_device_places *places, int *fd,
                struct error *err)
{
    char path[LIMIT_PATH_BYTES + 1];

    *fd = -1;
    if (snprintf(path, sizeof(path), "%s/%s", places->dev, disk) >= (int)sizeof(path))
        return error_set(err, ERROR_LIMIT, "%s: its path is over PATH_BYTES", disk);
    *fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0 && errno == EBUSY)
        return error_set(err, ERROR_LOCKED, "%s is in use by another device or filesystem", disk);
    if (*fd >= 0) {
        (void)fsync(*fd);
        (void)ioctl(*fd, BLKFLSBUF, 0);
    }
    return 0;
}

static bool stop(const char *disk, const struct block_device_places *places)
{
    char path[LIMIT_PATH_BYTES + 1];
    bool stopped;
    int fd;

    if (snprintf(path, sizeof(path), "%s/class/block/%s/device/delete", places->sys, disk) >=
        (int)sizeof(path))
        return false;
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    stopped = write(fd, "1", 1) == 1;
    (void)close(fd);
    return stopped;
}

static json_t *reply_of(const struct block_device_disks *disks, bool stopped)
{
    json_t *names = json_array();

    for (size_t i = 0; i < disks->count; i++)
        json_array_append_new(names, json_string(disks->names[i]));
    return json_pack("{s:s, s:s, s:o, s:b, s:s}", "schema", "sallyport.eject/1", "port",
                     disks->port, "nodes", names, "stopped", stopped, "words",
                     stopped ? "the kernel has let go of it: it may be pulled now"
                             : "nothing reads it and nothing of it is mounted: it may be pulled "
                               "now");
}

static int let_go(const struct block_device_disks *disks, const struct block_device_places *places,
                  bool *stopped, struct error *err)
{
    int held[LIMIT_BLOCK_USB], result = 0;
    size_t count = 0;

    while (count < disks->count && result == 0) {
        result = hold(disks->names[count], places, &held[count], err);
        count += result == 0;
    }
    *stopped = result == 0;
    for (size_t i = 0; i < disks->count && result == 0; i++)
        *stopped &= stop(disks->names[i], places);
    for (size_t i = 0; i < count; i++)
        if (held[i] >= 0)
            (void)close(held[i]);
    return result;
}

int eject_medium(const char *medium, const struct block_device_places *places, json_t **reply,
                 struct error *err)
{
    const struct block_device_places *where = places != NULL ? places : &block_device_kernel;
    struct block_device_disks disks;
    bool stopped;
    int result = block_device_disks(medium, where, &disks, err);

    *reply = NULL;
    if (result == 0)
        result = check_mounted(&disks, where, err);
    if (result == 0)
        result = check_held(&disks, where, err);
    if (result == 0)
        result = let_go(&disks, where, &stopped, err);
    if (result == 0)
        *reply = reply_of(&disks, stopped);
    return result;
}
