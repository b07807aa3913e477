/* SPDX-License-Identifier: ISC
 *
 * How long intake may take for one package, and how much it may say meanwhile: it is believed for
 * nothing, and messages without end would keep an import open for ever. Arithmetic only; the clock
 * is the caller's, in milliseconds and monotonic.
 */
#ifndef AGENT_IMPORT_PACE_H
#define AGENT_IMPORT_PACE_H

#include <stdint.h>

#include "media/base/error.h"

struct import_pace {
    int64_t began_ms, most_ms;
    uint64_t told; /* progress messages so far */
    uint64_t left; /* requests for files that it may still make */
};

/* A package of so many plain bytes; recipe_bytes: of its recipe and its base's, whose rows are what
 * intake asks for files by. */
void import_pace_begin(struct import_pace *pace, uint64_t bytes, uint64_t recipe_bytes,
                       int64_t now_ms);

/* *wait_ms: how long to wait for the next message. ERROR_TIMEOUT: the package has taken too long. */
int import_pace_wait(const struct import_pace *pace, int64_t now_ms, int *wait_ms,
                     struct error *err) ERROR_MUST_CHECK;

/* One more of these messages. ERROR_PROTOCOL: more than an honest intake sends. */
int import_pace_progress(struct import_pace *pace, int64_t now_ms,
                         struct error *err) ERROR_MUST_CHECK;
int import_pace_want(struct import_pace *pace, struct error *err) ERROR_MUST_CHECK;

#endif
