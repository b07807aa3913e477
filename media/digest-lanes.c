/* SPDX-License-Identifier: ISC */
#include "media/digest-lanes.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "media/digest-lanes-path.h"

#define TAIL_BYTES (2 * DIGEST_BLOCK_BYTES)

/* A message: whole blocks where they lie, then one or two in `tail` with the rest and the padding. */
struct lane {
    const uint8_t *data; /* the message's */
    size_t size;
    void *tag;
    const uint8_t *next; /* block to feed; NULL: the lane is free */
    size_t left;         /* blocks from there on */
    size_t tail_blocks;  /* to feed after those */
    uint8_t tail[TAIL_BYTES];
};

struct digest_lanes {
    uint64_t state[DIGEST_WORDS * DIGEST_LANES_MOST];
    const struct digest_lanes_path *path;
    digest_lanes_deliver deliver;
    void *context;
    size_t busy;
    struct lane lanes[DIGEST_LANES_MOST];
};

static void init(struct digest_lanes *lanes, enum digest_path path, digest_lanes_deliver deliver,
                 void *context)
{
    lanes->path = digest_lanes_path(path);
    lanes->deliver = deliver;
    lanes->context = context;
    lanes->busy = 0;
    for (size_t i = 0; i < DIGEST_LANES_MOST; i++)
        lanes->lanes[i].next = NULL;
}

struct digest_lanes *digest_lanes_new(enum digest_path path, digest_lanes_deliver deliver,
                                      void *context)
{
    struct digest_lanes *lanes = bytes_allocate(1, sizeof(*lanes));

    init(lanes, path, deliver, context);
    return lanes;
}

void digest_lanes_free(struct digest_lanes *lanes)
{
    free(lanes);
}

static void deliver_alone(struct digest_lanes *lanes, const void *data, size_t size, void *tag)
{
    uint8_t digest[DIGEST_BYTES];

    digest_of(data, size, digest);
    lanes->deliver(lanes->context, tag, digest);
}

/* The rest of the message, a bit, zeros, and the length in bits as 128-bit number. */
static void fill_tail(struct lane *lane)
{
    size_t size = lane->size % DIGEST_BLOCK_BYTES;
    size_t end = size + 1 + 16 <= DIGEST_BLOCK_BYTES ? DIGEST_BLOCK_BYTES : TAIL_BYTES;
    uint64_t length[2] = {htobe64((uint64_t)lane->size >> 61), htobe64((uint64_t)lane->size << 3)};

    if (size > 0)
        memcpy(lane->tail, lane->data + (lane->size - size), size);
    lane->tail[size] = 0x80;
    memset(lane->tail + size + 1, 0, end - sizeof(length) - size - 1);
    memcpy(lane->tail + end - sizeof(length), length, sizeof(length));
    lane->tail_blocks = end / DIGEST_BLOCK_BYTES;
}

static void go_to_tail(struct lane *lane)
{
    lane->next = lane->tail;
    lane->left = lane->tail_blocks;
    lane->tail_blocks = 0;
}

static void begin(struct digest_lanes *lanes, size_t i, const void *data, size_t size, void *tag)
{
    struct lane *lane = &lanes->lanes[i];
    lane->data = data;
    lane->size = size;
    lane->tag = tag;
    lane->next = data;
    lane->left = size / DIGEST_BLOCK_BYTES;
    fill_tail(lane);
    if (lane->left == 0)
        go_to_tail(lane);
    for (size_t word = 0; word < DIGEST_WORDS; word++)
        lanes->state[word * lanes->path->width + i] = digest_start[word];
    lanes->busy++;
}

