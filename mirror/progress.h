/* SPDX-License-Identifier: ISC
 *
 * How far a long step has come: one line that is rewritten, on a terminal only.
 */
#ifndef MIRROR_PROGRESS_H
#define MIRROR_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool shown; /* standard error is a terminal and nobody asked for quiet */
    const char *step;
    uint64_t done, total;
    int64_t begun_us, drawn_us;
};

/* Begins a step of `total` bytes; ends the one before. */
void progress_begin(struct progress *progress, const char *step, uint64_t total);
void progress_add(struct progress *progress, uint64_t bytes);
void progress_end(struct progress *progress);

#endif
