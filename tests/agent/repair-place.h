/* SPDX-License-Identifier: ISC
 *
 * For cmocka: a state, a libexec folder with the real sallyport-repaird, and a folder of a
 * configuration, to repair in.
 */
#ifndef TESTS_AGENT_REPAIR_PLACE_H
#define TESTS_AGENT_REPAIR_PLACE_H

#include "tests/scratch.h"

#include "agent/repair-kit.h"

struct repair_place {
    void *scratch; /* struct scratch */
    char folder[300], libexec[300], etc[300];
    struct config config;
    struct state *state;
    struct import import;
};

/* 0, or -1. */
int repair_place_make(struct repair_place *place);
int repair_place_remove(struct repair_place *place);

/* A file or folder of the three ("state", "libexec", "etc"). */
mode_t repair_place_mode(const struct repair_place *place, const char *name);

#endif
