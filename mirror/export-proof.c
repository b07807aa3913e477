/* SPDX-License-Identifier: ISC */
#include "mirror/export-proof.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/digest-lanes.h"
#include "mirror/read-back.h"

#define STRETCH_BYTES  (4 * MIB) /* read at once */
#define STRETCH_FRAMES 512

/* Whole frames of the pack, side by side, with their headers and padding. A worker's own. */
struct stretch {
    uint64_t offset;
    size_t size;
    size_t count; /* of frames */
    const struct export_plan_frame *planned[STRETCH_FRAMES];
    struct bytes around; /* what is expected between the frames, one piece after the other */
    const uint8_t *bytes;
    uint8_t *block;
    void *memory;
    uint8_t digests[STRETCH_FRAMES][DIGEST_BYTES];
};

struct proof {
    const struct export_job *job;
    const struct export_pack *pack;
    int fd;

    pthread_mutex_t lock;       /* of all below, and of reading: the medium is read in its order */
    struct pack_writer *writer; /* makes the pack once more, but for the bytes of frames */
    uint8_t *no_frame;          /* what it is given in their place: never looked at */
    uint64_t offset;            /* where it has come to */
    uint64_t frame, frame_end;  /* bytes of the present frame */
    size_t next;                /* frame */
    struct stretch *stretch;    /* that is being made; NULL: the index */
    uint8_t *index;             /* a block for it */
    void *index_memory;
    struct error index_failure; /* in words of its own: the writer's speak of writing */
    bool ended;
    struct error failure; /* the first one */
};

static int differs(uint64_t offset, struct error *err)
{
    return error_set(err, ERROR_MEDIUM_DAMAGED,
                     "reads back other than it was written, near byte %llu",
                     (unsigned long long)offset);
}

/* The index is compared as it is made: it may be long. */
static int compare_index(struct proof *proof, const uint8_t *data, size_t size)
{
    struct error *err = &proof->index_failure;
    int result = 0;

    for (size_t done = 0, length = 0; done < size && result == 0; done += length) {
        const uint8_t *bytes;

        length = size - done < STRETCH_BYTES ? size - done : STRETCH_BYTES;
        result =
            read_back_range(proof->fd, proof->offset + done, length, proof->index, &bytes, err);
        if (result == 0 && memcmp(bytes, data + done, length) != 0)
            result = differs(proof->offset + done, err);
    }
    if (result == 0)
        progress_add(proof->job->progress, size);
    return result;
}

/* The writer's pack_put: a piece lies within a frame or outside. */
static int expect(void *context, const void *data, size_t size, struct error *err)
{
    struct proof *proof = context;
    bool of_frame = proof->offset >= proof->frame && proof->offset < proof->frame_end;
    int result = 0;

    if (proof->stretch == NULL)
        result = compare_index(proof, data, size);
    else if (!of_frame)
        result = bytes_put(&proof->stretch->around, data, size, err);
    proof->offset += size;
    return result;
}

static bool takes_another(const struct proof *proof, const struct stretch *stretch)
{
    if (proof->next == proof->pack->count || stretch->count == STRETCH_FRAMES)
        return false;
    return stretch->count == 0 ||
           stretch->size + pack_frame_bytes(
                               export_job_frame(proof->job, proof->pack, proof->next)->packed) <=
               STRETCH_BYTES;
}

static int expect_frame(struct proof *proof, struct stretch *stretch, struct error *err)
{
    const struct export_plan_frame *planned =
        export_job_frame(proof->job, proof->pack, proof->next++);

    proof->frame = proof->offset + PACK_BLOCK_BYTES;
    proof->frame_end = proof->frame + planned->packed;
    stretch->planned[stretch->count++] = planned;
    stretch->size += pack_frame_bytes(planned->packed);
    return pack_write_frame(proof->writer, planned->digest, proof->no_frame, planned->packed, err);
}

static int make_stretch(struct proof *proof, struct stretch *stretch, struct error *err)
{
    int result = 0;

    stretch->offset = proof->offset;
    stretch->count = stretch->size = stretch->around.size = 0;
    proof->stretch = stretch;
    while (result == 0 && takes_another(proof, stretch))
        result = expect_frame(proof, stretch, err);
    proof->stretch = NULL;
    if (result == 0)
        result = read_back_range(proof->fd, stretch->offset, stretch->size, stretch->block,
                                 &stretch->bytes, err);
    if (result == 0)
        progress_add(proof->job->progress, stretch->size);
    return result;
}

static int end_pack(struct proof *proof, struct error *err)
{
    uint8_t id[DIGEST_BYTES];
    uint64_t size;
    int result = pack_write_close(proof->writer, id, &size, err);

    proof->writer = NULL;
    proof->ended = true;
    if (proof->index_failure.code != ERROR_OK) {
        *err = proof->index_failure;
        return -(int)err->code;
    }
    if (result == 0 &&
        (size != proof->pack->size || memcmp(id, proof->pack->id, DIGEST_BYTES) != 0))
        result = error_set(err, ERROR_INTERNAL, "a pack is other than it was planned");
    return result;
}

