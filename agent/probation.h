/* SPDX-License-Identifier: ISC
 *
 * Content on probation (sallyport-agent.8, In service): a driver that ends without being asked is
 * started again; one that does so too often is put back on the content before, and the newest
 * content of its family is quarantined.
 */
#ifndef AGENT_PROBATION_H
#define AGENT_PROBATION_H

#include "agent/activate.h"

/* state_number() of this and a family: how often its driver has ended without being asked since
 * telemetry told of it (agent/telemetry-item.h). */
#define PROBATION_ENDS "driver_ends."

/* Deals with every driver that has ended since the last call. What goes wrong with one content is
 * in its health. */
int probation_turn(const struct activate *activate, struct error *err) ERROR_MUST_CHECK;

#endif