/* `state` holds lane i's words `stride` apart. */
static void end(struct digest_lanes *lanes, size_t i, const uint64_t *state, size_t stride)
{
    uint64_t words[DIGEST_BYTES / 8];
    uint8_t digest[DIGEST_BYTES];

    for (size_t word = 0; word < DIGEST_BYTES / 8; word++)
        words[word] = htobe64(state[word * stride]);
    memcpy(digest, words, sizeof(digest));
    lanes->lanes[i].next = NULL;
    lanes->busy--;
    lanes->deliver(lanes->context, lanes->lanes[i].tag, digest);
}

/* As many blocks as the shortest has. A free lane goes over another's blocks: what it computes is
 * never looked at. */
static size_t choose_blocks(const struct digest_lanes *lanes, const uint8_t **blocks)
{
    const uint8_t *any = NULL;
    size_t count = SIZE_MAX;

    for (size_t i = 0; i < lanes->path->width; i++) {
        const struct lane *lane = &lanes->lanes[i];

        blocks[i] = lane->next;
        if (lane->next == NULL)
            continue;
        any = lane->next;
        if (lane->left < count)
            count = lane->left;
    }
    for (size_t i = 0; i < lanes->path->width; i++)
        if (blocks[i] == NULL)
            blocks[i] = any;
    return count;
}

static void step(struct digest_lanes *lanes)
{
    const uint8_t *blocks[DIGEST_LANES_MOST];
    size_t count = choose_blocks(lanes, blocks);

    lanes->path->compress(lanes->state, blocks, count);
    for (size_t i = 0; i < lanes->path->width; i++) {
        struct lane *lane = &lanes->lanes[i];

        if (lane->next == NULL)
            continue;
        lane->next += count * DIGEST_BLOCK_BYTES;
        lane->left -= count;
        if (lane->left == 0 && lane->tail_blocks > 0)
            go_to_tail(lane);
        else if (lane->left == 0)
            end(lanes, i, lanes->state + i, lanes->path->width);
    }
}

/* What is left of one message, by itself. */
static void finish_alone(struct digest_lanes *lanes, size_t i)
{
    struct lane *lane = &lanes->lanes[i];
    uint64_t state[DIGEST_WORDS];

    if (lane->next == lane->data && lane->left > 0) {
        lane->next = NULL;
        lanes->busy--;
        deliver_alone(lanes, lane->data, lane->size, lane->tag);
        return;
    }
    for (size_t word = 0; word < DIGEST_WORDS; word++)
        state[word] = lanes->state[word * lanes->path->width + i];
    while (lane->left > 0) {
        digest_compress_one(state, &lane->next, lane->left);
        lane->left = 0;
        if (lane->tail_blocks > 0)
            go_to_tail(lane);
    }
    end(lanes, i, state, 1);
}

void digest_lanes_put(struct digest_lanes *lanes, const void *data, size_t size, void *tag)
{
    size_t i = 0;

    if (lanes->path->compress == NULL) {
        deliver_alone(lanes, data, size, tag);
        return;
    }
    while (lanes->lanes[i].next != NULL)
        i++;
    begin(lanes, i, data, size, tag);
    while (lanes->busy == lanes->path->width)
        step(lanes);
}

void digest_lanes_finish(struct digest_lanes *lanes)
{
    while (lanes->busy > 0 && lanes->busy >= lanes->path->least)
        step(lanes);
    for (size_t i = 0; i < lanes->path->width && lanes->busy > 0; i++)
        if (lanes->lanes[i].next != NULL)
            finish_alone(lanes, i);
}

static void note_digest(void *context, void *tag, const uint8_t digest[static DIGEST_BYTES])
{
    memcpy(tag, digest, DIGEST_BYTES);
}

void digest_many(const struct bytes_view *messages, size_t count, uint8_t (*out)[DIGEST_BYTES])
{
    struct digest_lanes lanes;

    init(&lanes, DIGEST_PATH_AUTO, note_digest, NULL);
    for (size_t i = 0; i < count; i++)
        digest_lanes_put(&lanes, messages[i].data, messages[i].size, out[i]);
    digest_lanes_finish(&lanes);
}
