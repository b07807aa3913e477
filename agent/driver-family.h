/* SPDX-License-Identifier: ISC
 *
 * Inside of agent/driver-host.h: the places of families.
 */
#ifndef AGENT_DRIVER_FAMILY_H
#define AGENT_DRIVER_FAMILY_H

#include "agent/driver-host.h"
#include "agent/driver-load.h"

struct family {
    struct driver_host *host;
    char name[LIMIT_NAME_BYTES + 1];  /* "": free place */
    struct driver_run *run;           /* NULL: not running */
    int64_t ends_us[CONFIG_ENDS_MAX]; /* monotonic, newest last; 0: none */
    char item[ERROR_WORDS_BYTES];     /* what it was working on when it last ended */
    struct driver_load_unread unread[DRIVER_READS];
    int64_t started_us, last_end_us; /* by the system's clock, for people */
    unsigned restarts;
    char last_words[2 * ERROR_WORDS_BYTES];
};

struct driver_host {
    struct state *state;
    const struct config *config;
    struct driver_host_listener listener;
    struct family families[CONFIG_DRIVERS];
};

#endif
