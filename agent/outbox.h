/* SPDX-License-Identifier: ISC
 *
 * What waits to go home, as it lies here: STATE/outbox/NUMBER.json and a row each. Today that is what
 * was refused. It leaves with the next receipt, encrypted to the mirror's ingest key; until then
 * whoever looks can see every field of it. Bounded: the oldest goes first, and is counted.
 */
#ifndef AGENT_OUTBOX_H
#define AGENT_OUTBOX_H

#include <jansson.h>

#include "agent/config.h"
#include "agent/state.h"

/* Makes items of the refusals that came since the last call, where the configuration lets refusals
 * leave; what is not to leave is never put here. Drops what is over the bounds. */
int outbox_gather(struct state *state, const struct config *config,
                  struct error *err) ERROR_MUST_CHECK;

/* At start: rows and files are the same again after a cut. */
int outbox_recover(struct state *state, struct error *err) ERROR_MUST_CHECK;

/* sallyport.outgoing/1 (sallyport-control.7), items with numbers above `after`. A new reference. */
int outbox_list(struct state *state, const struct config *config, uint64_t after, uint64_t limit,
                json_t **reply, struct error *err) ERROR_MUST_CHECK;

#endif
