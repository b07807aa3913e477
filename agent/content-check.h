/* SPDX-License-Identifier: ISC
 *
 * Whether what lies in STATE/content still is what was verified when it came: every file of every
 * package against its recipe, by sallyport-verify in its sandbox; names and modes by the monitor.
 * At start, before a driver loads anything, and at each look at the sources.
 *
 * Content in service that is damaged goes on being served as it was loaded; it is marked, its health
 * fails, and the next source that carries it mends it (import fetches what is damaged again). At
 * start nothing is loaded yet: then the package before comes back where there is a good one, and
 * without one the type stays unloaded until it is mended.
 *
 * Where verify can't say (it does not start, or dies of these bytes), nothing is given up; at start
 * the type stays unloaded, with that in its health, until a later look finds it good.
 */
#ifndef AGENT_CONTENT_CHECK_H
#define AGENT_CONTENT_CHECK_H

#include "agent/import.h"

struct content_check_found {
    uint64_t checked; /* packages */
    uint64_t damaged; /* of them */
};

/* `start`: no driver has been started. What was found is in the rows, in health and in the audit
 * chain; an error means that some of it could not be looked at. */
int content_check_run(const struct import *import, const char *who, bool start,
                      struct content_check_found *found, struct error *err) ERROR_MUST_CHECK;

#endif
