/* SPDX-License-Identifier: ISC */
#include "agent/intake-rebuild.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/intake-batch.h"
#include "media/base/sandbox.h"

#define BATCHES     (INTAKE_WORKERS + 1)
#define STACK_BYTES (512 * KIB)

_Static_assert(BATCHES *INTAKE_BATCH_CHUNKS <= INTAKE_FILES_CHUNKS,
               "each worker has a full batch while the next one is filled");

struct intake_pool {
    pthread_t threads[INTAKE_WORKERS];
    unsigned workers, batch_count;
    struct intake_batch batches[BATCHES];

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t work;  /* something was queued, or a self test or the end was called for */
    pthread_cond_t done;  /* a batch became free, or a self test was made */
    struct intake_batch *queue[BATCHES];
    unsigned queue_first, queue_count;
    struct intake_batch *free[BATCHES];
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
    struct intake_bench bench;
    unsigned selftest_round;
};

/* With the lock held. */
static void fail(struct intake_pool *pool, const struct error *err)
{
    if (!pool->failed)
        pool->failure = *err;
    pool->failed = true;
}

/* With the lock held. */
static void free_batch(struct intake_pool *pool, struct intake_batch *batch)
{
    batch->count = batch->used = 0;
    pool->free[pool->free_count++] = batch;
}

static uint64_t plain_bytes(const struct intake_job *job, const struct intake_batch *batch)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < batch->count; i++)
        bytes += job->recipe->chunks[batch->items[i].chunk].length;
    return bytes;
}

/* With the lock held, which is given up while the batch is worked on. After a failure what is queued
 * is only thrown away. */
