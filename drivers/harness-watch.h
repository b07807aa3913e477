/* SPDX-License-Identifier: ISC
 *
 * The harness's end of the conversation with the parent, as far as a family speaks on it itself: what
 * it works on, what it asks, what it tells. The functions are in drivers/driver.h.
 */
#ifndef DRIVERS_HARNESS_WATCH_H
#define DRIVERS_HARNESS_WATCH_H

#include <stdint.h>

#include "drivers/driver.h"

#define HARNESS_SEND_MS 5000 /* the parent reads at once; when it does not, nobody needs us */

struct driver_watch {
    int socket;
    char file[256];
    uint64_t line;
    char item[256];
};

/* Nothing is worked on. */
void harness_watch_reset(struct driver_watch *watch);

#endif
