/* SPDX-License-Identifier: ISC
 *
 * What this endpoint refused (agent/audit.h writes it): shown as a warning until somebody who may act
 * has said that it was seen.
 */
#ifndef AGENT_REFUSAL_H
#define AGENT_REFUSAL_H

#include <jansson.h>

#include "agent/state.h"

#define REFUSAL_PAGE 1000 /* in one answer */

/* Those with numbers above `after`, at most limit and REFUSAL_PAGE, oldest first: [{"number","time",
 * "source","subject","digest","code","words","record","acknowledged":TIME|null}]. A new reference,
 * in every case. */
int refusal_list(struct state *state, uint64_t after, uint64_t limit, json_t **list,
                 struct error *err) ERROR_MUST_CHECK;

/* Every open one up to that number is acknowledged, with an audit record where there was any. count
 * (how many that were) and nothing else changes: the rows stay. */
int refusal_acknowledge(struct state *state, uint64_t up_to, const char *who, uint64_t *count,
                        struct error *err) ERROR_MUST_CHECK;

#endif
