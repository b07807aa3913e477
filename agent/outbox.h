/* SPDX-License-Identifier: ISC
 *
 * What waits to go home, as it lies here: STATE/outbox/NUMBER.json and a row each: what was refused,
 * what was detected (agent/detection.h) and telemetry (agent/telemetry.h). It leaves with the next receipt, encrypted to the mirror's
 * ingest key; until then whoever looks can see every field of it. Bounded: the oldest goes first, and
 * is counted.
 */
#ifndef AGENT_OUTBOX_H
#define AGENT_OUTBOX_H

#include <jansson.h>

#include "agent/config.h"
#include "agent/state.h"

#define OUTBOX_TELEMETRY       "telemetry" /* the category */
#define OUTBOX_TELEMETRY_ITEMS 100         /* of them, whatever else there is room for */
#define OUTBOX_DETECTIONS      "detections"
#define OUTBOX_DETECTION_ITEMS 500

/* Makes items of the refusals that came since the last call, where the configuration lets refusals
 * leave; what is not to leave is never put here. Drops what is over the bounds. */
int outbox_gather(struct state *state, const struct config *config,
                  struct error *err) ERROR_MUST_CHECK;

/* One more item, within the caller's transaction: row and file. Whether the category may leave is the
 * caller's to ask first. */
int outbox_put(struct state *state, const char *category, const json_t *item,
               struct error *err) ERROR_MUST_CHECK;
/* Drops what is over the bounds; after such a transaction. */
int outbox_trim(struct state *state, const struct config *config,
                struct error *err) ERROR_MUST_CHECK;

/* Rows and files are the same again, after a cut or damage: what is not whole counts as dropped. */
int outbox_recover(struct state *state, struct error *err) ERROR_MUST_CHECK;

/* Whether each row's file is there as it was written. */
int outbox_sound(struct state *state, bool *sound, struct error *err) ERROR_MUST_CHECK;

/* sallyport.outgoing/1 (sallyport-control.7), items with numbers above `after`. A new reference. */
int outbox_list(struct state *state, const struct config *config, uint64_t after, uint64_t limit,
                json_t **reply, struct error *err) ERROR_MUST_CHECK;

#endif
