/* SPDX-License-Identifier: ISC
 *
 * Steps of a long call on stderr: one line that is written over where stderr is a terminal, else a
 * line a step and at most one in 30 s. Nothing with --quiet.
 */
#ifndef TUI_PROGRESS_H
#define TUI_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/base/command.h"

struct progress {
    bool quiet, terminal;
    bool open; /* a line without its end stands on the terminal */
    char step[64];
    int64_t said_ms;
};

void progress_init(const struct command_invocation *invocation, struct progress *progress);
/* {"name","words","done","total"} */
void progress_step(struct progress *progress, const json_t *step);
/* Ends an open line. */
void progress_end(struct progress *progress);

#endif
