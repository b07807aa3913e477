/* SPDX-License-Identifier: ISC
 *
 * What the local-rep-data of this endpoint says of files and signers. The scanner's driver looks;
 * what it answers is held to its form again here.
 */
#ifndef AGENT_REPUTATION_H
#define AGENT_REPUTATION_H

#include <jansson.h>

#include "agent/driver-host.h"

/* asked: hashes (64 hex digits), then signers, each with LF behind it, LIMIT_REPUTATION_BATCH at
 * most. *reply: sallyport.reputation/1 (sallyport-control.7), a new reference. ERROR_NOT_FOUND where
 * no such content is in service; ERROR_USAGE names a signer that is none. */
int reputation_ask(struct state *state, struct driver_host *drivers, const char *asked,
                   json_t **reply, struct error *err) ERROR_MUST_CHECK;

#endif
