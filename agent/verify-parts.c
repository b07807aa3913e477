/* SPDX-License-Identifier: ISC */
#include "agent/verify-parts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/digest-lanes.h"

/* A part on its way through one of a worker's lanes. */
struct slot {
    struct verify_part part;
    uint8_t *memory; /* LIMIT_FRAME_BYTES */
    struct slot *next_free;
};

/* What one worker has for itself. */
struct share {
    struct verify_parts *parts;
    struct digest_lanes *lanes;
    uint8_t *memory;
    struct slot *slots, *free;
};

struct verify_parts {
    struct verify_workers *workers;
    pthread_mutex_t lock; /* of the calls of next and bad */
    verify_parts_next next;
    verify_parts_bad bad;
    void *context;
    struct share *shares;
};

static void tell_bad(struct verify_parts *parts, const struct verify_part *part,
                     const struct error *problem)
{
    pthread_mutex_lock(&parts->lock);
    parts->bad(parts->context, part, problem);
    pthread_mutex_unlock(&parts->lock);
}

static void give_back(struct share *share, struct slot *slot)
{
    slot->next_free = share->free;
    share->free = slot;
}

static void judge(void *context, void *tag, const uint8_t digest[static DIGEST_BYTES])
{
    static const struct error mismatch = {.code = ERROR_BAD_DIGEST};
    struct share *share = context;
    struct slot *slot = tag;

    if (memcmp(digest, slot->part.digest, DIGEST_BYTES) != 0)
        tell_bad(share->parts, &slot->part, &mismatch);
    give_back(share, slot);
}

static bool take_part(struct verify_parts *parts, struct verify_part *part)
{
    bool taken;

    pthread_mutex_lock(&parts->lock);
    taken = parts->next(parts->context, part);
    pthread_mutex_unlock(&parts->lock);
    return taken;
}

static int read_part(struct slot *slot, struct error *err)
{
    struct verify_part *part = &slot->part;

    if (part->bytes == NULL)
        part->bytes = slot->memory;
    return part->fd < 0 ? 0 : path_pread(part->fd, part->bytes, part->length, part->offset, err);
}

/* One slot at least is free here: the lanes give one back before they are all taken. */
static void work(void *context, size_t i)
{
    struct verify_parts *parts = context;
    struct share *share = &parts->shares[i];
    struct slot *slot = share->free;

    while (take_part(parts, &slot->part)) {
        struct error problem = {.code = ERROR_OK};

        if (read_part(slot, &problem) == 0) {
            share->free = slot->next_free;
            digest_lanes_put(share->lanes, slot->part.bytes, slot->part.length, slot);
            slot = share->free;
        } else {
            tell_bad(parts, &slot->part, &problem);
        }
    }
    digest_lanes_finish(share->lanes);
}

static void open_share(struct verify_parts *parts, struct share *share)
{
    size_t width = digest_path_width(DIGEST_PATH_AUTO);

    share->parts = parts;
    share->lanes = digest_lanes_new(DIGEST_PATH_AUTO, judge, share);
    share->memory = bytes_allocate(width, LIMIT_FRAME_BYTES);
    share->slots = bytes_allocate(width, sizeof(*share->slots));
    for (size_t i = 0; i < width; i++) {
        share->slots[i].memory = share->memory + i * LIMIT_FRAME_BYTES;
        give_back(share, &share->slots[i]);
    }
}

struct verify_parts *verify_parts_new(struct verify_workers *workers)
{
    struct verify_parts *parts = bytes_allocate(1, sizeof(*parts));
    size_t count = verify_workers_count(workers);

    parts->workers = workers;
    pthread_mutex_init(&parts->lock, NULL);
    parts->shares = bytes_allocate(count, sizeof(*parts->shares));
    for (size_t i = 0; i < count; i++)
        open_share(parts, &parts->shares[i]);
    return parts;
}

void verify_parts_judge(struct verify_parts *parts, verify_parts_next next, verify_parts_bad bad,
                        void *context)
{
    parts->next = next;
    parts->bad = bad;
    parts->context = context;
    verify_workers_each(parts->workers, work, parts);
}

void verify_parts_free(struct verify_parts *parts)
{
    if (parts == NULL)
        return;
    for (size_t i = 0; i < verify_workers_count(parts->workers); i++) {
        digest_lanes_free(parts->shares[i].lanes);
        free(parts->shares[i].memory);
        free(parts->shares[i].slots);
    }
    pthread_mutex_destroy(&parts->lock);
    free(parts->shares);
    free(parts);
}
