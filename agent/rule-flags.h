/* SPDX-License-Identifier: ISC
 *
 * What flag() answers in the rules of a driver. A rule may ask for any flag, so all that anything here
 * knows are told (agent/flag.h).
 */
#ifndef AGENT_RULE_FLAGS_H
#define AGENT_RULE_FLAGS_H

#include "agent/driver-host.h"

/* Tells the driver of a type, before it is asked for anything else; it may have been told others
 * before. site: as agent.conf names it; "" is none. */
int rule_flags_tell(struct state *state, struct driver_host *drivers, const char *site,
                    const char *type, struct error *err) ERROR_MUST_CHECK;

/* The same where that is no reason not to ask: it is logged, and a flag not told is off. */
void rule_flags_try(struct state *state, struct driver_host *drivers, const char *site,
                    const char *type);

#endif
