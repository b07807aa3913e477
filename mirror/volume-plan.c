/* SPDX-License-Identifier: ISC */
#include "mirror/volume-plan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/pack.h"
#include "mirror/store.h"

/* A pack is closed when the next frame does not fit: it holds at least this. */
#define PACK_FILLED_BYTES (STORE_PACK_BYTES - 2 * LIMIT_FRAME_BYTES)

struct filling {
    const struct volume_plan_question *question;
    struct volume_plan *plan;
    uint64_t frames[LIMIT_VOLUMES]; /* bytes of the frames on each */
};

uint64_t volume_plan_frame_bytes(uint32_t size)
{
    return pack_frame_bytes(size) + PACK_ROW_BYTES;
}

static uint64_t volume_bytes(const struct volume_plan_question *question, uint64_t frames)
{
    uint64_t packs = frames == 0 ? 0 : frames / PACK_FILLED_BYTES + 1;

    return question->fixed_bytes + frames + packs * question->pack_bytes;
}

static bool fits(const struct volume_plan_question *question, uint64_t frames)
{
    return question->limit_bytes == 0 || volume_bytes(question, frames) <= question->limit_bytes;
}

static uint64_t frame_bytes(const struct filling *filling, uint32_t frame)
{
    return volume_plan_frame_bytes(filling->question->sizes[frame]);
}

static bool is_placed(const struct filling *filling, uint32_t frame)
{
    return filling->plan->volume_of[frame] != 0;
}

static void place(struct filling *filling, uint32_t frame, uint32_t volume)
{
    filling->plan->volume_of[frame] = volume + 1;
    filling->frames[volume] += frame_bytes(filling, frame);
}

/* Bytes of the package's frames that are on no volume yet. */
static uint64_t unplaced(const struct filling *filling, const struct volume_plan_package *package)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < package->count; i++)
        bytes +=
            is_placed(filling, package->frames[i]) ? 0 : frame_bytes(filling, package->frames[i]);
    return bytes;
}

static int open_volume(struct filling *filling, struct error *err)
{
    if (filling->plan->count == LIMIT_VOLUMES)
        return error_set(err, ERROR_LIMIT, "more than %d volumes (VOLUMES)", LIMIT_VOLUMES);
    filling->frames[filling->plan->count++] = 0;
    return 0;
}

static void place_whole(struct filling *filling, const struct volume_plan_package *package,
                        uint32_t volume)
{
    for (size_t i = 0; i < package->count; i++) {
        if (!is_placed(filling, package->frames[i]))
            place(filling, package->frames[i], volume);
    }
}

/* A volume with room for all of it: one that has frames of the package before any other, then the
 * first; count when there is none. */
static uint32_t find_room(const struct filling *filling, const struct volume_plan_package *package,
                          uint64_t bytes)
{
    uint32_t first = filling->plan->count;

    for (size_t i = 0; i < package->count; i++) {
        uint32_t volume = filling->plan->volume_of[package->frames[i]];

        if (volume != 0 && fits(filling->question, filling->frames[volume - 1] + bytes))
            return volume - 1;
    }
    for (uint32_t volume = filling->plan->count; volume-- > 0;) {
        if (fits(filling->question, filling->frames[volume] + bytes))
            first = volume;
    }
    return first;
}

/* How many volumes the package spans when its first has these bytes on it already. */
static size_t count_span(const struct filling *filling, const struct volume_plan_package *package,
                         uint64_t taken)
{
    size_t count = 1;

    for (size_t i = 0; i < package->count; i++) {
        uint64_t bytes = frame_bytes(filling, package->frames[i]);

        if (is_placed(filling, package->frames[i]))
            continue;
        if (!fits(filling->question, taken + bytes)) {
            count++;
            taken = 0;
        }
        taken += bytes;
    }
    return count;
}

