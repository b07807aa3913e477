/* SPDX-License-Identifier: ISC
 *
 * An endpoint that is enrolled and has nothing yet: its state in a scratch folder, and the configuration
 * that holds where no file says otherwise.
 */
#ifndef TESTS_AGENT_ENROLLED_H
#define TESTS_AGENT_ENROLLED_H

#include "agent/config.h"
#include "agent/state.h"

struct enrolled {
    struct state *state;
    struct config config;
};

/* Of the test that runs. */
extern struct enrolled enrolled;

/* For cmocka: setup and teardown. *context is the struct scratch. */
int enrolled_open(void **context);
int enrolled_close(void **context);

#endif
