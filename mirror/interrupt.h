/* SPDX-License-Identifier: ISC
 *
 * Being told to stop (SIGINT, SIGTERM, SIGHUP) in the middle of a long piece of work that has
 * something to take away: while it is on the signals wait in a descriptor that the work looks at,
 * and a pipe without a reader is an error of its writer, not a signal.
 */
#ifndef MIRROR_INTERRUPT_H
#define MIRROR_INTERRUPT_H

#include <signal.h>

#include "media/base/error.h"

struct interrupt {
    int fd; /* -1: not on, never interrupted */
    sigset_t before;
    struct sigaction pipe;
};

int interrupt_begin(struct interrupt *interrupt, struct error *err) ERROR_MUST_CHECK;
/* ERROR_INTERRUPTED from the first signal on, and at every later call. */
int interrupt_check(const struct interrupt *interrupt, struct error *err) ERROR_MUST_CHECK;
/* Waits until fd can be written, or a signal comes: ERROR_INTERRUPTED. */
int interrupt_wait(const struct interrupt *interrupt, int fd, struct error *err) ERROR_MUST_CHECK;
/* Signals act as before; those that waited have been answered by interrupt_check's error. */
void interrupt_end(struct interrupt *interrupt);

#endif
