/* SPDX-License-Identifier: ISC
 *
 * How the rules of a family fare, for Engines: as its driver counts them, each with what it took and,
 * where it is switched off, why.
 */
#ifndef AGENT_RULE_VIEW_H
#define AGENT_RULE_VIEW_H

#include <jansson.h>

#include "agent/driver-host.h"

#define RULE_VIEW_SHOWN 64 /* in one answer: all that are off, then who takes most time */

/* {"rules":[...]|null,"rule_counts":{"total","off"}|null}, a new reference; null where the family has no
 * rules, does not answer or does not run: it is not started for this. Rows are the driver's, with
 * "type"; whoever shows them escapes them. `drivers` may be NULL. */
json_t *rule_view(struct driver_host *drivers, const struct config *config, const char *family);

#endif
