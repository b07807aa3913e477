/* SPDX-License-Identifier: ISC */
#include "agent/verify-workers.h"

#include <pthread.h>
#include <stdlib.h>

#include "media/base/bytes.h"

struct worker {
    struct verify_workers *workers;
    size_t number;
    pthread_t thread;
};

struct verify_workers {
    pthread_mutex_t lock;
    pthread_cond_t begun, done;
    bool stopping, on_each;
    verify_work work;
    void *context;
    size_t next, count; /* pieces to hand out */
    size_t busy;        /* pieces that are not finished */
    unsigned long round;
    size_t thread_count;
    struct worker threads[];
};

/* With the lock held: the next piece for this thread, or false when there is none in this round. */
static bool take_piece(struct verify_workers *workers, const struct worker *worker,
                       unsigned long *seen, size_t *piece)
{
    if (workers->on_each) {
        if (*seen == workers->round)
            return false;
        *seen = workers->round;
        *piece = worker->number;
        return true;
    }
    if (workers->next == workers->count)
        return false;
    *piece = workers->next++;
    return true;
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct verify_workers *workers = worker->workers;
    unsigned long seen = 0;
    size_t piece;

    pthread_mutex_lock(&workers->lock);
    while (!workers->stopping) {
        if (!take_piece(workers, worker, &seen, &piece)) {
            pthread_cond_wait(&workers->begun, &workers->lock);
            continue;
        }
        pthread_mutex_unlock(&workers->lock);
        workers->work(workers->context, piece);
        pthread_mutex_lock(&workers->lock);
        if (--workers->busy == 0)
            pthread_cond_signal(&workers->done);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

int verify_workers_start(size_t count, struct verify_workers **workers, struct error *err)
{
    struct verify_workers *made =
        bytes_allocate(1, sizeof(*made) + count * sizeof(made->threads[0]));

    *workers = NULL;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->begun, NULL);
    pthread_cond_init(&made->done, NULL);
    for (size_t i = 0; i < count; i++) {
        struct worker *worker = &made->threads[i];
        int number;

        worker->workers = made;
        worker->number = i;
        number = pthread_create(&worker->thread, NULL, worker_main, worker);
        if (number != 0) {
            verify_workers_stop(made);
            return error_set_errno(err, ERROR_INTERNAL, number, "starting thread %zu", i);
        }
        made->thread_count++;
    }
    *workers = made;
    return 0;
}

size_t verify_workers_count(const struct verify_workers *workers)
{
    return workers->thread_count;
}

static void begin_and_wait(struct verify_workers *workers, verify_work work, void *context,
                           size_t count, bool on_each)
{
    pthread_mutex_lock(&workers->lock);
    workers->work = work;
    workers->context = context;
    workers->on_each = on_each;
    workers->next = 0;
    workers->count = on_each ? 0 : count;
    workers->busy = count;
    workers->round++;
    pthread_cond_broadcast(&workers->begun);
    while (workers->busy > 0)
        pthread_cond_wait(&workers->done, &workers->lock);
    workers->on_each = false;
    pthread_mutex_unlock(&workers->lock);
}

void verify_workers_run(struct verify_workers *workers, verify_work work, void *context,
                        size_t count)
{
    begin_and_wait(workers, work, context, count, false);
}

void verify_workers_each(struct verify_workers *workers, verify_work work, void *context)
{
    begin_and_wait(workers, work, context, workers->thread_count, true);
}

void verify_workers_stop(struct verify_workers *workers)
{
    if (workers == NULL)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->stopping = true;
    pthread_cond_broadcast(&workers->begun);
    pthread_mutex_unlock(&workers->lock);
    for (size_t i = 0; i < workers->thread_count; i++)
        pthread_join(workers->threads[i].thread, NULL);
    pthread_cond_destroy(&workers->begun);
    pthread_cond_destroy(&workers->done);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}
