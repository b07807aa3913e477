/* SPDX-License-Identifier: ISC */
#include "mirror/store-stream.h"

#include <stdlib.h>
#include <string.h>

#include "media/frame-codec.h"
#include "mirror/store.h"

#define SLOTS 64 /* chunks in memory: a range of a list, twice over */

struct slot {
    uint32_t chunk;
    uint64_t used; /* 0: empty */
    uint8_t *plain;
};

struct store_stream {
    const struct recipe *recipe;
    uint64_t *starts; /* of the chunks in the stream, and its end */
    struct store_reader *reader;
    struct frame_decoder *decoder;
    struct slot slots[SLOTS];
    uint64_t clock;
    bool failed;
};

struct store_stream *store_stream_new(struct repository *repository, const struct recipe *recipe)
{
    struct store_stream *stream = bytes_allocate(1, sizeof(*stream));

    stream->recipe = recipe;
    stream->starts = bytes_allocate((size_t)recipe->chunk_count + 1, sizeof(*stream->starts));
    for (uint32_t i = 0; i < recipe->chunk_count; i++)
        stream->starts[i + 1] = stream->starts[i] + recipe->chunks[i].length;
    stream->reader = store_reader_new(repository);
    stream->decoder = frame_decoder_new();
    return stream;
}

void store_stream_free(struct store_stream *stream)
{
    if (stream == NULL)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free(stream->slots[i].plain);
    store_reader_free(stream->reader);
    frame_decoder_free(stream->decoder);
    free(stream->starts);
    free(stream);
}

bool store_stream_failed(const struct store_stream *stream)
{
    return stream->failed;
}

/* The last chunk that begins at or before this place. */
static uint32_t chunk_at(const struct store_stream *stream, uint64_t offset)
{
    uint32_t low = 0, high = stream->recipe->chunk_count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (stream->starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int decode(struct store_stream *stream, uint32_t i, uint8_t *plain, struct error *err)
{
    const struct recipe_chunk *chunk = &stream->recipe->chunks[i];
    struct bytes_view frame;
    int result = store_read(stream->reader, chunk->frame, &frame, err);

    if (result == 0)
        result = frame_decode(stream->decoder, chunk->codec, frame, plain, chunk->length, err);
    if (result < 0)
        return result;
    result = frame_check_content(chunk, plain, err);
    return result < 0 ? error_context(err, "chunk %u", i) : 0;
}

/* The chunk's slot, or the one that was not used for the longest time. */
static struct slot *find_slot(struct store_stream *stream, uint32_t chunk)
{
    struct slot *oldest = &stream->slots[0];

    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &stream->slots[i];

        if (slot->used != 0 && slot->chunk == chunk)
            return slot;
        if (slot->used < oldest->used)
            oldest = slot;
    }
    return oldest;
}

static int load(struct store_stream *stream, uint32_t chunk, const uint8_t **plain,
                struct error *err)
{
    struct slot *slot = find_slot(stream, chunk);
    int result = 0;

    if (slot->used == 0 || slot->chunk != chunk) {
        free(slot->plain);
        slot->used = 0;
        slot->chunk = chunk;
        slot->plain = bytes_allocate(1, stream->recipe->chunks[chunk].length);
        result = decode(stream, chunk, slot->plain, err);
    }
    *plain = slot->plain;
    if (result == 0)
        slot->used = ++stream->clock;
    else
        stream->failed = true;
    return result;
}

int store_stream_read(void *context, uint64_t offset, void *out, size_t size, struct error *err)
{
    struct store_stream *stream = context;
    uint8_t *to = out;

    if (size > stream->recipe->bytes || offset > stream->recipe->bytes - size)
        return error_set(err, ERROR_INTERNAL, "a read past the end of a package");
    while (size > 0) {
        uint32_t chunk = chunk_at(stream, offset);
        size_t within = (size_t)(offset - stream->starts[chunk]);
        size_t part = stream->recipe->chunks[chunk].length - within;
        const uint8_t *plain;
        int result = load(stream, chunk, &plain, err);

        if (result < 0)
            return result;
        if (part > size)
            part = size;
        memcpy(to, plain + within, part);
        to += part;
        offset += part;
        size -= part;
    }
    return 0;
}
