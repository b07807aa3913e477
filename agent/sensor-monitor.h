/* SPDX-License-Identifier: ISC
 *
 * Whom the sensor works for: the monitor that started it, or the one that came in at the socket of
 * which a service manager started it (listen-fds.h).
 */
#ifndef AGENT_SENSOR_MONITOR_H
#define AGENT_SENSOR_MONITOR_H

#include <sys/types.h>

#include "media/base/error.h"

/* The descriptor for log lines: the monitor's pipe, or standard error of a service. Before
 * sensor_monitor_find(). */
int sensor_monitor_log(void);

/* *pid is the monitor; SPAWN_FD_SOCKET is its socket now. Waits for it LIMIT_SENSOR_MONITOR_MS at most:
 * ERROR_TIMEOUT. ERROR_DENIED: who came is another user than we are. */
int sensor_monitor_find(pid_t *pid, struct error *err) ERROR_MUST_CHECK;

#endif
