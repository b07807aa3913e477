/* SPDX-License-Identifier: ISC
 *
 * Which USB devices a file, folder or block device hangs on, by the kernel's own word (sysfs(5)):
 * a partition by its disk, a mapped or encrypted disk and an array by what they consist of, a loop
 * device by the file behind it. Nothing of the device is read.
 */
#ifndef AGENT_CONTROL_BLOCK_DEVICE_H
#define AGENT_CONTROL_BLOCK_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "media/base/error.h"
#include "media/base/limits.h"

/* Where the kernel tells; tests have trees of their own. NULL in a call: the kernel's. */
struct block_device_places {
    const char *sys;       /* "/sys" */
    const char *mountinfo; /* "/proc/self/mountinfo" */
    const char *dev;       /* "/dev" */
};

struct block_device {
    char node[LIMIT_BLOCK_NODE_BYTES + 1]; /* "sda1"; "": none is behind it, or none is told of */
    size_t port_count;
    char ports[LIMIT_BLOCK_USB][LIMIT_USB_PORT + 1]; /* "1-4.2"; none: it is on no USB */
};

extern const struct block_device_places block_device_kernel;

/* Of an open file, folder or block device. A filesystem without one (tmpfs, NFS, an overlay) has no
 * node, and that is no error. ERROR_USB_UNTOLD: a block device of which sysfs does not tell. */
int block_device_of(int fd, const struct block_device_places *places, struct block_device *device,
                    struct error *err) ERROR_MUST_CHECK;

/* By its name below /dev: "sda1". ERROR_NOT_FOUND. */
int block_device_named(const char *node, const struct block_device_places *places,
                       struct block_device *device, struct error *err) ERROR_MUST_CHECK;

struct block_device_disks {
    char port[LIMIT_USB_PORT + 1];
    size_t count;
    char names[LIMIT_BLOCK_USB][LIMIT_BLOCK_NODE_BYTES + 1]; /* "sda": a card reader has several */
};

/* The whole disks of one USB device, by its port or by the name of one of them or of a partition.
 * ERROR_NOT_FOUND; ERROR_BLOCKED for a block device that is on no USB. */
int block_device_disks(const char *medium, const struct block_device_places *places,
                       struct block_device_disks *disks, struct error *err) ERROR_MUST_CHECK;

/* Where a disk or one of its partitions is mounted: *where "" when it is not. ERROR_IO. */
int block_device_mounted(const char *disk, const struct block_device_places *places,
                         char where[static LIMIT_PATH_BYTES + 1],
                         struct error *err) ERROR_MUST_CHECK;

#endif