/* Larger than a volume. It begins on the last one where that makes no volume more for it. */
static int spread(struct filling *filling, const struct volume_plan_package *package,
                  struct error *err)
{
    uint32_t count = filling->plan->count;
    bool fresh = count == 0 || count_span(filling, package, filling->frames[count - 1]) >
                                   count_span(filling, package, 0);
    int result = fresh ? open_volume(filling, err) : 0;

    for (size_t i = 0; i < package->count && result == 0; i++) {
        uint32_t frame = package->frames[i];
        uint64_t bytes = frame_bytes(filling, frame);

        if (is_placed(filling, frame))
            continue;
        if (!fits(filling->question, filling->frames[filling->plan->count - 1] + bytes))
            result = open_volume(filling, err);
        if (result == 0)
            place(filling, frame, filling->plan->count - 1);
    }
    return result;
}

static int place_package(struct filling *filling, const struct volume_plan_package *package,
                         struct error *err)
{
    uint64_t bytes = unplaced(filling, package);
    uint32_t volume;
    int result = 0;

    if (bytes == 0)
        return 0;
    volume = find_room(filling, package, bytes);
    if (volume == filling->plan->count && !fits(filling->question, bytes))
        return spread(filling, package, err);
    if (volume == filling->plan->count)
        result = open_volume(filling, err);
    if (result == 0)
        place_whole(filling, package, volume);
    return result;
}

struct turn {
    uint64_t bytes;
    size_t package;
};

static int by_bytes(const void *a, const void *b)
{
    const struct turn *left = a, *right = b;

    if (left->bytes != right->bytes)
        return left->bytes < right->bytes ? -1 : 1;
    return (left->package > right->package) - (left->package < right->package);
}

static int place_all(struct filling *filling, struct error *err)
{
    const struct volume_plan_question *question = filling->question;
    struct turn *turns = bytes_allocate(question->package_count + 1, sizeof(*turns));
    int result = 0;

    for (size_t i = 0; i < question->package_count; i++)
        turns[i] = (struct turn){.bytes = unplaced(filling, &question->packages[i]), .package = i};
    qsort(turns, question->package_count, sizeof(*turns), by_bytes);
    for (size_t i = 0; i < question->package_count && result == 0; i++)
        result = place_package(filling, &question->packages[turns[i].package], err);
    free(turns);
    return result;
}

static int check_fits(const struct volume_plan_question *question, struct volume_plan *plan,
                      struct error *err)
{
    if (!fits(question, 0))
        return error_set(err, ERROR_LIMIT, "what stands on every volume takes %llu bytes",
                         (unsigned long long)question->fixed_bytes);
    for (uint32_t i = 0; i < question->frame_count; i++) {
        if (!fits(question, volume_plan_frame_bytes(question->sizes[i]))) {
            plan->misfit = i;
            return error_set(err, ERROR_LIMIT, "a frame of %lu bytes fits no volume",
                             (unsigned long)question->sizes[i]);
        }
    }
    return 0;
}

int volume_plan_make(const struct volume_plan_question *question, struct volume_plan *plan,
                     struct error *err)
{
    struct filling *filling = bytes_allocate(1, sizeof(*filling));
    int result;

    *plan = (struct volume_plan){.misfit = UINT32_MAX};
    plan->volume_of = bytes_allocate(question->frame_count + 1, sizeof(*plan->volume_of));
    filling->question = question;
    filling->plan = plan;
    result = check_fits(question, plan, err);
    if (result == 0)
        result = place_all(filling, err);
    if (result == 0 && plan->count == 0)
        result = open_volume(filling, err); /* documents alone */
    plan->bytes = bytes_allocate(plan->count + 1, sizeof(*plan->bytes));
    for (uint32_t i = 0; i < plan->count; i++)
        plan->bytes[i] = volume_bytes(question, filling->frames[i]);
    free(filling);
    return result;
}

void volume_plan_clear(struct volume_plan *plan)
{
    free(plan->volume_of);
    free(plan->bytes);
    *plan = (struct volume_plan){.misfit = UINT32_MAX};
}
