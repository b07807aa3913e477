/* SPDX-License-Identifier: ISC */
#include "agent/intake-rebuild.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/sandbox.h"
#include "media/frame-codec.h"

#define SLOTS       (2 * INTAKE_WORKERS + 1)
#define STACK_BYTES (512 * KIB)

_Static_assert(SLOTS <= INTAKE_FILES_CHUNKS, "every slot may hold files open");

/* A frame on its way. Owned by the reading thread, then by a worker. */
struct slot {
    uint32_t chunk;
    uint8_t *packed; /* LIMIT_FRAME_BYTES */
};

struct intake_pool {
    pthread_t threads[INTAKE_WORKERS];
    unsigned workers, slot_count;
    struct slot slots[SLOTS];

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t work;  /* something was queued, or a self test or the end was called for */
    pthread_cond_t done;  /* a slot became free, or a self test was made */
    struct slot *queue[SLOTS];
    unsigned queue_first, queue_count;
    struct slot *free[SLOTS];
    unsigned free_count;
    const struct intake_job *job;
    uint64_t bytes_done;
    unsigned selftest_round, selftest_left;
    bool ending;
    bool failed;
    struct error failure; /* the first */
};

/* What a worker has for itself. */
struct worker {
    struct intake_pool *pool;
    struct frame_decoder *decoder;
    uint8_t *plain; /* LIMIT_FRAME_BYTES */
    unsigned selftest_round;
};

