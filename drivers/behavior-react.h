/* SPDX-License-Identifier: ISC
 *
 * Events to the rules that asked for them. Who begins sets the moment's product, mocks and sink;
 * the rest of the moment is set here.
 */
#ifndef DRIVERS_BEHAVIOR_REACT_H
#define DRIVERS_BEHAVIOR_REACT_H

#include "drivers/behavior.h"

/* Calls one handler. Errors are rule_call()'s, and the rule's alone: its report has them, so that the
 * caller may go on. */
int behavior_react_call(struct behavior *behavior, struct behavior_handler *handler,
                        const struct event *event, uint32_t count, struct error *err);

/* Reads what is on the channel (event.h), a few batches at most, and calls every handler that is
 * hit. ERROR_PEER_GONE, ERROR_PROTOCOL: the channel is of no use any more. sets: what is in service
 * of each type, NULL where nothing is. */
int behavior_react_hear(struct behavior *behavior, struct behavior_set *const *sets, int channel,
                        struct error *err) ERROR_MUST_CHECK;

#endif
