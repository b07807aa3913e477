/* SPDX-License-Identifier: ISC */
#include "mirror/sync.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/root.h"
#include "mirror/ring.h"

/* Asking for a ring that is not there is a mistake, not an empty answer. */
static int check_asked(const struct sync *sync, const char *const *rings, struct error *err)
{
    const struct root_ring *row, *before;
    int result = 0;

    for (size_t i = 0; rings != NULL && rings[i] != NULL && result == 0; i++)
        result = ring_find(sync->trust.trust, rings[i], &row, &before, err);
    return result;
}

static bool is_asked(const char *const *rings, const char *name)
{
    for (size_t i = 0; rings != NULL && rings[i] != NULL; i++) {
        if (strcmp(rings[i], name) == 0)
            return true;
    }
    return rings == NULL || rings[0] == NULL;
}

static struct sync_documents documents_of(struct sync *sync)
{
    return (struct sync_documents){.repository = sync->repository,
                                   .upstream = sync->upstream,
                                   .trust = &sync->trust,
                                   .rings = sync->rings,
                                   .ring_count = sync->ring_count,
                                   .now_us = instant_clock()};
}

static int judge_rings(struct sync *sync, const char *const *rings, struct error *err)
{
    const struct root_document *root = trust_root(sync->trust.trust);
    int result = check_asked(sync, rings, err);

    sync->rings = bytes_allocate(root->ring_count + 1, sizeof(*sync->rings));
    for (size_t i = 0; i < root->ring_count && result == 0; i++) {
        const struct sync_documents documents = documents_of(sync);

        if (!is_asked(rings, root->rings[i].name))
            continue;
        result =
            sync_ring_judge(&documents, root->rings[i].name, &sync->rings[sync->ring_count], err);
        sync->ring_count++;
    }
    return result;
}

static void count(struct sync *sync, const struct sync_frames *frames)
{
    const struct sync_frames_counts counts = sync_frames_counts(frames);

    sync->frames.wanted += counts.wanted;
    sync->frames.wanted_bytes += counts.wanted_bytes;
    sync->frames.fetched += counts.fetched;
    sync->frames.fetched_bytes += counts.fetched_bytes;
    sync->frames.absent += counts.absent;
}

/* Recipes that build on another package are taken as far as they are of use here. */
static int want_deltas(const struct sync_documents *documents, struct sync_ring *ring, size_t i,
                       struct sync_frames *frames, struct error *err)
{
    int result = 0;

    for (size_t j = 0; j < ring->packages[i].delta_count && result == 0; j++) {
        struct recipe recipe;
        struct bytes data;
        bool taken;

        result = sync_ring_delta(documents, ring, i, j, &taken, &data, &recipe, err);
        if (result == 0 && taken)
            result = sync_frames_want(frames, &recipe, err);
        recipe_clear(&recipe);
        bytes_clear(&data);
    }
    return result;
}

static int want_ring(struct sync *sync, struct sync_ring *ring, struct sync_frames *frames,
                     struct error *err)
{
    const struct sync_documents documents = documents_of(sync);
    int result = 0;

    for (size_t i = 0; i < ring->package_count && result == 0; i++) {
        struct recipe recipe;
        struct bytes data;

        result = sync_ring_recipe(&documents, ring, i, &data, &recipe, err);
        if (result == 0)
            result = sync_frames_want(frames, &recipe, err);
        recipe_clear(&recipe);
        bytes_clear(&data);
        if (result == 0)
            result = want_deltas(&documents, ring, i, frames, err);
    }
    return result;
}

static int fetch_ring(struct sync *sync, struct sync_ring *ring, const struct interrupt *interrupt,
                      struct error *err)
{
    struct sync_frames *frames =
        sync_frames_new(sync->repository, sync->upstream, SYNC_FRAMES_STEP_BYTES);
    int result = want_ring(sync, ring, frames, err);

    if (result == 0)
        result = sync_frames_find(frames, err);
    if (result == 0 && sync->dry_run) {
        result = sync_frames_check(frames, err);
    } else if (result == 0) {
        progress_begin(sync->progress, ring->name, sync_frames_counts(frames).wanted_bytes);
        result = sync_frames_fetch(frames, sync->progress, interrupt, err);
        progress_end(sync->progress);
    }
    count(sync, frames);
    sync_frames_free(frames);
    return result;
}

