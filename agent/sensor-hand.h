/* SPDX-License-Identifier: ISC
 *
 * The hand: a child of the sensor that alone keeps the rights to switch sources on and off
 * (CAP_SYS_ADMIN for fanotify's marks, CAP_NET_ADMIN for process events), and hears of nothing but
 * which kinds are wanted. It reads mountinfo and no other byte from outside: what comes to be
 * mounted is marked as well. The sensor, which reads what users write, has neither right.
 */
#ifndef AGENT_SENSOR_HAND_H
#define AGENT_SENSOR_HAND_H

#include <stdint.h>
#include <sys/types.h>

#include "media/base/error.h"

/* The descriptors that it works on; -1: there is none. They stay the caller's. */
struct sensor_hand_fds {
    int processes; /* sensor-connector.h */
    int files;     /* a fanotify group that gives descriptors: exec, open, write */
    int names;     /* one that gives folders and names: rename */
    int mountinfo;
};

/* What came of it, an errno each; 0: it is as wanted. */
struct sensor_hand_answer {
    int32_t processes, files, names;
};

struct sensor_hand {
    pid_t pid;
    int socket;
};

/* Before the caller enters its sandbox. The hand ends with it. */
int sensor_hand_start(struct sensor_hand *hand, const struct sensor_hand_fds *fds,
                      struct error *err) ERROR_MUST_CHECK;
void sensor_hand_end(struct sensor_hand *hand);

/* kinds: bits 1 << EVENT_...; waits for the answer, LIMIT_SENSOR_HAND_MS at most (a mount may hang):
 * ERROR_TIMEOUT, and what was asked is done later or never. */
int sensor_hand_ask(const struct sensor_hand *hand, uint32_t kinds,
                    struct sensor_hand_answer *answer, struct error *err) ERROR_MUST_CHECK;

#endif
