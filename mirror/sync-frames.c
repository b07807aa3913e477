/* SPDX-License-Identifier: ISC */
#include "mirror/sync-frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "media/digest-lanes.h"
#include "media/pack.h"
#include "mirror/store.h"

#define NOWHERE     UINT32_MAX
#define RUN_BYTES   READER_RING_BYTES /* what one request of a reader answers */
#define SPARE_BYTES (16 * MIB)        /* for documents, recipes and the catalog */

struct wanted {
    uint8_t digest[DIGEST_BYTES];
    uint32_t length;
    uint32_t pack; /* index in packs; NOWHERE */
    uint64_t offset;
};

struct sync_frames {
    struct repository *repository;
    struct upstream *upstream;
    uint64_t step_bytes;
    size_t count, capacity;
    struct wanted *wanted; /* sorted by digest, once they are looked for; then by place */
    struct volume_name *packs;
    size_t pack_count;
    struct store_writer *store;
    uint64_t unflushed;
    uint8_t *run;        /* RUN_BYTES */
    struct error broken; /* of the first pack whose index was of no use */
    struct sync_frames_counts counts;
};

struct sync_frames *sync_frames_new(struct repository *repository, struct upstream *upstream,
                                    uint64_t step_bytes)
{
    struct sync_frames *frames = bytes_allocate(1, sizeof(*frames));

    frames->repository = repository;
    frames->upstream = upstream;
    frames->step_bytes = step_bytes;
    frames->run = bytes_allocate(1, RUN_BYTES);
    return frames;
}

void sync_frames_free(struct sync_frames *frames)
{
    if (frames == NULL)
        return;
    store_writer_free(frames->store);
    free(frames->wanted);
    free(frames->packs);
    free(frames->run);
    free(frames);
}

struct sync_frames_counts sync_frames_counts(const struct sync_frames *frames)
{
    return frames->counts;
}

/* What is wanted. */

static void add(struct sync_frames *frames, const struct recipe_chunk *chunk)
{
    if (frames->count == frames->capacity) {
        size_t capacity = 2 * frames->capacity + 1024;
        struct wanted *grown = bytes_allocate(capacity, sizeof(*grown));

        if (frames->count > 0)
            memcpy(grown, frames->wanted, frames->count * sizeof(*grown));
        free(frames->wanted);
        frames->wanted = grown;
        frames->capacity = capacity;
    }
    frames->wanted[frames->count].length = chunk->packed;
    frames->wanted[frames->count].pack = NOWHERE;
    memcpy(frames->wanted[frames->count++].digest, chunk->frame, DIGEST_BYTES);
}

int sync_frames_want(struct sync_frames *frames, const struct recipe *recipe, struct error *err)
{
    uint32_t *sorted = recipe_frames_sorted(recipe);
    const uint8_t *before = NULL;
    int result = 0;

    for (uint32_t i = 0; i < recipe->chunk_count && result == 0; i++) {
        const struct recipe_chunk *chunk = &recipe->chunks[sorted[i]];
        struct catalog_frame place;
        bool found;

        if (before != NULL && memcmp(before, chunk->frame, DIGEST_BYTES) == 0)
            continue;
        before = chunk->frame;
        result = catalog_find_frame(frames->repository->catalog, chunk->frame, &place, &found, err);
        if (result == 0 && !found)
            add(frames, chunk);
    }
    free(sorted);
    return result;
}

static int by_digest(const void *a, const void *b)
{
    return memcmp(((const struct wanted *)a)->digest, ((const struct wanted *)b)->digest,
                  DIGEST_BYTES);
}

/* Recipes share frames: each is wanted once. */
static void settle_wanted(struct sync_frames *frames)
{
    size_t kept = 0;

    if (frames->count > 0)
        qsort(frames->wanted, frames->count, sizeof(*frames->wanted), by_digest);
    for (size_t i = 0; i < frames->count; i++) {
        if (kept > 0 && by_digest(&frames->wanted[kept - 1], &frames->wanted[i]) == 0)
            continue;
        frames->wanted[kept++] = frames->wanted[i];
        frames->counts.wanted_bytes += frames->wanted[kept - 1].length;
    }
    frames->count = kept;
    frames->counts.wanted = kept;
}

/* Where they are. */

struct look {
    struct sync_frames *frames;
    char path[VOLUME_NAME_BYTES];
    uint32_t pack;
};

static int read_pack(void *context, uint64_t offset, void *out, size_t size, struct error *err)
{
    struct look *look = context;

    return reader_read(look->frames->upstream->reader, look->path, offset, out, size, err);
}

