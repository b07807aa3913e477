/* SPDX-License-Identifier: ISC
 *
 * The monitor's hold on sallyport-sensor: started when somebody wants events, told what is wanted,
 * started anew where it ends (with a pause where it ends at once each time), ended when nobody wants
 * anything. Where the service manager has one for us (sensor-dial.h) it is that one, else a child.
 */
#ifndef AGENT_SENSOR_HOST_H
#define AGENT_SENSOR_HOST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/config.h"

struct sensor_host;

/* config stays the caller's. Starts nothing. */
struct sensor_host *sensor_host_new(const struct config *config);
void sensor_host_free(struct sensor_host *host);

/* What is wanted from now on, and the sensor's end of the channel, which is taken. subscriptions empty
 * or NULL: nothing is; the sensor is ended. */
int sensor_host_filter(struct sensor_host *host, const json_t *subscriptions, int channel,
                       struct error *err) ERROR_MUST_CHECK;

/* Tells it an event that the monitor knows itself; taken. Lost where no sensor runs. */
void sensor_host_event(struct sensor_host *host, json_t *event);

/* Whether it runs. Where it has ended and is due again, the channel is gone with it: whoever wants events
 * makes another (sensor_host_filter). */
bool sensor_host_runs(const struct sensor_host *host);
/* Whether it has ended and may be started again now; *due_ms: else in so many milliseconds, -1: never. */
bool sensor_host_is_due(const struct sensor_host *host, int *due_ms);

/* For the loop: descriptors to watch (at most 2), and what happened to them. Log lines are logged. */
size_t sensor_host_watch(const struct sensor_host *host, int fds[2]);
void sensor_host_turn(struct sensor_host *host);

/* What it counts (SENSOR_COUNTS), a new reference; where it does not run, null with the reason it ended
 * for. */
int sensor_host_counts(struct sensor_host *host, json_t **counts,
                       struct error *err) ERROR_MUST_CHECK;

#endif
