/* SPDX-License-Identifier: ISC
 *
 * One item of telemetry, sallyport.telemetry/1 (sallyport-control.7): what is in service, how it is,
 * and what was counted since the item before. No words, no paths, nothing of users: names of types
 * and drivers, versions, reason codes, numbers.
 */
#ifndef AGENT_TELEMETRY_ITEM_H
#define AGENT_TELEMETRY_ITEM_H

#include "agent/telemetry-plan.h"

/* *item is a new reference. */
int telemetry_item_make(struct state *state, const struct config *config,
                        const struct telemetry_plan *plan, json_t **item,
                        struct error *err) ERROR_MUST_CHECK;

/* What was counted is told: counting begins anew. In the transaction that keeps the item. */
int telemetry_item_told(struct state *state, struct error *err) ERROR_MUST_CHECK;

#endif
