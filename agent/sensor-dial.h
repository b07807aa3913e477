/* SPDX-License-Identifier: ISC
 *
 * The monitor's way to a sensor that the service manager starts (sallyport-sensor.socket): with rights
 * that the agent's own service has none of.
 */
#ifndef AGENT_SENSOR_DIAL_H
#define AGENT_SENSOR_DIAL_H

#include "agent/config.h"

/* *fd: the frame socket to it, the caller's; -1: there is no such socket beside that for clients, and
 * whoever wants a sensor starts one. Never waits. ERROR_PEER_GONE: nobody listens there, or not as who
 * we are: what a sensor tells is believed. */
int sensor_dial(const struct config *config, int *fd, struct error *err) ERROR_MUST_CHECK;

#endif
