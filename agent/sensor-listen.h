/* SPDX-License-Identifier: ISC
 *
 * Sockets that wait for others: TCP ones that listen and UDP ones that are bound and connected to
 * nobody, of the sensor's own network namespace, as the kernel lists them (NETLINK_SOCK_DIAG,
 * sock_diag(7)). Looked at each SENSOR_LISTEN_MS: what comes and goes between two looks is not seen.
 */
#ifndef AGENT_SENSOR_LISTEN_H
#define AGENT_SENSOR_LISTEN_H

#include "agent/sensor.h"

#define SENSOR_LISTEN_MS 2000

/* Opened once, before the sandbox: the socket of all looks. */
int sensor_listen_open(int *fd, struct error *err) ERROR_MUST_CHECK;
/* What is there is where it begins: no event. */
void sensor_listen_begin(struct sensor *sensor);
void sensor_listen_end(struct sensor *sensor);
/* Looks where it is due. */
void sensor_listen_turn(struct sensor *sensor, int64_t now_ms);

#endif
