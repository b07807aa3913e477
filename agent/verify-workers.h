/* SPDX-License-Identifier: ISC
 *
 * A fixed number of threads that share out numbered pieces of work. Made before the sandbox is
 * sealed; afterwards there can be no more.
 */
#ifndef AGENT_VERIFY_WORKERS_H
#define AGENT_VERIFY_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "media/base/error.h"

struct verify_workers;

typedef void (*verify_work)(void *context, size_t i);

int verify_workers_start(size_t count, struct verify_workers **workers,
                         struct error *err) ERROR_MUST_CHECK;
size_t verify_workers_count(const struct verify_workers *workers);
/* Does work(context, 0..count-1), each once, on whichever thread is free; returns when all are
 * done. */
void verify_workers_run(struct verify_workers *workers, verify_work work, void *context,
                        size_t count);
/* Does work(context, t) once on each thread t. */
void verify_workers_each(struct verify_workers *workers, verify_work work, void *context);
/* Ends the threads. NULL is fine. */
void verify_workers_stop(struct verify_workers *workers);

#endif
