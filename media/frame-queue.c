/* SPDX-License-Identifier: ISC */
#include "media/frame-queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/digest-lanes.h"
#include "media/frame-codec.h"
#include "media/recipe.h"

#define BATCH_BYTES  (4 * MIB) /* room for many chunks, so that lanes are full most of the time */
#define BATCH_CHUNKS 128
#define BATCHES      (FRAME_QUEUE_WORKERS + 2)

/* Chunks on their way, one after the other. Until it is queued and once it is done a batch is the
 * caller's thread's. */
struct batch {
    uint8_t *plain, *frames; /* BATCH_BYTES each; a frame that is stored lies in plain */
    size_t plain_size, frames_size;
    struct frame_packed chunks[BATCH_CHUNKS];
    struct bytes_view plains[BATCH_CHUNKS];
    size_t count;
    struct error err;
    bool done;
};

struct frame_queue {
    frame_queue_take take;
    void *context;
    int level;
    pthread_t threads[FRAME_QUEUE_WORKERS];
    unsigned workers, batch_count;
    struct batch batches[BATCHES];
    unsigned first, count; /* the ring of batches that were queued and not taken */

    pthread_mutex_t lock; /* of all below and of batches' done */
    pthread_cond_t work;
    pthread_cond_t done;
    unsigned next, waiting; /* the part of the ring that no worker has begun */
    bool ending;
};

/* What the encoder made is kept until it is taken. It is shorter than the chunk: it fits. */
static void keep_frame(struct batch *batch, struct frame_packed *chunk)
{
    uint8_t *kept = batch->frames + batch->frames_size;

    memcpy(kept, chunk->packed.data, chunk->packed.size);
    chunk->packed.data = kept;
    batch->frames_size += chunk->packed.size;
}

static int encode(struct batch *batch, struct frame_encoder *encoder)
{
    int result = 0;

    batch->frames_size = 0;
    for (size_t i = 0; i < batch->count && result == 0; i++) {
        struct frame_packed *chunk = &batch->chunks[i];

        result =
            frame_encode(encoder, batch->plains[i], &chunk->packed, &chunk->codec, &batch->err);
        if (result == 0 && chunk->codec != CODEC_STORED)
            keep_frame(batch, chunk);
    }
    return result;
}

/* A chunk that is stored is its own frame. */
static void digest_frames(struct batch *batch)
{
    struct bytes_view frames[BATCH_CHUNKS];
    uint8_t digests[BATCH_CHUNKS][DIGEST_BYTES];
    size_t count = 0, taken = 0;

    for (size_t i = 0; i < batch->count; i++)
        if (batch->chunks[i].codec != CODEC_STORED)
            frames[count++] = batch->chunks[i].packed;
    digest_many(frames, count, digests);
    for (size_t i = 0; i < batch->count; i++) {
        struct frame_packed *chunk = &batch->chunks[i];

        memcpy(chunk->frame, chunk->codec == CODEC_STORED ? chunk->content : digests[taken++],
               DIGEST_BYTES);
    }
}

static void pack(struct batch *batch, struct frame_encoder *encoder)
{
    uint8_t digests[BATCH_CHUNKS][DIGEST_BYTES];

    batch->err.code = ERROR_OK;
    if (encode(batch, encoder) < 0)
        return;
    digest_many(batch->plains, batch->count, digests);
    for (size_t i = 0; i < batch->count; i++)
        memcpy(batch->chunks[i].content, digests[i], DIGEST_BYTES);
    digest_frames(batch);
}

/* With the lock held, which is given up while the batch is packed. */
static void work_on_next(struct frame_queue *queue, struct frame_encoder *encoder)
{
    struct batch *batch = &queue->batches[queue->next];

    queue->next = (queue->next + 1) % queue->batch_count;
    queue->waiting--;
    pthread_mutex_unlock(&queue->lock);
    pack(batch, encoder);
    pthread_mutex_lock(&queue->lock);
    batch->done = true;
    pthread_cond_signal(&queue->done);
}

static void *work(void *context)
{
    struct frame_queue *queue = context;
    struct frame_encoder *encoder = frame_encoder_new(queue->level);

    pthread_mutex_lock(&queue->lock);
    while (!queue->ending) {
        if (queue->waiting > 0)
            work_on_next(queue, encoder);
        else
            pthread_cond_wait(&queue->work, &queue->lock);
    }
    pthread_mutex_unlock(&queue->lock);
    frame_encoder_free(encoder);
    return NULL;
}

static unsigned worker_count(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (processors < 1)
        return 1;
    return processors < FRAME_QUEUE_WORKERS ? (unsigned)processors : FRAME_QUEUE_WORKERS;
}

