/* SPDX-License-Identifier: ISC
 *
 * Events of processes: fork, exec, exit. The kernel tells of them twice, of an exec's files first
 * (sensor-start.h) and then of the process (sensor-connector.h); here both come together.
 */
#ifndef AGENT_SENSOR_EXEC_H
#define AGENT_SENSOR_EXEC_H

#include "agent/sensor.h"

/* What there is now, of files as well. Whether there may be more. */
bool sensor_exec_turn(struct sensor *sensor);

#endif