/* Ring by ring: what one refuses holds up no other. A signal in the midst of it keeps what has
 * come; outside of it, one may just end the program. */
static int fetch_rings(struct sync *sync, struct error *err)
{
    struct interrupt interrupt;
    int result = interrupt_begin(&interrupt, err);

    for (size_t i = 0; i < sync->ring_count && result == 0; i++) {
        struct error problem = {.code = ERROR_OK};

        if (sync->rings[i].state != SYNC_NEWER ||
            fetch_ring(sync, &sync->rings[i], &interrupt, &problem) == 0)
            continue;
        *err = problem;
        result = sync_ring_refuse(&sync->rings[i], err);
    }
    interrupt_end(&interrupt);
    return result;
}

int sync_begin(struct sync *sync, const char *const *rings, const char *const *anchors,
               struct error *err)
{
    int result = sync_trust_begin(sync->repository, &sync->trust, err);

    if (result == 0)
        result = sync_trust_follow(&sync->trust, sync->upstream, err);
    for (size_t i = 0; anchors != NULL && anchors[i] != NULL && result == 0; i++)
        result = sync_trust_anchor(&sync->trust, sync->repository, anchors[i], err);
    if (result == 0)
        result = sync_trust_lists(&sync->trust, sync->repository, sync->upstream, err);
    if (result == 0)
        result = upstream_check_export(sync->upstream, sync->trust.trust, err);
    if (result == 0)
        result = judge_rings(sync, rings, err);
    return result == 0 ? fetch_rings(sync, err) : result;
}

void sync_end(struct sync *sync)
{
    for (size_t i = 0; i < sync->ring_count; i++)
        sync_ring_clear(&sync->rings[i]);
    free(sync->rings);
    sync->rings = NULL;
    sync->ring_count = 0;
    sync_trust_end(&sync->trust);
}

static bool has(const struct sync *sync, enum sync_state state)
{
    for (size_t i = 0; i < sync->ring_count; i++) {
        if (sync->rings[i].state == state)
            return true;
    }
    return false;
}

/* A source of which nothing was good gives no root documents and lists either. */
static bool takes_trust(const struct sync *sync)
{
    return has(sync, SYNC_NEWER) || has(sync, SYNC_CURRENT) || !has(sync, SYNC_REFUSED);
}

bool sync_changes(const struct sync *sync)
{
    return has(sync, SYNC_NEWER) ||
           (takes_trust(sync) &&
            (sync->trust.root_count > 0 || sync_trust_list_count(&sync->trust) > 0));
}

/* What a set speaks of is there before the set. */
static int write_files(struct sync *sync, struct error *err)
{
    const struct repository *repository = sync->repository;
    int result = 0;

    for (size_t i = 0; i < sync->ring_count && result == 0; i++) {
        if (sync->rings[i].state == SYNC_NEWER)
            result = sync_ring_write_packages(repository, &sync->rings[i], err);
    }
    if (result == 0)
        result = sync_trust_write_roots(&sync->trust, repository->tree_fd, err);
    if (result == 0)
        result = sync_trust_write_lists(&sync->trust, repository->tree_fd, err);
    for (size_t i = 0; i < sync->ring_count && result == 0; i++) {
        if (sync->rings[i].state == SYNC_NEWER)
            result = sync_ring_write_set(repository, &sync->rings[i], err);
    }
    return result;
}

static int enter(struct sync *sync, struct error *err)
{
    struct catalog *catalog = sync->repository->catalog;
    int result = catalog_begin(catalog, err);

    if (result < 0)
        return result;
    for (size_t i = 0; i < sync->ring_count && result == 0; i++) {
        if (sync->rings[i].state == SYNC_NEWER)
            result = sync_ring_enter(sync->repository, &sync->rings[i], err);
    }
    if (result == 0)
        result = catalog_commit(catalog, err);
    if (result < 0)
        catalog_rollback(catalog);
    return result;
}

int sync_complete(struct sync *sync, struct error *err)
{
    int result;

    if (!sync_changes(sync))
        return 0;
    result = write_files(sync, err);
    if (result == 0)
        result = enter(sync, err);
    return result == 0 ? ring_settle(sync->repository, sync->trust.trust, false, err) : result;
}
