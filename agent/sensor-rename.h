/* SPDX-License-Identifier: ISC
 *
 * Renames, as fanotify(7) tells them: folders by handle and names (FAN_RENAME with
 * FAN_REPORT_DFID_NAME, a group of its own).
 */
#ifndef AGENT_SENSOR_RENAME_H
#define AGENT_SENSOR_RENAME_H

#include "agent/sensor.h"

/* *fd is the caller's. Needs CAP_SYS_ADMIN. */
int sensor_rename_open(int *fd, struct error *err) ERROR_MUST_CHECK;
/* What there is now. */
void sensor_rename_turn(struct sensor *sensor);

#endif
