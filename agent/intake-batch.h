/* SPDX-License-Identifier: ISC
 *
 * What a worker of intake-rebuild.h does with the chunks that lie ready in memory: hold the stored
 * bytes against their digests, all of them in the lanes of media/digest-lanes.h, decode, hold the
 * plain bytes against theirs, and write. The more chunks at once, the fuller are the lanes and the
 * larger the writes.
 */
#ifndef AGENT_INTAKE_BATCH_H
#define AGENT_INTAKE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/intake-files.h"
#include "media/frame-codec.h"
#include "media/recipe.h"

#define INTAKE_BATCH_CHUNKS 32
/* The largest chunk is a frame and the range that it builds on. */
#define INTAKE_BATCH_BYTES (4 * MIB)

_Static_assert(INTAKE_BATCH_BYTES >= LIMIT_FRAME_BYTES + LIMIT_BASE_BYTES, "one chunk fits");

struct intake_item {
    uint32_t chunk;
    bool copy;             /* stored holds the chunk itself, as the base has it */
    const uint8_t *stored; /* the recipe's packed bytes, or length of them for a copy */
    const uint8_t *range;  /* base_length bytes that the frame builds on; NULL: it builds on none */
    const uint8_t *plain;  /* set while the batch is worked on */
};

/* Chunks that rise in the recipe's order. */
struct intake_batch {
    uint8_t *memory; /* INTAKE_BATCH_BYTES, in which all the items lie */
    size_t used;
    size_t count;
    struct intake_item items[INTAKE_BATCH_CHUNKS];
};

/* What one thread works with. */
struct intake_bench {
    struct frame_decoder *decoder;
    uint8_t *plain; /* INTAKE_BATCH_BYTES, decoded chunks */
};

void intake_bench_init(struct intake_bench *bench);
void intake_bench_clear(struct intake_bench *bench);

/* Writes the chunks of a batch, each once it is what the recipe says. Codes as intake_rebuild(). */
int intake_batch_work(struct intake_bench *bench, struct intake_batch *batch,
                      const struct recipe *recipe, struct intake_files *files,
                      struct error *err) ERROR_MUST_CHECK;

#endif
