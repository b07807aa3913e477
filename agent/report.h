/* SPDX-License-Identifier: ISC
 *
 * A time's summary for whoever signs it off: what the audit chain holds of it. sallyport.report/1
 * (sallyport-control.7).
 */
#ifndef AGENT_REPORT_H
#define AGENT_REPORT_H

#include <jansson.h>

#include "agent/status.h"

/* Records from <= time < to. Floors are those of now: the chain does not hold those of then, and
 * floors never go down. *reply is a new reference. */
int report_make(const struct status_source *source, int64_t from_us, int64_t to_us, json_t **reply,
                struct error *err) ERROR_MUST_CHECK;

#endif