/* A row of another length than the recipe's can't be it. */
static int note_place(void *context, const struct pack_entry *entry, struct error *err)
{
    struct look *look = context;
    struct sync_frames *frames = look->frames;
    struct wanted key, *found;

    memcpy(key.digest, entry->digest, DIGEST_BYTES);
    found = bsearch(&key, frames->wanted, frames->count, sizeof(*frames->wanted), by_digest);
    if (found == NULL || found->pack != NOWHERE || found->length != entry->length)
        return 0;
    found->pack = look->pack;
    found->offset = entry->offset;
    return 0;
}

/* Returns how many of the wanted are in a pack. Forgets them, where its index broke off. */
static size_t settle_pack(struct sync_frames *frames, uint32_t pack, bool good)
{
    size_t count = 0;

    for (size_t i = 0; i < frames->count; i++) {
        if (frames->wanted[i].pack != pack)
            continue;
        if (!good)
            frames->wanted[i].pack = NOWHERE;
        count += good;
    }
    return count;
}

static int look_into(struct sync_frames *frames, uint32_t pack, size_t *placed, struct error *err)
{
    struct look look = {.frames = frames, .pack = pack};
    struct error problem = {.code = ERROR_OK};
    uint64_t size;
    int result;

    volume_format(&frames->packs[pack], look.path);
    result = reader_size(frames->upstream->reader, look.path, &size, &problem);
    if (result == 0)
        result = pack_walk(read_pack, &look, size, note_place, &look, &problem);
    *placed += settle_pack(frames, pack, result == 0);
    if (result == 0)
        return 0;
    error_context(&problem, "%s", look.path);
    if (upstream_is_gone(&problem)) {
        *err = problem;
        return -(int)err->code;
    }
    /* Another pack may have what this one can't give. */
    if (frames->broken.code == ERROR_OK)
        frames->broken = problem;
    return 0;
}

int sync_frames_find(struct sync_frames *frames, struct error *err)
{
    size_t placed = 0;
    int result = 0;

    settle_wanted(frames);
    if (frames->count > 0)
        result = upstream_list(frames->upstream, "packs", VOLUME_PACK, LIMIT_PACKS, &frames->packs,
                               &frames->pack_count, err);
    for (size_t i = 0; i < frames->pack_count && result == 0 && placed < frames->count; i++)
        result = look_into(frames, (uint32_t)i, &placed, err);
    frames->counts.absent = frames->count - placed;
    return result;
}

/* Fetching. */

static int by_place(const void *a, const void *b)
{
    const struct wanted *first = a, *second = b;

    if (first->pack != second->pack)
        return (first->pack > second->pack) - (first->pack < second->pack);
    return (first->offset > second->offset) - (first->offset < second->offset);
}

/* Packs and their frames in the catalog, so that no later sync fetches them again. */
static int flush(struct sync_frames *frames, struct error *err)
{
    struct catalog *catalog = frames->repository->catalog;
    int result = store_writer_flush(frames->store, err);

    if (result == 0)
        result = catalog_begin(catalog, err);
    if (result < 0)
        return result;
    result = store_writer_enter(frames->store, err);
    if (result == 0)
        result = catalog_commit(catalog, err);
    if (result < 0)
        catalog_rollback(catalog);
    store_writer_free(frames->store);
    frames->store = result == 0 ? store_writer_new(frames->repository) : NULL;
    frames->unflushed = 0;
    return result;
}

