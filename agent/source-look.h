/* SPDX-License-Identifier: ISC
 *
 * How the looks at each configured source went: the last one, the last that succeeded, how many
 * failed since. By the source's name; kept in the state, so that a restart forgets nothing.
 */
#ifndef AGENT_SOURCE_LOOK_H
#define AGENT_SOURCE_LOOK_H

#include <jansson.h>

#include "agent/config.h"
#include "agent/state.h"

/* result: as of an import ("active", "current", ...), "refused" where why says so. */
int source_look_note(struct state *state, const struct config_source *source, const char *result,
                     const struct error *why, struct error *err) ERROR_MUST_CHECK;

/* The configured sources in their order: [{"name","location","looked":TIME|null,
 * "succeeded":TIME|null,"failures","result","code","words"}]. A new reference in every case. */
int source_look_list(struct state *state, const struct config *config, json_t **list,
                     struct error *err) ERROR_MUST_CHECK;

/* By how much this endpoint's looks are off the interval's beat, 0 to a tenth of it: a fleet that was
 * switched on at once spreads over the mirror. The same endpoint, the same place. "" is 0. */
int64_t source_look_spread_ms(const char *endpoint, uint64_t interval_s);

#endif
