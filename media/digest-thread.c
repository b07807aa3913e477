/* SPDX-License-Identifier: ISC */
#include "media/digest-thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NEXT(i) (((i) + 1) % DIGEST_THREAD_BUFFERS)

struct digest_thread {
    pthread_t thread;
    struct digest *digest; /* the thread's until it has ended */
    uint8_t *memory;
    size_t sizes[DIGEST_THREAD_BUFFERS];
    unsigned next;  /* the caller's buffer */
    size_t filled;  /* of it, by digest_thread_add() */
    unsigned first; /* the thread's buffer */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t put, taken;
    unsigned waiting; /* buffers that were put and are not digested */
    bool ending, given_up;
};

/* False: there is nothing more to do. */
static bool wait_for_buffer(struct digest_thread *thread)
{
    bool more;

    pthread_mutex_lock(&thread->lock);
    while (thread->waiting == 0 && !thread->ending)
        pthread_cond_wait(&thread->put, &thread->lock);
    more = thread->waiting > 0 && !thread->given_up;
    pthread_mutex_unlock(&thread->lock);
    return more;
}

static void *work(void *context)
{
    struct digest_thread *thread = context;

    while (wait_for_buffer(thread)) {
        digest_add(thread->digest, thread->memory + thread->first * DIGEST_THREAD_BYTES,
                   thread->sizes[thread->first]);
        thread->first = NEXT(thread->first);
        pthread_mutex_lock(&thread->lock);
        thread->waiting--;
        pthread_cond_signal(&thread->taken);
        pthread_mutex_unlock(&thread->lock);
    }
    return NULL;
}

static int start(struct digest_thread *thread)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    failed = pthread_create(&thread->thread, NULL, work, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

static void clear(struct digest_thread *thread, uint8_t *out)
{
    digest_finish(thread->digest, out);
    pthread_cond_destroy(&thread->put);
    pthread_cond_destroy(&thread->taken);
    pthread_mutex_destroy(&thread->lock);
    free(thread->memory);
    free(thread);
}

int digest_thread_start(struct digest_thread **thread, struct error *err)
{
    struct digest_thread *made = bytes_allocate(1, sizeof(*made));
    int failed;

    *thread = NULL;
    made->digest = digest_new();
    made->memory = bytes_allocate(DIGEST_THREAD_BUFFERS, DIGEST_THREAD_BYTES);
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->put, NULL);
    pthread_cond_init(&made->taken, NULL);
    failed = start(made);
    if (failed != 0) {
        clear(made, NULL);
        return error_set_errno(err, ERROR_INTERNAL, failed, "starting a thread for a digest");
    }
    *thread = made;
    return 0;
}

uint8_t *digest_thread_buffer(struct digest_thread *thread)
{
    pthread_mutex_lock(&thread->lock);
    while (thread->waiting == DIGEST_THREAD_BUFFERS)
        pthread_cond_wait(&thread->taken, &thread->lock);
    pthread_mutex_unlock(&thread->lock);
    return thread->memory + thread->next * DIGEST_THREAD_BYTES;
}

void digest_thread_put(struct digest_thread *thread, size_t size)
{
    thread->sizes[thread->next] = size;
    thread->next = NEXT(thread->next);
    thread->filled = 0;
    pthread_mutex_lock(&thread->lock);
    thread->waiting++;
    pthread_cond_signal(&thread->put);
    pthread_mutex_unlock(&thread->lock);
}

void digest_thread_add(struct digest_thread *thread, const void *data, size_t size)
{
    const uint8_t *from = data;

    while (size > 0) {
        uint8_t *buffer = digest_thread_buffer(thread);
        size_t room = DIGEST_THREAD_BYTES - thread->filled;
        size_t length = size < room ? size : room;

        memcpy(buffer + thread->filled, from, length);
        thread->filled += length;
        from += length;
        size -= length;
        if (thread->filled == DIGEST_THREAD_BYTES)
            digest_thread_put(thread, DIGEST_THREAD_BYTES);
    }
}

void digest_thread_finish(struct digest_thread *thread, uint8_t *out)
{
    if (thread == NULL)
        return;
    if (out != NULL && thread->filled > 0)
        digest_thread_put(thread, thread->filled);
    pthread_mutex_lock(&thread->lock);
    thread->ending = true;
    thread->given_up = out == NULL;
    pthread_cond_signal(&thread->put);
    pthread_mutex_unlock(&thread->lock);
    pthread_join(thread->thread, NULL);
    clear(thread, out);
}
