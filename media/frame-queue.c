/* SPDX-License-Identifier: ISC */
#include "media/frame-queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/frame-codec.h"
#include "media/recipe.h"

#define SLOTS (2 * FRAME_QUEUE_WORKERS + 2)

/* A chunk on its way. Until it is queued and once it is done it is the caller's thread's. */
struct slot {
    uint8_t *plain; /* LIMIT_FRAME_BYTES */
    size_t size;
    struct frame_encoder *encoder; /* its own: the packed bytes lie in it until they are taken */
    struct frame_packed packed;
    struct error err;
    bool done;
};

struct frame_queue {
    frame_queue_take take;
    void *context;
    pthread_t threads[FRAME_QUEUE_WORKERS];
    unsigned workers, slot_count;
    struct slot slots[SLOTS];
    unsigned first, count; /* the ring of chunks that were put and not taken */

    pthread_mutex_t lock; /* of all below and of slots' done */
    pthread_cond_t work;
    pthread_cond_t done;
    unsigned next, waiting; /* the part of the ring that no worker has begun */
    bool ending;
};

static int pack(struct slot *slot, struct error *err)
{
    struct frame_packed *packed = &slot->packed;
    struct bytes_view plain = bytes_view_of(slot->plain, slot->size);
    int result = frame_encode(slot->encoder, plain, &packed->packed, &packed->codec, err);

    if (result < 0)
        return result;
    packed->length = (uint32_t)plain.size;
    digest_of(plain.data, plain.size, packed->content);
    if (packed->codec == CODEC_STORED)
        memcpy(packed->frame, packed->content, DIGEST_BYTES);
    else
        digest_of(packed->packed.data, packed->packed.size, packed->frame);
    return 0;
}

/* With the lock held, which is given up while the chunk is packed. */
static void work_on_next(struct frame_queue *queue)
{
    struct slot *slot = &queue->slots[queue->next];

    queue->next = (queue->next + 1) % queue->slot_count;
    queue->waiting--;
    pthread_mutex_unlock(&queue->lock);
    slot->err.code = ERROR_OK;
    (void)pack(slot, &slot->err);
    pthread_mutex_lock(&queue->lock);
    slot->done = true;
    pthread_cond_signal(&queue->done);
}

static void *work(void *context)
{
    struct frame_queue *queue = context;

    pthread_mutex_lock(&queue->lock);
    while (!queue->ending) {
        if (queue->waiting > 0)
            work_on_next(queue);
        else
            pthread_cond_wait(&queue->work, &queue->lock);
    }
    pthread_mutex_unlock(&queue->lock);
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
    made->slot_count = 2 * workers + 2;
    for (unsigned i = 0; i < made->slot_count; i++) {
        made->slots[i].plain = bytes_allocate(1, LIMIT_FRAME_BYTES);
        made->slots[i].encoder = frame_encoder_new(level);
    }
    result = start_threads(made, workers, err);
    if (result < 0) {
        frame_queue_close(made);
        return result;
    }
    *queue = made;
    return 0;
}

/* Waits for the oldest chunk and gives its frame. */
static int take_first(struct frame_queue *queue, struct error *err)
{
    struct slot *slot = &queue->slots[queue->first];

    pthread_mutex_lock(&queue->lock);
    while (!slot->done)
        pthread_cond_wait(&queue->done, &queue->lock);
    pthread_mutex_unlock(&queue->lock);
    queue->first = (queue->first + 1) % queue->slot_count;
    queue->count--;
    if (slot->err.code != ERROR_OK) {
        *err = slot->err;
        return -(int)err->code;
    }
    return queue->take(queue->context, &slot->packed, err);
}

int frame_queue_put(struct frame_queue *queue, struct bytes_view plain, struct error *err)
{
    struct slot *slot;

    if (plain.size == 0 || plain.size > LIMIT_FRAME_BYTES)
        return error_set(err, ERROR_LIMIT, "a chunk of %zu bytes, FRAME_BYTES is %lu", plain.size,
                         LIMIT_FRAME_BYTES);
    if (queue->count == queue->slot_count) {
        int result = take_first(queue, err);

        if (result < 0)
            return result;
    }
    slot = &queue->slots[(queue->first + queue->count++) % queue->slot_count];
    memcpy(slot->plain, plain.data, plain.size);
    slot->size = plain.size;
    pthread_mutex_lock(&queue->lock);
    slot->done = false;
    queue->waiting++;
    pthread_cond_signal(&queue->work);
    pthread_mutex_unlock(&queue->lock);
    return 0;
}

int frame_queue_finish(struct frame_queue *queue, struct error *err)
{
    int result = 0;

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
    for (unsigned i = 0; i < queue->slot_count; i++) {
        frame_encoder_free(queue->slots[i].encoder);
        free(queue->slots[i].plain);
    }
    pthread_cond_destroy(&queue->work);
    pthread_cond_destroy(&queue->done);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}
