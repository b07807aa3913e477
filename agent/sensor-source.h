/* SPDX-License-Identifier: ISC
 *
 * The sources as one: opened once, before the sandbox, and each on only while a subscription wants
 * what it tells.
 */
#ifndef AGENT_SENSOR_SOURCE_H
#define AGENT_SENSOR_SOURCE_H

#include <jansson.h>
#include <poll.h>

#include "agent/sensor.h"

#define SENSOR_SOURCE_FDS 4

/* What can't be opened is off, and says why. Starts the hand. */
int sensor_source_begin(struct sensor *sensor, struct error *err) ERROR_MUST_CHECK;
/* After sensor->kinds has changed. */
void sensor_source_follow(struct sensor *sensor);
/* {KIND: WORD} of the kinds that are wanted and are made here, a new reference. */
json_t *sensor_source_words(const struct sensor *sensor);

/* For poll: SENSOR_SOURCE_FDS rows, -1 where there is nothing to wait for. */
void sensor_source_watch(const struct sensor *sensor, struct pollfd *waits);
/* Takes what there is. Whether there may be more at once. */
bool sensor_source_turn(struct sensor *sensor, const struct pollfd *waits);
/* Milliseconds until sensor_source_turn has something to do without a descriptor; -1: never. */
int sensor_source_patience(const struct sensor *sensor);

#endif
