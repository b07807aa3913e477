/* SPDX-License-Identifier: ISC
 *
 * From feeds to exclusions, one round: the driver of appfeed or userappfeed is asked what scans should
 * leave out, what it asks meanwhile is answered by sallyport-inventory, each exclusion is judged
 * (agent/exclusion.h), and the list (agent/exclusion-list.h) is replaced. For userappfeed the driver is
 * asked once a user, of whom and as whom the inventory then answers.
 *
 * A round that does not come about changes no exclusion; a feed that is no longer in service takes
 * its exclusions along.
 */
#ifndef AGENT_EXCLUSION_ROUND_H
#define AGENT_EXCLUSION_ROUND_H

#include "agent/driver-host.h"
#include "agent/inventory-broker.h"

#define EXCLUSION_FAMILY "exclusions"

struct exclusion_round {
    struct state *state;
    struct driver_host *drivers;
    const struct config *config;
    struct inventory_broker *asked; /* who answers at this moment; NULL: nobody */
};

enum exclusion_round_when {
    EXCLUSION_ROUND_CONTENT, /* feeds of which another package is in service than ran last */
    EXCLUSION_ROUND_LOOK,    /* also those that ran a day ago, or failed */
};

/* `who` is for the audit record, which a round has that changed how many are taken or refused. An error
 * is one of the state: what is wrong with feed, driver or inventory is with the run. */
int exclusion_round_run(struct exclusion_round *round, enum exclusion_round_when when,
                        const char *who, struct error *err) ERROR_MUST_CHECK;

/* The same for who goes on whatever it comes to: an error is logged. */
void exclusion_round_follow(struct exclusion_round *round, enum exclusion_round_when when,
                            const char *who);

/* What a driver of the family asks within a round (struct driver_host_listener). */
int exclusion_round_call(struct exclusion_round *round, const char *call, const json_t *arguments,
                         json_t **value, char reason[static ERROR_WORDS_BYTES],
                         struct error *err) ERROR_MUST_CHECK;

#endif
