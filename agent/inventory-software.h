/* SPDX-License-Identifier: ISC
 *
 * What tells of software beside packages and units: desktop entries, os-release, and components of the
 * system that are known to this table of probes.
 */
#ifndef AGENT_INVENTORY_SOFTWARE_H
#define AGENT_INVENTORY_SOFTWARE_H

#include <jansson.h>

#include "agent/inventory-place.h"

/* Each answers NULL where it is absent, or with *reason where it may not be told. */

/* {"id","name","exec":TEXT|null} of a desktop entry by its id, with or without ".desktop" (id is
 * without); in a home its own entries come first. exec: the program of Exec. Entries that are hidden
 * are absent. */
json_t *inventory_desktop(const struct inventory_place *place, const char *id, const char **reason);

/* A value of os-release by its key, as text. */
json_t *inventory_os_release(const struct inventory_place *place, const char *key,
                             const char **reason);

/* The first path of a component that is there, as text. */
json_t *inventory_component(const struct inventory_place *place, const char *name,
                            const char **reason);

#endif
