/* SPDX-License-Identifier: ISC */
#include "agent/intake-batch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "media/digest-lanes.h"

void intake_bench_init(struct intake_bench *bench)
{
    bench->decoder = frame_decoder_new();
    bench->plain = bytes_allocate(1, INTAKE_BATCH_BYTES);
}

void intake_bench_clear(struct intake_bench *bench)
{
    frame_decoder_free(bench->decoder);
    free(bench->plain);
}

/* A stored frame is its own chunk: the recipe's rules made sure that both digests are one. */
static bool is_decoded(const struct recipe *recipe, const struct intake_item *item)
{
    return !item->copy && recipe->chunks[item->chunk].codec != CODEC_STORED;
}

static int at_chunk(int result, const struct intake_item *item, struct error *err)
{
    return result < 0 ? error_context(err, "chunk %" PRIu32, item->chunk) : 0;
}

static int check_stored(const struct recipe_chunk *chunk, const struct intake_item *item,
                        const uint8_t *found, struct error *err)
{
    char wanted[DIGEST_TEXT_BYTES];

    if (memcmp(found, item->copy ? chunk->content : chunk->frame, DIGEST_BYTES) == 0)
        return 0;
    if (item->copy)
        return error_set(err, ERROR_BASE_MISSING,
                         "what is installed has other bytes than its recipe says");
    return error_set(err, ERROR_BAD_DIGEST, "frame %.16s...: its bytes have another digest",
                     digest_text(chunk->frame, wanted));
}

/* The digest comes before the decoder: nothing is decompressed that is not what verify named. */
static int check_all_stored(const struct intake_batch *batch, const struct recipe *recipe,
                            struct error *err)
{
    uint8_t found[INTAKE_BATCH_CHUNKS][DIGEST_BYTES];
    struct bytes_view views[INTAKE_BATCH_CHUNKS];
    int result = 0;

    for (size_t i = 0; i < batch->count; i++) {
        const struct intake_item *item = &batch->items[i];
        const struct recipe_chunk *chunk = &recipe->chunks[item->chunk];

        views[i] = bytes_view_of(item->stored, item->copy ? chunk->length : chunk->packed);
    }
    digest_many(views, batch->count, found);
    for (size_t i = 0; i < batch->count && result == 0; i++) {
        const struct intake_item *item = &batch->items[i];

        result =
            at_chunk(check_stored(&recipe->chunks[item->chunk], item, found[i], err), item, err);
    }
    return result;
}

static int decode(struct intake_bench *bench, const struct recipe *recipe,
                  const struct intake_item *item, uint8_t *out, struct error *err)
{
    const struct recipe_chunk *chunk = &recipe->chunks[item->chunk];
    const struct frame_base base = {.range = bytes_view_of(item->range, chunk->base_length),
                                    .record_size = recipe->files[chunk->file].record_size};

    return at_chunk(frame_decode_on(bench->decoder, item->range != NULL ? &base : NULL,
                                    chunk->codec, bytes_view_of(item->stored, chunk->packed), out,
                                    chunk->length, err),
                    item, err);
}

/* Items from `first` on, as many as the bench holds of what is decoded. *end: behind the last. */
static int decode_some(struct intake_bench *bench, struct intake_batch *batch,
                       const struct recipe *recipe, size_t first, size_t *end, struct error *err)
{
    size_t used = 0;
    int result = 0;

    for (*end = first; *end < batch->count && result == 0; (*end)++) {
        struct intake_item *item = &batch->items[*end];
        uint32_t length = recipe->chunks[item->chunk].length;

        item->plain = item->stored;
        if (!is_decoded(recipe, item))
            continue;
        if (length > INTAKE_BATCH_BYTES - used)
            break;
        result = decode(bench, recipe, item, bench->plain + used, err);
        item->plain = bench->plain + used;
        used += length;
    }
    return result;
}

/* The frame is what the recipe names: on a range it is most likely the range that is not. */
static int wrong_content(const struct intake_item *item, struct error *err)
{
    if (item->range != NULL)
        return error_set(err, ERROR_BASE_MISSING,
                         "what is installed, or the change to it, is not what its recipe says");
    return error_set(err, ERROR_BAD_FRAME, "its plain bytes have another digest");
}

static int check_decoded(const struct intake_batch *batch, const struct recipe *recipe,
                         size_t first, size_t end, struct error *err)
{
    uint8_t found[INTAKE_BATCH_CHUNKS][DIGEST_BYTES];
    struct bytes_view views[INTAKE_BATCH_CHUNKS] = {{NULL, 0}};
    size_t rows[INTAKE_BATCH_CHUNKS], count = 0;

    for (size_t i = first; i < end; i++) {
        const struct intake_item *item = &batch->items[i];

        if (!is_decoded(recipe, item))
            continue;
        views[count] = bytes_view_of(item->plain, recipe->chunks[item->chunk].length);
        rows[count++] = i;
    }
    digest_many(views, count, found);
    for (size_t i = 0; i < count; i++) {
        const struct intake_item *item = &batch->items[rows[i]];

        if (memcmp(found[i], recipe->chunks[item->chunk].content, DIGEST_BYTES) != 0)
            return at_chunk(wrong_content(item, err), item, err);
    }
    return 0;
}

static int write_items(const struct intake_batch *batch, struct intake_files *files, size_t first,
                       size_t end, struct error *err)
{
    struct intake_files_chunk chunks[INTAKE_BATCH_CHUNKS];

    for (size_t i = first; i < end; i++)
        chunks[i - first] = (struct intake_files_chunk){.chunk = batch->items[i].chunk,
                                                        .plain = batch->items[i].plain};
    return intake_files_write(files, chunks, end - first, err);
}

int intake_batch_work(struct intake_bench *bench, struct intake_batch *batch,
                      const struct recipe *recipe, struct intake_files *files, struct error *err)
{
    int result = check_all_stored(batch, recipe, err);
    size_t end = 0;

    for (size_t first = 0; first < batch->count && result == 0; first = end) {
        result = decode_some(bench, batch, recipe, first, &end, err);
        if (result == 0)
            result = check_decoded(batch, recipe, first, end, err);
        if (result == 0)
            result = write_items(batch, files, first, end, err);
    }
    return result;
}
