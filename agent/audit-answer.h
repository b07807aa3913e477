/* SPDX-License-Identifier: ISC
 *
 * Replies of the control socket out of the audit chain, field by field as sallyport-control(7) has
 * them.
 */
#ifndef AGENT_AUDIT_ANSWER_H
#define AGENT_AUDIT_ANSWER_H

#include <jansson.h>

#include "agent/state.h"

/* sallyport.audit/1: records with numbers above `after`, at most limit. *reply is the caller's, here
 * and below. */
int audit_answer_list(struct state *state, uint64_t after, uint64_t limit, json_t **reply,
                      struct error *err) ERROR_MUST_CHECK;

/* Walks the chain from its start. A broken one is an answer, not a failed call: it is what was asked
 * for. */
int audit_answer_verify(struct state *state, json_t **reply, struct error *err) ERROR_MUST_CHECK;

/* sallyport.refusals/1, as audit_answer_list() takes its range. */
int audit_answer_refusals(struct state *state, uint64_t after, uint64_t limit, json_t **reply,
                          struct error *err) ERROR_MUST_CHECK;

#endif
