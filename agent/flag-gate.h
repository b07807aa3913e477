/* SPDX-License-Identifier: ISC
 *
 * Content types that a feature flag switches, one visible row each (flag-gate.c): while its flag is off
 * a type is checked and activated as ever, and no process that serves loads it. What flags come to is
 * kept in the state, so that a start needs no flags driver to know it.
 */
#ifndef AGENT_FLAG_GATE_H
#define AGENT_FLAG_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/driver-host.h"

/* state_number() of this and a flag: 1 while it is on. */
#define FLAG_GATE_ON "flag_on."

struct flag_gate {
    struct state *state;
    struct driver_host *drivers;
    const struct config *config;
    int64_t looked; /* number of the newest audit record when flags were asked last; 0: never */
};

/* Asks for the flags again where anything has happened since, and switches what has changed. A flag that
 * can't be asked stays as it was. */
int flag_gate_run(struct flag_gate *gate, struct error *err) ERROR_MUST_CHECK;

/* Whether a type's flag is off: then words say which. */
bool flag_gate_is_off(struct state *state, const char *type, char *words, size_t size);

#endif