/* The digest comes before the decoder: nothing is decompressed that is not what verify named. */
static int check_frame(const struct recipe_chunk *chunk, const uint8_t *packed, struct error *err)
{
    char wanted[DIGEST_TEXT_BYTES];
    uint8_t found[DIGEST_BYTES];

    digest_of(packed, chunk->packed, found);
    if (memcmp(found, chunk->frame, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_BAD_DIGEST, "frame %.16s...: its bytes have another digest",
                         digest_text(chunk->frame, wanted));
    return 0;
}

/* A stored frame is its own chunk: the recipe's rules made sure that both digests are one. */
static int decode_chunk(struct worker *worker, const struct recipe_chunk *chunk,
                        const uint8_t *packed, const uint8_t **plain, struct error *err)
{
    uint8_t found[DIGEST_BYTES];
    int result;

    *plain = packed;
    if (chunk->codec == CODEC_STORED)
        return 0;
    result = frame_decode(worker->decoder, chunk->codec, bytes_view_of(packed, chunk->packed),
                          worker->plain, chunk->length, err);
    if (result < 0)
        return result;
    *plain = worker->plain;
    digest_of(worker->plain, chunk->length, found);
    if (memcmp(found, chunk->content, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_BAD_FRAME, "its plain bytes have another digest");
    return 0;
}

static int process(struct worker *worker, const struct intake_job *job, const struct slot *slot,
                   struct error *err)
{
    const struct recipe_chunk *chunk = &job->recipe->chunks[slot->chunk];
    const uint8_t *plain = NULL;
    int result = check_frame(chunk, slot->packed, err);

    if (result == 0)
        result = decode_chunk(worker, chunk, slot->packed, &plain, err);
    if (result < 0)
        return error_context(err, "chunk %" PRIu32, slot->chunk);
    return intake_files_write(job->files, slot->chunk, plain, err);
}

/* With the lock held. */
static void fail(struct intake_pool *pool, const struct error *err)
{
    if (!pool->failed)
        pool->failure = *err;
    pool->failed = true;
}

/* With the lock held, which is given up while the slot is worked on. After a failure what is queued
 * is only thrown away. */
static void take_slot(struct worker *worker)
{
    struct intake_pool *pool = worker->pool;
    struct slot *slot = pool->queue[pool->queue_first];
    const struct intake_job *job = pool->job;
    struct error err = {0};
    int result = 0;

    pool->queue_first = (pool->queue_first + 1) % SLOTS;
    pool->queue_count--;
    if (!pool->failed) {
        pthread_mutex_unlock(&pool->lock);
        result = process(worker, job, slot, &err);
        pthread_mutex_lock(&pool->lock);
        pool->bytes_done += job->recipe->chunks[slot->chunk].length;
    }
    if (result < 0)
        fail(pool, &err);
    pool->free[pool->free_count++] = slot;
    pthread_cond_broadcast(&pool->done);
}

/* With the lock held. */
static void make_selftest(struct worker *worker)
{
    struct intake_pool *pool = worker->pool;
    struct error err = {0};
    int result;

    worker->selftest_round = pool->selftest_round;
    pthread_mutex_unlock(&pool->lock);
    result = sandbox_selftest(&err);
    pthread_mutex_lock(&pool->lock);
    if (result < 0)
        fail(pool, &err);
    pool->selftest_left--;
    pthread_cond_broadcast(&pool->done);
}

static void *work(void *context)
{
    struct intake_pool *pool = context;
    struct worker worker = {.pool = pool, .decoder = frame_decoder_new()};

    worker.plain = bytes_allocate(1, LIMIT_FRAME_BYTES);
    pthread_mutex_lock(&pool->lock);
    while (!pool->ending) {
        if (worker.selftest_round != pool->selftest_round)
            make_selftest(&worker);
        else if (pool->queue_count > 0)
            take_slot(&worker);
        else
            pthread_cond_wait(&pool->work, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    frame_decoder_free(worker.decoder);
    free(worker.plain);
    return NULL;
}

static unsigned worker_count(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (processors < 2)
        return 2;
    return processors < INTAKE_WORKERS ? (unsigned)processors : INTAKE_WORKERS;
}

static int start_threads(struct intake_pool *pool, unsigned wanted, struct error *err)
{
    pthread_attr_t attributes;
    int failed = 0;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    while (pool->workers < wanted && failed == 0) {
        failed = pthread_create(&pool->threads[pool->workers], &attributes, work, pool);
        pool->workers += failed == 0;
    }
    pthread_attr_destroy(&attributes);
    if (failed != 0)
        return error_set_errno(err, ERROR_INTERNAL, failed, "starting a worker thread");
    return 0;
}

int intake_pool_start(struct intake_pool **pool, struct error *err)
{
    struct intake_pool *made = bytes_allocate(1, sizeof(*made));
    unsigned workers = worker_count();
    int result;

    *pool = NULL;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->work, NULL);
    pthread_cond_init(&made->done, NULL);
    made->slot_count = 2 * workers + 1;
    for (unsigned i = 0; i < made->slot_count; i++) {
        made->slots[i].packed = bytes_allocate(1, LIMIT_FRAME_BYTES);
        made->free[made->free_count++] = &made->slots[i];
    }
    result = start_threads(made, workers, err);
    if (result < 0) {
        intake_pool_stop(made);
        return result;
    }
    *pool = made;
    return 0;
}

void intake_pool_stop(struct intake_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->workers; i++)
        pthread_join(pool->threads[i], NULL);
    for (unsigned i = 0; i < pool->slot_count; i++)
        free(pool->slots[i].packed);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* With the lock held: gives the first failure and is ready for the next job. */
static int take_failure(struct intake_pool *pool, struct error *err)
{
    if (!pool->failed)
        return 0;
    *err = pool->failure;
    pool->failed = false;
    return -(int)err->code;
}

int intake_pool_selftest(struct intake_pool *pool, unsigned *threads, struct error *err)
{
    int result;

    *threads = pool->workers + 1;
    pthread_mutex_lock(&pool->lock);
    pool->selftest_round++;
    pool->selftest_left = pool->workers;
    pthread_cond_broadcast(&pool->work);
    while (pool->selftest_left > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    result = take_failure(pool, err);
    pthread_mutex_unlock(&pool->lock);
    return result == 0 ? sandbox_selftest(err) : result;
}

/* Waits for a free slot; NULL when a worker has failed. *done: plain bytes written so far. */
static struct slot *get_slot(struct intake_pool *pool, uint64_t *done)
{
    struct slot *slot = NULL;

    pthread_mutex_lock(&pool->lock);
    while (pool->free_count == 0 && !pool->failed)
        pthread_cond_wait(&pool->done, &pool->lock);
    if (!pool->failed)
        slot = pool->free[--pool->free_count];
    *done = pool->bytes_done;
    pthread_mutex_unlock(&pool->lock);
    return slot;
}

static void put_back(struct intake_pool *pool, struct slot *slot)
{
    pthread_mutex_lock(&pool->lock);
    pool->free[pool->free_count++] = slot;
    pthread_mutex_unlock(&pool->lock);
}

static void queue(struct intake_pool *pool, struct slot *slot)
{
    pthread_mutex_lock(&pool->lock);
    pool->queue[(pool->queue_first + pool->queue_count++) % SLOTS] = slot;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

/* Reads one frame into a slot and hands it to the workers. */
static int feed_chunk(struct intake_pool *pool, const struct intake_job *job, struct slot *slot,
                      uint32_t chunk, struct error *err)
{
    int result = intake_frames_read(job->frames, chunk, slot->packed, err);

    if (result == 0)
        result = intake_files_expect(job->files, chunk, err);
    if (result < 0) {
        put_back(pool, slot);
        return result;
    }
    slot->chunk = chunk;
    queue(pool, slot);
    return 0;
}

static int feed(struct intake_pool *pool, const struct intake_job *job, struct error *err)
{
    int result = 0;

    for (uint32_t i = 0; i < job->recipe->chunk_count && result == 0; i++) {
        struct slot *slot;
        uint64_t done;

        if (!intake_frames_has(job->frames, i)) {
            result = intake_files_skip(job->files, i, err);
            continue;
        }
        slot = get_slot(pool, &done);
        if (slot == NULL)
            break; /* the worker's failure is told by drain() */
        result = job->progress(job->context, done, err);
        if (result < 0)
            put_back(pool, slot);
        else
            result = feed_chunk(pool, job, slot, i, err);
    }
    return result;
}

/* Waits until no worker holds a slot. */
static int drain(struct intake_pool *pool, struct error *err)
{
    int result;

    pthread_mutex_lock(&pool->lock);
    while (pool->free_count < pool->slot_count)
        pthread_cond_wait(&pool->done, &pool->lock);
    result = take_failure(pool, err);
    pthread_mutex_unlock(&pool->lock);
    return result;
}

int intake_rebuild(struct intake_pool *pool, const struct intake_job *job, struct error *err)
{
    struct error worker_err = {0};
    int result;

    pthread_mutex_lock(&pool->lock);
    pool->job = job;
    pool->bytes_done = job->kept_bytes;
    pthread_mutex_unlock(&pool->lock);
    result = feed(pool, job, err);
    if (drain(pool, &worker_err) < 0 && result == 0) {
        *err = worker_err;
        result = -(int)worker_err.code;
    }
    if (result == 0)
        result = intake_files_flush(job->files, err);
    return result;
}
