/* SPDX-License-Identifier: ISC */
#include "agent/intake-rebuild.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/sandbox.h"
#include "media/digest-lanes.h"
#include "media/frame-codec.h"

#define BATCH       INTAKE_BATCH
#define SLOTS       INTAKE_FILES_CHUNKS
#define RANGES      8 /* base ranges on their way at once; others wait */
#define STACK_BYTES (512 * KIB)

_Static_assert(SLOTS == (INTAKE_WORKERS + 1) * BATCH,
               "each worker has a full batch while the next one is filled");

/* A chunk on its way. Owned by the reading thread, then by a worker. Pages of the buffers that no
 * chunk was long enough to touch take no memory. */
struct slot {
    uint32_t chunk;
    bool copy;       /* stored holds the chunk itself, as the base has it */
    uint8_t *stored; /* LIMIT_FRAME_BYTES */
    uint8_t *range;  /* LIMIT_BASE_BYTES that its frame builds on; NULL: it builds on none */
};

struct intake_pool {
    pthread_t threads[INTAKE_WORKERS];
    unsigned workers, slot_count;
    struct slot slots[SLOTS];
    uint8_t *ranges[RANGES];

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t work;  /* something was queued, or a self test or the end was called for */
    pthread_cond_t done;  /* a slot became free, or a self test was made */
    struct slot *queue[SLOTS];
    unsigned queue_first, queue_count;
    struct slot *free[SLOTS];
    unsigned free_count;
    uint8_t *free_ranges[RANGES];
    unsigned free_range_count;
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
    unsigned selftest_round;
    struct slot *slots[BATCH]; /* what it works on */
    size_t count;
    uint8_t *plain[BATCH]; /* LIMIT_FRAME_BYTES */
};

static const struct recipe_chunk *chunk_of(const struct intake_job *job, const struct slot *slot)
{
    return &job->recipe->chunks[slot->chunk];
}

/* A stored frame is its own chunk: the recipe's rules made sure that both digests are one. */
static bool is_decoded(const struct intake_job *job, const struct slot *slot)
{
    return !slot->copy && chunk_of(job, slot)->codec != CODEC_STORED;
}

static int check_stored(const struct recipe_chunk *chunk, const struct slot *slot,
                        const uint8_t *found, struct error *err)
{
    char wanted[DIGEST_TEXT_BYTES];

    if (memcmp(found, slot->copy ? chunk->content : chunk->frame, DIGEST_BYTES) == 0)
        return 0;
    if (slot->copy)
        return error_set(err, ERROR_BASE_MISSING,
                         "what is installed has other bytes than its recipe says");
    return error_set(err, ERROR_BAD_DIGEST, "frame %.16s...: its bytes have another digest",
                     digest_text(chunk->frame, wanted));
}

static int at_chunk(int result, const struct slot *slot, struct error *err)
{
    return result < 0 ? error_context(err, "chunk %" PRIu32, slot->chunk) : 0;
}

/* The digest comes before the decoder: nothing is decompressed that is not what verify named. */
static int check_batch(struct worker *worker, const struct intake_job *job, struct error *err)
{
    uint8_t found[BATCH][DIGEST_BYTES];
    struct bytes_view views[BATCH];
    int result = 0;

    for (size_t i = 0; i < worker->count; i++) {
        const struct recipe_chunk *chunk = chunk_of(job, worker->slots[i]);

        views[i] = bytes_view_of(worker->slots[i]->stored,
                                 worker->slots[i]->copy ? chunk->length : chunk->packed);
    }
    digest_many(views, worker->count, found);
    for (size_t i = 0; i < worker->count && result == 0; i++)
        result =
            at_chunk(check_stored(chunk_of(job, worker->slots[i]), worker->slots[i], found[i], err),
                     worker->slots[i], err);
    return result;
}

static int decode_slot(struct worker *worker, const struct intake_job *job, size_t i,
                       struct error *err)
{
    const struct slot *slot = worker->slots[i];
    const struct recipe_chunk *chunk = chunk_of(job, slot);
    const struct frame_base base = {.range = bytes_view_of(slot->range, chunk->base_length),
                                    .record_size = job->recipe->files[chunk->file].record_size};

