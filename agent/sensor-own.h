/* SPDX-License-Identifier: ISC
 *
 * Which processes are our own: those of the files sallyport-* in the sensor's folder, and of the
 * monitor, that the monitor or the sensor has started. What they do is no event, or what a rule reacts
 * to could be its own doing. Programs are told by device and inode: a name can be had by anybody in a
 * mount namespace of his own. The program alone says nothing of who runs it: anybody may start one of
 * ours, with a library of his own in it.
 */
#ifndef AGENT_SENSOR_OWN_H
#define AGENT_SENSOR_OWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SENSOR_OWN_FILES 64 /* we have some 30 programs */

struct sensor_own {
    struct sensor_own_file {
        uint64_t device, inode;
    } files[SENSOR_OWN_FILES];
    size_t count;
    pid_t monitor;
};

/* What can't be read is not among them. */
void sensor_own_learn(struct sensor_own *own, int proc, pid_t monitor);
bool sensor_own_file(const struct sensor_own *own, uint64_t device, uint64_t inode);
/* Whether it is the monitor, the sensor, or was started by one of them. */
bool sensor_own_child(const struct sensor_own *own, int proc, pid_t pid);
/* Both, of a running process; of /proc without touching the file system that its program is on. */
bool sensor_own_process(const struct sensor_own *own, int proc, pid_t pid);

#endif
