/* SPDX-License-Identifier: ISC
 *
 * /proc/self/mountinfo as rows, proc_pid_mountinfo(5). Users choose names of places, and with their
 * own file systems also sources.
 */
#ifndef AGENT_SENSOR_MOUNTINFO_H
#define AGENT_SENSOR_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

/* Texts are NUL-terminated, the kernel's escapes undone. */
struct sensor_mount {
    uint64_t id; /* of the mount, as long as it is there */
    const char *target;
    const char *type;
    const char *source;
};

struct sensor_mounts {
    char *text; /* that the rows point into */
    struct sensor_mount *rows;
    size_t count;
};

/* Reads all of it anew from the descriptor. Lines that are not of the form are left out; rows beyond
 * LIMIT_SENSOR_MOUNTS too. ERROR_LIMIT where it is larger than LIMIT_SENSOR_MOUNTS_BYTES. */
int sensor_mounts_read(int fd, struct sensor_mounts *mounts, struct error *err) ERROR_MUST_CHECK;
void sensor_mounts_clear(struct sensor_mounts *mounts);
/* NULL: there is none with this id. */
const struct sensor_mount *sensor_mounts_find(const struct sensor_mounts *mounts, uint64_t id);

/* What may be looked at on a file system of this type. */
enum sensor_mount_use {
    SENSOR_MOUNT_NOTHING, /* the kernel's own; a user's, where each look may wait for the user */
    SENSOR_MOUNT_EXEC,    /* devices: each look would open one */
    SENSOR_MOUNT_ALL
};
enum sensor_mount_use sensor_mount_use(const char *type);

#endif
