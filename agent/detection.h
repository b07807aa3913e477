/* SPDX-License-Identifier: ISC
 *
 * What behaviour rules have detected here: rows of the state, with an audit event and an item of the
 * outbox each. What the driver tells is checked field by field; the words in it are a rule's, and what
 * happened on the endpoint, so that whoever shows them escapes them. Bounded: the oldest row goes
 * first.
 */
#ifndef AGENT_DETECTION_H
#define AGENT_DETECTION_H

#include <jansson.h>
#include <stdint.h>

#include "agent/config.h"
#include "agent/state.h"

#define DETECTION_ROWS 10000 /* kept: a noisy rule fills them in some hours at 60 a minute */
#define DETECTION_PAGE 1000  /* in one answer */

/* Notes one, as DRIVER_NEWS has it (sallyport-driver.7): {"news":"detection","rule","title",
 * "severity","attack":[],"facts":{},"thumbprint","event":{},"count","time"}. ERROR_PROTOCOL: the
 * driver told nonsense. The row, its audit event and its item are one transaction. */
int detection_note(struct state *state, const struct config *config, const json_t *news,
                   struct error *err) ERROR_MUST_CHECK;

/* Rows above `after`, at most limit and DETECTION_PAGE, oldest first: {"schema":
 * "sallyport.detections/1","newest":N,"detections":[{"number","time","rule","title","severity",
 * "attack","facts","thumbprint","count","event"}]}. A new reference. */
int detection_list(struct state *state, uint64_t after, uint64_t limit, json_t **reply,
                   struct error *err) ERROR_MUST_CHECK;

/* How many rows there are, and the time of the newest (0: none). */
int detection_count(struct state *state, uint64_t *count, int64_t *newest_us,
                    struct error *err) ERROR_MUST_CHECK;

#endif