    if (!is_decoded(job, slot))
        return 0;
    return at_chunk(frame_decode_on(worker->decoder, slot->range != NULL ? &base : NULL,
                                    chunk->codec, bytes_view_of(slot->stored, chunk->packed),
                                    worker->plain[i], chunk->length, err),
                    slot, err);
}

/* The frame is what the recipe names: on a range it is most likely the range that is not. */
static int wrong_content(const struct slot *slot, struct error *err)
{
    if (slot->range != NULL)
        return error_set(err, ERROR_BASE_MISSING,
                         "what is installed, or the change to it, is not what its recipe says");
    return error_set(err, ERROR_BAD_FRAME, "its plain bytes have another digest");
}

static int check_decoded(struct worker *worker, const struct intake_job *job, struct error *err)
{
    uint8_t found[BATCH][DIGEST_BYTES];
    struct bytes_view views[BATCH];
    size_t rows[BATCH], count = 0;

    for (size_t i = 0; i < worker->count; i++) {
        if (!is_decoded(job, worker->slots[i]))
            continue;
        views[count] = bytes_view_of(worker->plain[i], chunk_of(job, worker->slots[i])->length);
        rows[count++] = i;
    }
    digest_many(views, count, found);
    for (size_t i = 0; i < count; i++) {
        const struct slot *slot = worker->slots[rows[i]];

        if (memcmp(found[i], chunk_of(job, slot)->content, DIGEST_BYTES) != 0)
            return at_chunk(wrong_content(slot, err), slot, err);
    }
    return 0;
}

static int process_batch(struct worker *worker, const struct intake_job *job, struct error *err)
{
    int result = check_batch(worker, job, err);

    for (size_t i = 0; i < worker->count && result == 0; i++)
        result = decode_slot(worker, job, i, err);
    if (result == 0)
        result = check_decoded(worker, job, err);
    for (size_t i = 0; i < worker->count && result == 0; i++) {
        const struct slot *slot = worker->slots[i];

        result = intake_files_write(job->files, slot->chunk,
                                    is_decoded(job, slot) ? worker->plain[i] : slot->stored, err);
    }
    return result;
}

/* With the lock held. */
static void fail(struct intake_pool *pool, const struct error *err)
{
    if (!pool->failed)
        pool->failure = *err;
    pool->failed = true;
}

/* With the lock held. */
static void free_slot(struct intake_pool *pool, struct slot *slot)
{
    if (slot->range != NULL)
        pool->free_ranges[pool->free_range_count++] = slot->range;
    slot->range = NULL;
    pool->free[pool->free_count++] = slot;
}

/* With the lock held, which is given up while the slots are worked on. After a failure what is
 * queued is only thrown away. */
