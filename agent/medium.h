/* SPDX-License-Identifier: ISC
 *
 * The media that were read here: by their signed export document, who made them, when they came,
 * how the last import from each went.
 */
#ifndef AGENT_MEDIUM_H
#define AGENT_MEDIUM_H

#include <jansson.h>

#include "agent/state.h"

#define MEDIUM_ROWS 1000 /* kept, those of the newest imports */

/* document: verify's word on an export document that it accepted (VERIFY_DOCUMENT of kind export). */
int medium_note(struct state *state, const json_t *document, const char *source,
                const struct error *why, struct error *err) ERROR_MUST_CHECK;

/* Newest import first, at most 100: [{"digest","medium","exporter","created","source","imported",
 * "times","code","words"}]. A new reference in every case. */
int medium_list(struct state *state, json_t **list, struct error *err) ERROR_MUST_CHECK;

#endif
