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
};

/* Gathers what is due. Call it after every wake-up; it wakes nobody but by *next_us (floor_now(),
 * 0: no need), which is set on errors too: then a minute from now. */
int telemetry_turn(const struct telemetry *telemetry, int64_t *next_us,
                   struct error *err) ERROR_MUST_CHECK;

#endif
