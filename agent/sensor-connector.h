/* SPDX-License-Identifier: ISC
 *
 * The kernel's word on processes: forks, execs, exits and changes of user, from the process events
 * connector (linux/cn_proc.h) over netlink. Events of threads are left out.
 */
#ifndef AGENT_SENSOR_CONNECTOR_H
#define AGENT_SENSOR_CONNECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

enum sensor_step_kind { SENSOR_STEP_FORK, SENSOR_STEP_EXEC, SENSOR_STEP_EXIT, SENSOR_STEP_USER };

struct sensor_step {
    enum sensor_step_kind kind;
    pid_t pid;
    pid_t parent;   /* fork */
    int64_t uid;    /* user: the real one */
    uint64_t at_ns; /* CLOCK_MONOTONIC */
};

/* Needs CAP_NET_ADMIN, as listening does. *fd is the caller's, non-blocking. */
int sensor_connector_open(int *fd, struct error *err) ERROR_MUST_CHECK;
/* Whether the kernel sends; until then, and after, nothing comes. */
int sensor_connector_listen(int fd, bool on, struct error *err) ERROR_MUST_CHECK;

/* One message. False: it tells nothing that we look at, or is none of the kernel's form. */
bool sensor_connector_decode(struct bytes_view message, struct sensor_step *step);

/* At most `max` steps that are there now. *lost: the kernel had no room for all. */
size_t sensor_connector_read(int fd, struct sensor_step *steps, size_t max, bool *lost);

#endif
