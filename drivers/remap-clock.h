/* SPDX-License-Identifier: ISC
 *
 * A bound on the processor time of XPath, beside libxml2's bound on its steps: comparing and joining
 * strings takes time and no steps. When it is over, the evaluation that runs is over its steps too,
 * and ends in order.
 */
#ifndef DRIVERS_REMAP_CLOCK_H
#define DRIVERS_REMAP_CLOCK_H

#include <libxml/xpath.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#include "media/base/error.h"

struct remap_clock {
    xmlXPathContext *context;
    unsigned ms;
    timer_t timer;
    volatile sig_atomic_t expired;
    struct sigaction before;
};

/* From now on. Uses SIGPROF, so one at a time in a process; context and clock stay where they are
 * until remap_clock_stop(). ms is not 0. ERROR_IO. */
int remap_clock_start(struct remap_clock *clock, xmlXPathContext *context, unsigned ms,
                      struct error *err) ERROR_MUST_CHECK;
/* *used_ms: what was taken. */
void remap_clock_stop(struct remap_clock *clock, unsigned *used_ms);

#endif
