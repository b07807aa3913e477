/* SPDX-License-Identifier: ISC */
#include "media/file-digests.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/file-unchanged.h"

struct job {
    int fd;
    struct stat before;
    uint64_t size;
    const char *name;
    uint8_t *out;
};

struct file_digests {
    pthread_t threads[FILE_DIGESTS_THREADS];
    unsigned thread_count;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t work, room;
    struct job jobs[FILE_DIGESTS_WAITING]; /* a ring: those that nobody has begun */
    unsigned first, waiting;
    unsigned busy; /* begun and not done */
    struct error failure;
    bool ending;
};

static int digest_job(const struct job *job, struct error *err)
{
    int result = digest_of_file(job->fd, 0, job->size, job->out, err);

    if (result == 0)
        result = file_unchanged(job->fd, &job->before, err);
    return result < 0 ? error_context(err, "%s", job->name) : 0;
}

/* With the lock held, which is given up while the file is read. */
static void work_on_next(struct file_digests *digests)
{
    struct job job = digests->jobs[digests->first];
    struct error err = {.code = ERROR_OK};

    digests->first = (digests->first + 1) % FILE_DIGESTS_WAITING;
    digests->waiting--;
    digests->busy++;
    pthread_cond_signal(&digests->room);
    pthread_mutex_unlock(&digests->lock);
    (void)digest_job(&job, &err);
    (void)close(job.fd);
    pthread_mutex_lock(&digests->lock);
    if (err.code != ERROR_OK && digests->failure.code == ERROR_OK)
        digests->failure = err;
    digests->busy--;
    pthread_cond_signal(&digests->room);
}

static void *work(void *context)
{
    struct file_digests *digests = context;

    pthread_mutex_lock(&digests->lock);
    while (!digests->ending) {
        if (digests->waiting > 0)
            work_on_next(digests);
        else
            pthread_cond_wait(&digests->work, &digests->lock);
    }
    pthread_mutex_unlock(&digests->lock);
    return NULL;
}

/* Half of the processors: others cut and pack meanwhile. */
static unsigned threads_wanted(void)
{
    long half = sysconf(_SC_NPROCESSORS_ONLN) / 2;

    if (half < 1)
        return 1;
    return half < FILE_DIGESTS_THREADS ? (unsigned)half : FILE_DIGESTS_THREADS;
}

int file_digests_open(struct file_digests **digests, struct error *err)
{
    struct file_digests *made = bytes_allocate(1, sizeof(*made));
    unsigned wanted = threads_wanted();
    int failed = 0;

    *digests = NULL;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->work, NULL);
    pthread_cond_init(&made->room, NULL);
    while (made->thread_count < wanted && failed == 0) {
        failed = pthread_create(&made->threads[made->thread_count], NULL, work, made);
        made->thread_count += failed == 0;
    }
    if (made->thread_count == 0) {
        file_digests_close(made);
        return error_set_errno(err, ERROR_INTERNAL, failed, "starting a thread for digests");
    }
    *digests = made;
    return 0;
}

int file_digests_put(struct file_digests *digests, int fd, uint64_t size, const char *name,
                     uint8_t out[static DIGEST_BYTES], struct error *err)
{
    struct job job = {.size = size, .name = name, .out = out};

    job.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (job.fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s: another descriptor", name);
    if (fstat(job.fd, &job.before) < 0) {
        (void)error_set_errno(err, ERROR_IO, errno, "%s", name);
        (void)close(job.fd);
        return -(int)err->code;
    }
    pthread_mutex_lock(&digests->lock);
    while (digests->waiting == FILE_DIGESTS_WAITING)
        pthread_cond_wait(&digests->room, &digests->lock);
    digests->jobs[(digests->first + digests->waiting++) % FILE_DIGESTS_WAITING] = job;
    pthread_cond_signal(&digests->work);
    pthread_mutex_unlock(&digests->lock);
    return 0;
}

int file_digests_finish(struct file_digests *digests, struct error *err)
{
    int result;

    pthread_mutex_lock(&digests->lock);
    while (digests->waiting > 0 || digests->busy > 0)
        pthread_cond_wait(&digests->room, &digests->lock);
    if (digests->failure.code != ERROR_OK)
        *err = digests->failure;
    result = -(int)digests->failure.code;
    pthread_mutex_unlock(&digests->lock);
    return result;
}

void file_digests_close(struct file_digests *digests)
{
    if (digests == NULL)
        return;
    pthread_mutex_lock(&digests->lock);
    digests->ending = true;
    pthread_cond_broadcast(&digests->work);
    pthread_mutex_unlock(&digests->lock);
    for (unsigned i = 0; i < digests->thread_count; i++)
        pthread_join(digests->threads[i], NULL);
    for (; digests->waiting > 0; digests->waiting--) {
        (void)close(digests->jobs[digests->first].fd);
        digests->first = (digests->first + 1) % FILE_DIGESTS_WAITING;
    }
    pthread_cond_destroy(&digests->work);
    pthread_cond_destroy(&digests->room);
    pthread_mutex_destroy(&digests->lock);
    free(digests);
}
