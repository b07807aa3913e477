/* SPDX-License-Identifier: ISC
 *
 * One unit of systemd as its files and links say (systemd.unit(5)); systemd itself is not asked.
 * Drop-ins are not read: `exec` is the unit file's own.
 */
#ifndef AGENT_INVENTORY_UNIT_H
#define AGENT_INVENTORY_UNIT_H

#include <jansson.h>

#include "agent/inventory-place.h"

/* {"name","state","exec":TEXT|null,"running":bool} of a unit by name, ".service" where it has no
 * suffix; name is with it. state: "masked" (a link to /dev/null), "enabled" (a link in a .wants or
 * .requires folder, or an alias), "static" (no [Install]), "disabled". exec: the program of the first
 * ExecStart. running: systemd has a run of it. NULL: no such unit, or *reason. */
json_t *inventory_unit(const struct inventory_place *place, const char *name, const char **reason);

#endif
