/* SPDX-License-Identifier: ISC
 *
 * What is damaged here, put right: our own files first (agent/repair-round.h), then content,
 * looked at now and fetched again from a source that carries the same package or a newer one. The
 * hourly look does the same by itself.
 */
#ifndef AGENT_REPAIR_H
#define AGENT_REPAIR_H

#include "agent/import.h"
#include "agent/repair-round.h"

struct repair_request {
    const char *source; /* NULL: the configured ones, in their order */
    const char *who;
    bool dry_run; /* nothing is fetched; what is found damaged is noted all the same */
};

/* Our own files alone: at start, before anything is loaded, and with each look. What could not be put
 * right is in the rows and in health, and keeps nothing else. Whether REPAIR_ROUND_LATE is due. */
bool repair_own_files(const struct import *import, enum repair_round_when when, const char *who);

/* The hourly look: our own files, content, and what a kit says. Content is looked at a second time
 * where it could not be, which may have been a program of ours. *again: REPAIR_ROUND_LATE is due once the
 * sources were asked; set in every case. */
int repair_look(const struct import *import, const char *who, bool *again,
                struct error *err) ERROR_MUST_CHECK;

/* *reply gets sallyport.repair/1 (new reference; sallyport-control.7). What could not be put right
 * is in there; an error means that it could not be looked at. */
int repair_run(const struct import *import, const struct repair_request *request, json_t **reply,
               struct error *err) ERROR_MUST_CHECK;

#endif
