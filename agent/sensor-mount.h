/* SPDX-License-Identifier: ISC
 *
 * Mounts, as the sensor's own mount namespace sees them: those that are in mountinfo now and were
 * not when it was last read. The kernel says when to look (POLLPRI).
 */
#ifndef AGENT_SENSOR_MOUNT_H
#define AGENT_SENSOR_MOUNT_H

#include "agent/sensor.h"

/* What is there is where it begins: no event. */
int sensor_mount_begin(struct sensor *sensor, struct error *err) ERROR_MUST_CHECK;
void sensor_mount_end(struct sensor *sensor);
void sensor_mount_turn(struct sensor *sensor);

#endif