/* The next stretch to judge; false when there is none, or no sense in going on. */
static bool take(struct proof *proof, struct stretch *stretch)
{
    struct error *err = &proof->failure;
    bool taken = false;

    pthread_mutex_lock(&proof->lock);
    if (!proof->ended && err->code == ERROR_OK &&
        interrupt_check(proof->job->interrupt, err) == 0) {
        if (proof->next < proof->pack->count)
            taken = make_stretch(proof, stretch, err) == 0;
        else
            (void)!end_pack(proof, err);
    }
    pthread_mutex_unlock(&proof->lock);
    return taken;
}

/* What stands around the frames; frames become messages. Its result is the place that differs. */
static int split(const struct stretch *stretch, struct bytes_view *frames, uint64_t *place)
{
    struct bytes_view around = bytes_view(&stretch->around);
    size_t at = 0;

    for (size_t i = 0; i < stretch->count; i++) {
        size_t size = stretch->planned[i]->packed;
        size_t padding = pack_frame_bytes(size) - PACK_BLOCK_BYTES - size;
        const uint8_t *bytes = stretch->bytes + at;

        *place = stretch->offset + at;
        if (around.size < PACK_BLOCK_BYTES + padding ||
            memcmp(bytes, around.data, PACK_BLOCK_BYTES) != 0 ||
            memcmp(bytes + PACK_BLOCK_BYTES + size, around.data + PACK_BLOCK_BYTES, padding) != 0)
            return -1;
        frames[i] = bytes_view_of(bytes + PACK_BLOCK_BYTES, size);
        around.data += PACK_BLOCK_BYTES + padding;
        around.size -= PACK_BLOCK_BYTES + padding;
        at += pack_frame_bytes(size);
    }
    return 0;
}

static bool is_as_planned(struct stretch *stretch, uint64_t *place)
{
    struct bytes_view frames[STRETCH_FRAMES];

    if (split(stretch, frames, place) < 0)
        return false;
    digest_many(frames, stretch->count, stretch->digests);
    *place = stretch->offset + PACK_BLOCK_BYTES;
    for (size_t i = 0; i < stretch->count; i++) {
        if (memcmp(stretch->digests[i], stretch->planned[i]->digest, DIGEST_BYTES) != 0)
            return false;
        *place += pack_frame_bytes(stretch->planned[i]->packed);
    }
    return true;
}

static void stretch_begin(struct stretch *stretch)
{
    stretch->block = read_back_block(STRETCH_BYTES, &stretch->memory);
    bytes_init(&stretch->around, STRETCH_BYTES);
}

static void stretch_end(struct stretch *stretch)
{
    bytes_clear(&stretch->around);
    free(stretch->memory);
}

static void *work(void *context)
{
    struct proof *proof = context;
    struct stretch *stretch = bytes_allocate(1, sizeof(*stretch));
    uint64_t place;

    stretch_begin(stretch);
    while (take(proof, stretch)) {
        if (is_as_planned(stretch, &place))
            continue;
        pthread_mutex_lock(&proof->lock);
        if (proof->failure.code == ERROR_OK)
            (void)differs(place, &proof->failure);
        pthread_mutex_unlock(&proof->lock);
    }
    stretch_end(stretch);
    free(stretch);
    return NULL;
}

/* Beside the calling thread. Signals come to those threads that were there before. */
static size_t start_threads(struct proof *proof, pthread_t *threads)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = 0;
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (count + 1 < EXPORT_PROOF_WORKERS && (long)count + 1 < processors &&
           pthread_create(&threads[count], NULL, work, proof) == 0)
        count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return count;
}

static void judge(struct proof *proof)
{
    pthread_t threads[EXPORT_PROOF_WORKERS];
    size_t count = start_threads(proof, threads);

    (void)work(proof);
    while (count > 0)
        pthread_join(threads[--count], NULL);
}

static int begin(struct proof *proof, struct error *err)
{
    proof->no_frame = bytes_allocate(1, LIMIT_FRAME_BYTES);
    proof->index = read_back_block(STRETCH_BYTES, &proof->index_memory);
    return pack_write_open_to(expect, proof, 0, &proof->writer, err);
}

static void end(struct proof *proof)
{
    pack_write_abort(proof->writer);
    free(proof->index_memory);
    free(proof->no_frame);
    (void)close(proof->fd);
}

int export_proof_pack(const struct export_job *job, const struct export_pack *pack, int dirfd,
                      const char *name, bool *direct, struct error *err)
{
    struct proof *proof;
    int fd;
    int result = read_back_open(dirfd, name, pack->size, &fd, direct, err);

    if (result < 0)
        return result;
    proof = bytes_allocate(1, sizeof(*proof));
    proof->job = job;
    proof->pack = pack;
    proof->fd = fd;
    pthread_mutex_init(&proof->lock, NULL);
    result = begin(proof, &proof->failure);
    if (result == 0)
        judge(proof);
    end(proof);
    pthread_mutex_destroy(&proof->lock);
    *err = proof->failure;
    free(proof);
    return err->code != ERROR_OK ? error_context(err, "%s", name) : 0;
}
