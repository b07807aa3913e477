/* SPDX-License-Identifier: ISC
 *
 * Files that are opened, run and written, as fanotify(7) tells with a descriptor of each: the group
 * of FAN_OPEN_EXEC, FAN_OPEN and FAN_CLOSE_WRITE. Its queue is bounded; what finds it full is
 * counted.
 */
#ifndef AGENT_SENSOR_FILE_H
#define AGENT_SENSOR_FILE_H

#include "agent/sensor.h"

/* *fd is the caller's. Needs CAP_SYS_ADMIN. */
int sensor_file_open(int *fd, struct error *err) ERROR_MUST_CHECK;

/* What there is now: what is run goes to sensor-start.h, the rest is told. */
void sensor_file_drain(struct sensor *sensor);

#endif
