/* SPDX-License-Identifier: ISC
 *
 * Messages between the monitor and sallyport-inventory, the read-only broker of appfeed and
 * userappfeed: both ends include this. Bodies are JSON of at most LIMIT_INVENTORY_MESSAGE bytes.
 * The monitor passes what the driver asked and what it is answered (media/base/driver-protocol.h)
 * as they are.
 *
 *   INVENTORY_CALL      monitor -> broker {"call":NAME,"arguments":[TEXT]}: agent/inventory-call.h
 *   INVENTORY_RETURN    broker -> monitor {"value":ANY,"reason":TEXT|null}: value null where it is
 *                       absent or may not be told, reason then says why unless it is plainly absent;
 *                       or {"refused":TEXT}: the call had a wrong form
 *   INVENTORY_JUDGE     monitor -> broker {"path":TEXT}, only where it has a home; back
 *                       {"verdict":WORD} of agent/exclusion.h for the way to it
 *   INVENTORY_SELFTEST  monitor -> broker empty; back "ok", or what the sandbox did not refuse
 *   INVENTORY_FAILED    broker -> monitor {"code","words"}: it ends
 */
#ifndef AGENT_INVENTORY_PROTOCOL_H
#define AGENT_INVENTORY_PROTOCOL_H

#include "media/base/spawn.h"

enum inventory_message {
    INVENTORY_CALL = 1,
    INVENTORY_RETURN,
    INVENTORY_JUDGE,
    INVENTORY_SELFTEST,
    INVENTORY_FAILED,
};

/* Descriptors that it is started with, both of folders, O_PATH suffices. */
#define INVENTORY_FD_ROOT SPAWN_FD_FIRST       /* "/", or a folder in its place */
#define INVENTORY_FD_HOME (SPAWN_FD_FIRST + 1) /* of the user that it runs as; absent: appfeed */

#endif