static void take_slots(struct worker *worker)
{
    struct intake_pool *pool = worker->pool;
    const struct intake_job *job = pool->job;
    struct error err = {0};
    int result = 0;

    for (worker->count = 0; worker->count < BATCH && pool->queue_count > 0; worker->count++) {
        worker->slots[worker->count] = pool->queue[pool->queue_first];
        pool->queue_first = (pool->queue_first + 1) % SLOTS;
        pool->queue_count--;
    }
    if (!pool->failed) {
        pthread_mutex_unlock(&pool->lock);
        result = process_batch(worker, job, &err);
        pthread_mutex_lock(&pool->lock);
    }
    if (result < 0)
        fail(pool, &err);
    for (size_t i = 0; i < worker->count; i++) {
        pool->bytes_done += chunk_of(job, worker->slots[i])->length;
        free_slot(pool, worker->slots[i]);
    }
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

    for (size_t i = 0; i < BATCH; i++)
        worker.plain[i] = bytes_allocate(1, LIMIT_FRAME_BYTES);
    pthread_mutex_lock(&pool->lock);
    while (!pool->ending) {
        if (worker.selftest_round != pool->selftest_round)
            make_selftest(&worker);
        else if (pool->queue_count > 0)
            take_slots(&worker);
        else
            pthread_cond_wait(&pool->work, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    frame_decoder_free(worker.decoder);
    for (size_t i = 0; i < BATCH; i++)
        free(worker.plain[i]);
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

static void make_buffers(struct intake_pool *pool, unsigned workers)
{
    pool->slot_count = (workers + 1) * BATCH;
    for (unsigned i = 0; i < pool->slot_count; i++) {
        pool->slots[i].stored = bytes_allocate(1, LIMIT_FRAME_BYTES);
        pool->free[pool->free_count++] = &pool->slots[i];
    }
    for (unsigned i = 0; i < RANGES; i++) {
        pool->ranges[i] = bytes_allocate(1, LIMIT_BASE_BYTES);
        pool->free_ranges[pool->free_range_count++] = pool->ranges[i];
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
    make_buffers(made, workers);
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
        free(pool->slots[i].stored);
    for (unsigned i = 0; i < RANGES; i++)
        free(pool->ranges[i]);
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

/* Waits for a free slot, with a range where the chunk builds on one; NULL when a worker has failed.
 * *done: plain bytes written so far. */
static struct slot *get_slot(struct intake_pool *pool, bool builds, uint64_t *done)
{
    struct slot *slot = NULL;

    pthread_mutex_lock(&pool->lock);
    while ((pool->free_count == 0 || (builds && pool->free_range_count == 0)) && !pool->failed)
        pthread_cond_wait(&pool->done, &pool->lock);
    if (!pool->failed) {
        slot = pool->free[--pool->free_count];
        if (builds)
            slot->range = pool->free_ranges[--pool->free_range_count];
    }
    *done = pool->bytes_done;
    pthread_mutex_unlock(&pool->lock);
    return slot;
}

static void put_back(struct intake_pool *pool, struct slot *slot)
{
    pthread_mutex_lock(&pool->lock);
    free_slot(pool, slot);
    pthread_mutex_unlock(&pool->lock);
}

static void queue(struct intake_pool *pool, struct slot *slot)
{
    pthread_mutex_lock(&pool->lock);
    pool->queue[(pool->queue_first + pool->queue_count++) % SLOTS] = slot;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

/* What the chunk is made of: from the base, or from the medium and perhaps on a range of the base. */
static int read_chunk(const struct intake_job *job, struct slot *slot, struct error *err)
{
    int result;

    if (slot->copy)
        return intake_base_copy(job->base, slot->chunk, slot->stored, err);
    result = intake_frames_read(job->frames, slot->chunk, slot->stored, err);
    if (result == 0 && slot->range != NULL)
        result = intake_base_range(job->base, slot->chunk, slot->range, err);
    return result;
}

/* Fills a slot and hands it to the workers. */
static int feed_chunk(struct intake_pool *pool, const struct intake_job *job, struct slot *slot,
                      struct error *err)
{
    int result = read_chunk(job, slot, err);

    if (result == 0)
        result = intake_files_expect(job->files, slot->chunk, err);
    if (result < 0)
        put_back(pool, slot);
    else
        queue(pool, slot);
    return result;
}

static int feed(struct intake_pool *pool, const struct intake_job *job, struct error *err)
{
    int result = 0;

    for (uint32_t i = 0; i < job->recipe->chunk_count && result == 0; i++) {
        bool copy = !job->kept[i] && job->base != NULL && intake_base_has(job->base, i);
        struct slot *slot;
        uint64_t done;

        if (!copy && !intake_frames_has(job->frames, i)) {
            result = intake_files_skip(job->files, i, err);
            continue;
        }
        slot = get_slot(pool, !copy && job->recipe->chunks[i].codec > CODEC_ZSTD, &done);
        if (slot == NULL)
            break; /* the worker's failure is told by drain() */
        slot->chunk = i;
        slot->copy = copy;
        result = job->progress(job->context, done, err);
        if (result < 0)
            put_back(pool, slot);
        else
            result = feed_chunk(pool, job, slot, err);
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