static void take_batch(struct worker *worker)
{
    struct intake_pool *pool = worker->pool;
    const struct intake_job *job = pool->job;
    struct intake_batch *batch = pool->queue[pool->queue_first];
    struct error err = {0};
    int result = 0;

    pool->queue_first = (pool->queue_first + 1) % BATCHES;
    pool->queue_count--;
    if (!pool->failed) {
        pthread_mutex_unlock(&pool->lock);
        result = intake_batch_work(&worker->bench, batch, job->recipe, job->files, &err);
        pthread_mutex_lock(&pool->lock);
    }
    if (result < 0)
        fail(pool, &err);
    pool->bytes_done += plain_bytes(job, batch);
    free_batch(pool, batch);
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
    struct worker worker = {.pool = pool};

    intake_bench_init(&worker.bench);
    pthread_mutex_lock(&pool->lock);
    while (!pool->ending) {
        if (worker.selftest_round != pool->selftest_round)
            make_selftest(&worker);
        else if (pool->queue_count > 0)
            take_batch(&worker);
        else
            pthread_cond_wait(&pool->work, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    intake_bench_clear(&worker.bench);
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

static void make_batches(struct intake_pool *pool, unsigned workers)
{
    pool->batch_count = workers + 1;
    for (unsigned i = 0; i < pool->batch_count; i++) {
        pool->batches[i].memory = bytes_allocate(1, INTAKE_BATCH_BYTES);
        free_batch(pool, &pool->batches[i]);
    }
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
    make_batches(made, workers);
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
    for (unsigned i = 0; i < pool->batch_count; i++)
        free(pool->batches[i].memory);
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

/* Waits for a free batch; NULL when a worker has failed. *done: plain bytes written so far. */
static struct intake_batch *get_batch(struct intake_pool *pool, uint64_t *done)
{
    struct intake_batch *batch = NULL;

    pthread_mutex_lock(&pool->lock);
    while (pool->free_count == 0 && !pool->failed)
        pthread_cond_wait(&pool->done, &pool->lock);
    if (!pool->failed)
        batch = pool->free[--pool->free_count];
    *done = pool->bytes_done;
    pthread_mutex_unlock(&pool->lock);
    return batch;
}

/* One that is empty is only given back. */
static void hand_over(struct intake_pool *pool, struct intake_batch *batch)
{
    pthread_mutex_lock(&pool->lock);
    if (batch->count == 0) {
        free_batch(pool, batch);
    } else {
        pool->queue[(pool->queue_first + pool->queue_count++) % BATCHES] = batch;
        pthread_cond_signal(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
}

/* The thread that reads, and the batch that it fills: NULL: none yet. */
struct feed {
    struct intake_pool *pool;
    const struct intake_job *job;
    struct intake_batch *batch;
    bool failed; /* a worker has: drain() tells it */
};

/* Hands over what is full and gets an empty batch. */
static int next_batch(struct feed *feed, struct error *err)
{
    uint64_t done;

    if (feed->batch != NULL)
        hand_over(feed->pool, feed->batch);
    feed->batch = get_batch(feed->pool, &done);
    feed->failed = feed->batch == NULL;
    return feed->failed ? 0 : feed->job->progress(feed->job->context, done, err);
}

static bool has_room(const struct feed *feed, size_t size)
{
    return feed->batch != NULL && feed->batch->count < INTAKE_BATCH_CHUNKS &&
           INTAKE_BATCH_BYTES - feed->batch->used >= size;
}

static int add_item(struct feed *feed, const struct intake_item *item, struct error *err)
{
    int result = intake_files_expect(feed->job->files, item->chunk, err);

    if (result == 0)
        feed->batch->items[feed->batch->count++] = *item;
    return result;
}

/* A chunk that lies in what is installed as it is. */
static int feed_copy(struct feed *feed, uint32_t chunk, struct error *err)
{
    uint32_t length = feed->job->recipe->chunks[chunk].length;
    struct intake_item item = {.chunk = chunk, .copy = true};
    int result = has_room(feed, length) ? 0 : next_batch(feed, err);

    if (result < 0 || feed->failed)
        return result;
    item.stored = feed->batch->memory + feed->batch->used;
    result = intake_base_copy(feed->job->base, chunk, feed->batch->memory + feed->batch->used, err);
    feed->batch->used += length;
    return result < 0 ? result : add_item(feed, &item, err);
}

/* A frame that was read, and after it the range that it builds on. */
static int feed_frame(struct feed *feed, const struct intake_run *run, const uint8_t *frames,
                      uint32_t chunk, struct error *err)
{
    const struct recipe_chunk *row = &feed->job->recipe->chunks[chunk];
    struct intake_item item = {
        .chunk = chunk, .stored = frames + intake_frames_place(feed->job->frames, run, chunk)};
    int result = 0;

    if (recipe_builds(row)) {
        uint8_t *range = feed->batch->memory + feed->batch->used;

        result = intake_base_range(feed->job->base, chunk, range, err);
        feed->batch->used += row->base_length;
        item.range = range;
    }
    return result < 0 ? result : add_item(feed, &item, err);
}

/* The frames from this chunk on that are read at once. */
static int feed_run(struct feed *feed, uint32_t chunk, struct intake_run *run, struct error *err)
{
    const struct recipe_chunk *row = &feed->job->recipe->chunks[chunk];
    size_t needed = row->packed + (recipe_builds(row) ? row->base_length : 0);
    int result = has_room(feed, needed) ? 0 : next_batch(feed, err);
    uint8_t *frames;

    if (result < 0 || feed->failed)
        return result;
    frames = feed->batch->memory + feed->batch->used;
    intake_frames_run(feed->job->frames, chunk,
                      (uint32_t)(INTAKE_BATCH_CHUNKS - feed->batch->count),
                      INTAKE_BATCH_BYTES - feed->batch->used, run);
    result = intake_frames_read(feed->job->frames, run, frames, err);
    feed->batch->used += run->size;
    for (uint32_t i = 0; i < run->count && result == 0; i++)
        result = feed_frame(feed, run, frames, chunk + i, err);
    return result;
}

static int feed_all(struct feed *feed, struct error *err)
{
    const struct intake_job *job = feed->job;
    struct intake_run run;
    int result = 0;

    for (uint32_t i = 0; i < job->recipe->chunk_count && result == 0 && !feed->failed;
         i += run.count) {
        run.count = 1;
        if (!job->kept[i] && job->base != NULL && intake_base_has(job->base, i))
            result = feed_copy(feed, i, err);
        else if (intake_frames_has(job->frames, i))
            result = feed_run(feed, i, &run, err);
        else
            result = intake_files_skip(job->files, i, err);
    }
    if (feed->batch != NULL)
        hand_over(feed->pool, feed->batch);
    return result;
}

/* Waits until no worker holds a batch. */
static int drain(struct intake_pool *pool, struct error *err)
{
    int result;

    pthread_mutex_lock(&pool->lock);
    while (pool->free_count < pool->batch_count)
        pthread_cond_wait(&pool->done, &pool->lock);
    result = take_failure(pool, err);
    pthread_mutex_unlock(&pool->lock);
    return result;
}

int intake_rebuild(struct intake_pool *pool, const struct intake_job *job, struct error *err)
{
    struct feed feed = {.pool = pool, .job = job};
    struct error worker_err = {0};
    int result;

    pthread_mutex_lock(&pool->lock);
    pool->job = job;
    pool->bytes_done = job->kept_bytes;
    pthread_mutex_unlock(&pool->lock);
    result = feed_all(&feed, err);
    if (drain(pool, &worker_err) < 0 && result == 0) {
        *err = worker_err;
        result = -(int)worker_err.code;
    }
    return result;
}
