/* SPDX-License-Identifier: ISC
 *
 * What appfeed and userappfeed may ask of an endpoint: a table of calls, each with one text as its
 * argument (the table is in sallyport-driver(7)).
 */
#ifndef AGENT_INVENTORY_CALL_H
#define AGENT_INVENTORY_CALL_H

#include <jansson.h>

#include "agent/inventory-place.h"
#include "media/base/error.h"

struct inventory;

/* Reads nothing yet. The place stays the caller's. */
struct inventory *inventory_new(const struct inventory_place *place);
void inventory_free(struct inventory *inventory);

/* Answers {"call","arguments"} with what INVENTORY_RETURN carries, a new reference; never NULL. */
json_t *inventory_answer(struct inventory *inventory, const json_t *call);

#endif
