/* SPDX-License-Identifier: ISC
 *
 * Telemetry of this endpoint: asks the driver of telemsup, once for each package that comes into
 * service, where it goes and how often, and then puts an item into the outbox each interval. What it
 * goes by is agent/telemetry-plan.h; what an item holds, agent/telemetry-item.h.
 */
#ifndef AGENT_TELEMETRY_H
#define AGENT_TELEMETRY_H

#include "agent/driver-host.h"
#include "agent/telemetry-plan.h"

struct telemetry {
    struct state *state;
    const struct config *config;
    struct driver_host *drivers;
    int64_t retry_us; /* after an error: not before, by floor_now(); 0 at first */
};

/* Gathers what is due. Call it after every wake-up; it wakes nobody but by *next_us (floor_now(),
 * 0: no need). After an error it does nothing for a minute, however often it is called. */
int telemetry_turn(struct telemetry *telemetry, int64_t *next_us,
                   struct error *err) ERROR_MUST_CHECK;

#endif
