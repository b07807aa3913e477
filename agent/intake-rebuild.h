/* SPDX-License-Identifier: ISC
 *
 * The pipeline: one thread reads frames from the medium and what is installed, workers hash, decode,
 * hash and write them, a batch at a time (intake-batch.h). Memory is bounded by batches, whatever the
 * package's size: one and its decoded chunks for each worker, and one that is being filled.
 */
#ifndef AGENT_INTAKE_REBUILD_H
#define AGENT_INTAKE_REBUILD_H

#include <stdint.h>

#include "agent/intake-base.h"
#include "agent/intake-files.h"
#include "agent/intake-frames.h"
#include "media/recipe.h"

#define INTAKE_WORKERS 4 /* at most */

struct intake_pool;

/* Starts workers (2..INTAKE_WORKERS, as many as there are processors). Between sandbox_enter() and
 * sandbox_seal(). */
int intake_pool_start(struct intake_pool **pool, struct error *err) ERROR_MUST_CHECK;
/* Ends and joins them. */
void intake_pool_stop(struct intake_pool *pool);

/* sandbox_selftest() in every worker and in the caller. *threads: how many that were. */
int intake_pool_selftest(struct intake_pool *pool, unsigned *threads,
                         struct error *err) ERROR_MUST_CHECK;

struct intake_job {
    const struct recipe *recipe;
    struct intake_frames *frames;
    struct intake_files *files;
    struct intake_base *base; /* NULL: nothing is taken from what is installed */
    const bool *kept;         /* one a chunk: in place */
    uint64_t kept_bytes;      /* plain bytes that are in place */
    /* Told now and then how many plain bytes are in place. Negative ends the job with that error. */
    int (*progress)(void *context, uint64_t done, struct error *err);
    void *context;
};

/* Rebuilds what the frames that were found give (all files, where none is missing). Frames that do not
 * have their digest: ERROR_BAD_DIGEST; that do but do not give their chunk: ERROR_BAD_FRAME; a base
 * that has other bytes than its recipe says: ERROR_BASE_MISSING. The first failure ends the job; no
 * worker touches it when this returns. */
int intake_rebuild(struct intake_pool *pool, const struct intake_job *job,
                   struct error *err) ERROR_MUST_CHECK;

#endif