static int start_threads(struct frame_queue *queue, unsigned wanted, struct error *err)
{
    int failed = 0;

    while (queue->workers < wanted && failed == 0) {
        failed = pthread_create(&queue->threads[queue->workers], NULL, work, queue);
        queue->workers += failed == 0;
    }
    if (queue->workers == 0)
        return error_set_errno(err, ERROR_INTERNAL, failed, "starting a worker thread");
    return 0;
}

int frame_queue_open(int level, frame_queue_take take, void *context, struct frame_queue **queue,
                     struct error *err)
{
    struct frame_queue *made = bytes_allocate(1, sizeof(*made));
    unsigned workers = worker_count();
    int result;

    *queue = NULL;
    made->take = take;
    made->context = context;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->work, NULL);
    pthread_cond_init(&made->done, NULL);
    made->level = level;
    made->batch_count = workers + 2;
    for (unsigned i = 0; i < made->batch_count; i++) {
        made->batches[i].plain = bytes_allocate(1, BATCH_BYTES);
        made->batches[i].frames = bytes_allocate(1, BATCH_BYTES);
    }
    result = start_threads(made, workers, err);
    if (result < 0) {
        frame_queue_close(made);
        return result;
    }
    *queue = made;
    return 0;
}

/* Waits for the oldest batch and gives its frames. */
static int take_first(struct frame_queue *queue, struct error *err)
{
    struct batch *batch = &queue->batches[queue->first];
    int result = 0;

    pthread_mutex_lock(&queue->lock);
    while (!batch->done)
        pthread_cond_wait(&queue->done, &queue->lock);
    pthread_mutex_unlock(&queue->lock);
    queue->first = (queue->first + 1) % queue->batch_count;
    queue->count--;
    if (batch->err.code != ERROR_OK) {
        *err = batch->err;
        return -(int)err->code;
    }
    for (size_t i = 0; i < batch->count && result == 0; i++)
        result = queue->take(queue->context, &batch->chunks[i], err);
    batch->count = 0;
    batch->plain_size = 0;
    return result;
}

/* The batch that is being filled: behind those that were queued; one place is always left for it. */
static struct batch *filling(struct frame_queue *queue)
{
    return &queue->batches[(queue->first + queue->count) % queue->batch_count];
}

/* Gives what is being filled to the workers, and makes room for the next. */
static int queue_batch(struct frame_queue *queue, struct error *err)
{
    pthread_mutex_lock(&queue->lock);
    filling(queue)->done = false;
    queue->waiting++;
    pthread_cond_signal(&queue->work);
    pthread_mutex_unlock(&queue->lock);
    queue->count++;
    return queue->count == queue->batch_count ? take_first(queue, err) : 0;
}

int frame_queue_put(struct frame_queue *queue, struct bytes_view plain, struct error *err)
{
    struct batch *batch = filling(queue);
    uint8_t *kept;
    int result = 0;

    if (plain.size == 0 || plain.size > LIMIT_FRAME_BYTES)
        return error_set(err, ERROR_LIMIT, "a chunk of %zu bytes, FRAME_BYTES is %lu", plain.size,
                         LIMIT_FRAME_BYTES);
    if (batch->count == BATCH_CHUNKS || BATCH_BYTES - batch->plain_size < plain.size) {
        result = queue_batch(queue, err);
        batch = filling(queue);
    }
    if (result < 0)
        return result;
    kept = batch->plain + batch->plain_size;
    memcpy(kept, plain.data, plain.size);
    batch->plains[batch->count] = bytes_view_of(kept, plain.size);
    batch->chunks[batch->count++].length = (uint32_t)plain.size;
    batch->plain_size += plain.size;
    return 0;
}

int frame_queue_finish(struct frame_queue *queue, struct error *err)
{
    int result = filling(queue)->count > 0 ? queue_batch(queue, err) : 0;

    while (queue->count > 0 && result == 0)
        result = take_first(queue, err);
    return result;
}

void frame_queue_close(struct frame_queue *queue)
{
    if (queue == NULL)
        return;
    pthread_mutex_lock(&queue->lock);
    queue->ending = true;
    pthread_cond_broadcast(&queue->work);
    pthread_mutex_unlock(&queue->lock);
    for (unsigned i = 0; i < queue->workers; i++)
        pthread_join(queue->threads[i], NULL);
    for (unsigned i = 0; i < queue->batch_count; i++) {
        free(queue->batches[i].plain);
        free(queue->batches[i].frames);
    }
    pthread_cond_destroy(&queue->work);
    pthread_cond_destroy(&queue->done);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}
