/* SPDX-License-Identifier: ISC
 *
 * For cmocka: a state folder, and drivers of a libexec folder that run beside it; content goes into
 * service as an import puts it there, but for the medium.
 */
#ifndef TESTS_AGENT_HOST_PLACE_H
#define TESTS_AGENT_HOST_PLACE_H

#include "tests/scratch.h"

#include "agent/driver-host.h"

struct host_place {
    void *scratch; /* struct scratch */
    char folder[300], libexec[300];
    struct config config;
    struct state *state;
    struct driver_host *drivers;
    uint8_t issue; /* of the package that was put last */
};

/* An empty libexec folder; nothing runs. 0, or -1. */
int host_place_make(struct host_place *place);
void host_place_remove(struct host_place *place);

/* name in the libexec folder is the program `from` of the build folder. */
void host_place_link(struct host_place *place, const char *from, const char *name);

void host_place_start(struct host_place *place);
void host_place_stop(struct host_place *place);

struct host_file {
    const char *name;
    const void *data;
    size_t size;
};

/* The next package of a type: staged, then activated, whose result it is. */
int host_place_put(struct host_place *place, const char *type, const struct host_file *files,
                   size_t count, struct error *err);

#endif
