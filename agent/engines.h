/* SPDX-License-Identifier: ISC
 *
 * How the drivers of this endpoint fare: sallyport.engines/1, a row a family, field by field as
 * sallyport-control(7) has it. Read from the state, the driver host and /proc; no driver is asked,
 * so that one that hangs delays nobody.
 */
#ifndef AGENT_ENGINES_H
#define AGENT_ENGINES_H

#include "agent/status.h"

/* *reply: a new reference, the method's whole reply parameters. */
int engines_make(const struct status_source *source, json_t **reply,
                 struct error *err) ERROR_MUST_CHECK;

#endif
