/* SPDX-License-Identifier: ISC
 *
 * Feature flags of this endpoint: the supplement is the flags driver's, the service values are those
 * of the ring's accepted set; where both say on, a key of the configuration store
 * (agent/setting-keys.c) may still say off. What the flags driver never says about: verification, floors, audit.
 */
#ifndef AGENT_FLAG_H
#define AGENT_FLAG_H

#include <jansson.h>

#include "agent/driver-host.h"

/* site: as agent.conf names it; "" is none. *reply: {"name","value","origin"}, a new reference. */
int flag_ask(struct state *state, struct driver_host *drivers, const char *site, const char *name,
             json_t **reply, struct error *err) ERROR_MUST_CHECK;

/* Every flag that supplement, software or set name, sorted. *reply: {"schema","flags":[{"name",
 * "value","supplement","service","origin","release"?,"known","what"?,"why"}]}, a new reference. */
int flag_list(struct state *state, struct driver_host *drivers, const char *site, json_t **reply,
              struct error *err) ERROR_MUST_CHECK;

#endif
