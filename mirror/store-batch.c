/* SPDX-License-Identifier: ISC */
#include "mirror/store-batch.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/limits.h"
#include "media/digest-lanes.h"

#define BATCH_BYTES  (8 * MIB)
#define BATCH_FRAMES 256

struct batch {
    struct store_reader *reader;
    uint8_t *memory;
    size_t used;
    size_t count;
    const uint8_t *expected[BATCH_FRAMES];
    struct bytes_view frames[BATCH_FRAMES];
    uint8_t digests[BATCH_FRAMES][DIGEST_BYTES];
};

static bool has_room(const struct batch *batch)
{
    return batch->count < BATCH_FRAMES && batch->used + LIMIT_FRAME_BYTES <= BATCH_BYTES;
}

static int read_frame(struct batch *batch, const uint8_t *digest, struct error *err)
{
    uint8_t *place = batch->memory + batch->used;
    size_t size;
    int result = store_fetch(batch->reader, digest, place, &size, err);

    if (result < 0)
        return result;
    batch->expected[batch->count] = digest;
    batch->frames[batch->count++] = bytes_view_of(place, size);
    batch->used += size;
    return 0;
}

static int prove(struct batch *batch, struct error *err)
{
    char text[DIGEST_TEXT_BYTES];

    digest_many(batch->frames, batch->count, batch->digests);
    for (size_t i = 0; i < batch->count; i++) {
        if (memcmp(batch->digests[i], batch->expected[i], DIGEST_BYTES) != 0)
            return error_set(err, ERROR_BAD_DIGEST, "frame %s: its pack holds something else",
                             digest_text(batch->expected[i], text));
    }
    return 0;
}

static int give(struct batch *batch, store_take take, void *context, struct error *err)
{
    int result = prove(batch, err);

    for (size_t i = 0; i < batch->count && result == 0; i++)
        result = take(context, batch->expected[i], batch->frames[i], err);
    batch->count = batch->used = 0;
    return result;
}

int store_read_all(struct repository *repository, const uint8_t *const *digests, size_t count,
                   store_take take, void *context, struct error *err)
{
    struct batch *batch = bytes_allocate(1, sizeof(*batch));
    int result = 0;

    batch->reader = store_reader_new(repository);
    batch->memory = bytes_allocate(1, BATCH_BYTES);
    for (size_t i = 0; i < count && result == 0; i++) {
        result = read_frame(batch, digests[i], err);
        if (result == 0 && !has_room(batch))
            result = give(batch, take, context, err);
    }
    if (result == 0)
        result = give(batch, take, context, err);
    store_reader_free(batch->reader);
    free(batch->memory);
    free(batch);
    return result;
}
