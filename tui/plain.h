/* SPDX-License-Identifier: ISC
 *
 * The console without a screen: a line asks, a line or a number is typed, lines answer. Nothing that
 * was printed is printed over. plain-print.h has what is said, plain-job.h what is done.
 */
#ifndef TUI_PLAIN_H
#define TUI_PLAIN_H

#include "media/base/command.h"
#include "tui/plain-print.h"

struct plain {
    const struct command_invocation *invocation; /* of the verb: whom to ask */
    const char *fixture;                         /* in the place of an agent; NULL: none */
    FILE *typed;
    struct plain_output output;
    struct model model;
    size_t panel; /* that was shown last */
    size_t first; /* its next rows; 0: none is left */
    bool over;
};

/* Runs it until q, or until nothing more is typed. ERROR_IO where it can't be printed. */
int plain_run(struct plain *plain, struct error *err) ERROR_MUST_CHECK;

/* A line that was typed after a prompt, without its end. False: there is none. */
bool plain_read(struct plain *plain, const char *prompt, char *out, size_t size);

#endif
