/* SPDX-License-Identifier: ISC
 *
 * What /proc says of one process, each answer bounded. Users choose much of it (arguments, names of
 * files, of programs), and a process may be gone at any moment: then there is no answer. proc(5).
 */
#ifndef AGENT_SENSOR_PROC_H
#define AGENT_SENSOR_PROC_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "media/base/bytes.h"

/* A place for one path, its view in `text`. */
struct sensor_proc_path {
    char bytes[PATH_MAX];
    size_t size; /* 0: none */
};

struct sensor_proc_status {
    pid_t parent;
    int64_t uid; /* real */
};

/* `proc`: descriptor of the folder /proc. Where a link such as "exe" or "cwd" leads; " (deleted)",
 * which the kernel puts behind what has been removed, is taken off. Reading it touches no file
 * system but proc. */
bool sensor_proc_link(int proc, pid_t pid, const char *name, struct sensor_proc_path *path);
/* The same of an own descriptor. */
bool sensor_proc_descriptor(int proc, int fd, struct sensor_proc_path *path);

bool sensor_proc_status(int proc, pid_t pid, struct sensor_proc_status *status);
/* When it started, in clock ticks since boot: with the number, who it is. 0: it is gone. */
uint64_t sensor_proc_start(int proc, pid_t pid);

/* Its arguments as an event's list, at most LIMIT_EVENT_ARGUMENTS in LIMIT_EVENT_ARGV_BYTES; what does
 * not fit is cut off. The view points into *memory, emptied first. */
struct bytes_view sensor_proc_arguments(int proc, pid_t pid, struct bytes *memory);

#endif