static int store_one(struct sync_frames *frames, const struct wanted *wanted, const uint8_t *bytes,
                     const uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    char path[VOLUME_NAME_BYTES], text[DIGEST_TEXT_BYTES];
    int result;

    if (memcmp(digest, wanted->digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_BAD_DIGEST, "%s: frame %.16s holds something else",
                         volume_format(&frames->packs[wanted->pack], path),
                         digest_text(wanted->digest, text));
    result = store_put(frames->store, digest, bytes_view_of(bytes, wanted->length), err);
    if (result < 0)
        return result;
    frames->counts.fetched++;
    frames->counts.fetched_bytes += wanted->length;
    frames->unflushed += wanted->length;
    return frames->unflushed >= frames->step_bytes ? flush(frames, err) : 0;
}

/* `run` holds them as they lie in their pack. */
static int store_run(struct sync_frames *frames, const struct wanted *first, size_t count,
                     struct error *err)
{
    struct bytes_view *views = bytes_allocate(count, sizeof(*views));
    uint8_t(*digests)[DIGEST_BYTES] = bytes_allocate(count, sizeof(*digests));
    int result = 0;

    for (size_t i = 0; i < count; i++)
        views[i] = bytes_view_of(frames->run + (first[i].offset - first->offset), first[i].length);
    digest_many(views, count, digests);
    for (size_t i = 0; i < count && result == 0; i++)
        result = store_one(frames, &first[i], views[i].data, digests[i], err);
    free(views);
    free(digests);
    return result;
}

/* Frames lie one after the other in the order in which they are needed: those that follow each
 * other closely are read at once. Returns how many from i on. */
static size_t run_length(const struct sync_frames *frames, size_t i, size_t *size)
{
    const struct wanted *first = &frames->wanted[i];
    size_t count = 0;

    for (; i + count < frames->count; count++) {
        const struct wanted *next = &frames->wanted[i + count];
        uint64_t end = next->offset - first->offset + next->length;

        if (next->pack != first->pack || end > RUN_BYTES)
            break;
        *size = (size_t)end;
    }
    return count;
}

static int fetch_run(struct sync_frames *frames, size_t i, size_t count, size_t size,
                     struct error *err)
{
    const struct wanted *first = &frames->wanted[i];
    char path[VOLUME_NAME_BYTES];
    int result;

    volume_format(&frames->packs[first->pack], path);
    result = reader_read(frames->upstream->reader, path, first->offset, frames->run, size, err);
    if (result < 0)
        return error_context(err, "%s", path);
    return store_run(frames, first, count, err);
}

static int fetch_all(struct sync_frames *frames, struct progress *progress,
                     const struct interrupt *interrupt, struct error *err)
{
    struct error signalled = {.code = ERROR_OK};
    size_t count = 0;
    int result = 0;

    for (size_t i = 0; i < frames->count && frames->wanted[i].pack != NOWHERE && result == 0;
         i += count) {
        uint64_t before = frames->counts.fetched_bytes;
        size_t size = 0;

        count = run_length(frames, i, &size);
        result = interrupt_check(interrupt, err);
        if (result == 0)
            result = fetch_run(frames, i, count, size, err);
        progress_add(progress, frames->counts.fetched_bytes - before);
    }
    /* A signal from the terminal ends the reader as well: what it means is the signal. */
    if (result < 0 && interrupt_check(interrupt, &signalled) < 0) {
        *err = signalled;
        result = -(int)err->code;
    }
    return result;
}

/* Before the first byte, not after the last that fits. */
static int check_space(const struct sync_frames *frames, struct error *err)
{
    uint64_t needed = SPARE_BYTES, free_bytes;
    struct statvfs status;

    for (size_t i = 0; i < frames->count; i++) {
        if (frames->wanted[i].pack != NOWHERE)
            needed += pack_frame_bytes(frames->wanted[i].length) + PACK_ROW_BYTES;
    }
    if (fstatvfs(frames->repository->tree_fd, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "free space of the repository");
    free_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    if (free_bytes >= needed)
        return 0;
    return error_set(err, ERROR_NO_SPACE, "%llu MiB are needed in %s, %llu MiB are free",
                     (unsigned long long)(needed / MIB) + 1, frames->repository->folder,
                     (unsigned long long)(free_bytes / MIB));
}

/* Each was matched already: what broke off later says nothing against them. */
static void keep(struct sync_frames *frames)
{
    struct error ignored = {.code = ERROR_OK};

    if (frames->store != NULL && frames->unflushed > 0)
        (void)!flush(frames, &ignored);
}

static int check_absent(const struct sync_frames *frames, struct error *err)
{
    if (frames->counts.absent == 0)
        return 0;
    if (frames->broken.code != ERROR_OK) {
        *err = frames->broken;
        return -(int)err->code;
    }
    return error_set(err, ERROR_VOLUME_MISSING,
                     "%llu of %llu frames that are not here are in no pack of the source; the "
                     "others are kept",
                     (unsigned long long)frames->counts.absent,
                     (unsigned long long)frames->counts.wanted);
}

int sync_frames_check(const struct sync_frames *frames, struct error *err)
{
    int result = check_space(frames, err);

    return result == 0 ? check_absent(frames, err) : result;
}

int sync_frames_fetch(struct sync_frames *frames, struct progress *progress,
                      const struct interrupt *interrupt, struct error *err)
{
    int result;

    if (frames->count == 0)
        return 0;
    result = check_space(frames, err);
    if (result < 0)
        return result;
    qsort(frames->wanted, frames->count, sizeof(*frames->wanted), by_place);
    frames->store = store_writer_new(frames->repository);
    result = fetch_all(frames, progress, interrupt, err);
    if (result == 0 && frames->unflushed > 0)
        result = flush(frames, err);
    else if (result < 0 && (upstream_is_gone(err) || err->code == ERROR_INTERRUPTED))
        keep(frames);
    store_writer_free(frames->store);
    frames->store = NULL;
    return result == 0 ? check_absent(frames, err) : result;
}
