/* SPDX-License-Identifier: ISC */
#include "mirror/export-volumes.h"

#include <stdlib.h>
#include <string.h>

#include "media/pack.h"
#include "mirror/store.h"
#include "mirror/volume-plan.h"

/* Index and footer of a pack, padded, as a file with its row in the export document. */
#define PACK_EXTRA_BYTES 8192

static const struct export_plan_file *largest_file(const struct export_plan *plan)
{
    const struct export_plan_file *largest = NULL;

    for (int group = 0; group < EXPORT_GROUPS; group++) {
        const struct export_plan_list *list = &plan->groups[group];

        for (size_t i = 0; i < list->count; i++) {
            if (largest == NULL || list->files[i].size > largest->size)
                largest = &list->files[i];
        }
    }
    return largest;
}

static const struct export_plan_package *package_of(const struct export_plan *plan, uint32_t frame)
{
    for (size_t i = 0; i < plan->package_count; i++) {
        for (size_t j = 0; j < plan->packages[i].frame_count; j++) {
            if (plan->packages[i].frames[j] == frame)
                return &plan->packages[i];
        }
    }
    return NULL;
}

/* Arithmetic said no: the names of what is too large. */
static int explain(const struct export_plan *plan, const struct volume_plan *layout,
                   struct error *err)
{
    const struct export_plan_file *largest = largest_file(plan);
    const struct export_plan_package *package;
    char text[DIGEST_TEXT_BYTES];

    if (layout->misfit != UINT32_MAX) {
        package = package_of(plan, layout->misfit);
        return error_set(
            err, ERROR_USAGE,
            "frame %s of %s %s, %lu bytes, does not fit beside the %llu bytes that stand on every "
            "volume",
            digest_text(plan->frames[layout->misfit].digest, text),
            package != NULL ? package->type : "", package != NULL ? package->version : "",
            (unsigned long)plan->frames[layout->misfit].packed,
            (unsigned long long)plan->fixed_bytes);
    }
    if (layout->count > 0)
        return error_set(err, ERROR_USAGE, "more than %d volumes (VOLUMES)", LIMIT_VOLUMES);
    return error_set(
        err, ERROR_USAGE,
        "what stands on every volume takes %llu bytes; the largest of it is %s with %llu",
        (unsigned long long)plan->fixed_bytes, largest != NULL ? largest->name : "nothing",
        largest != NULL ? (unsigned long long)largest->size : 0ULL);
}

static int lay_out(const struct export_plan *plan, uint64_t limit_bytes, struct volume_plan *layout,
                   struct error *err)
{
    struct volume_plan_package *packages =
        bytes_allocate(plan->package_count + 1, sizeof(*packages));
    uint32_t *sizes = bytes_allocate(plan->frame_count + 1, sizeof(*sizes));
    struct volume_plan_question question = {.sizes = sizes,
                                            .frame_count = plan->frame_count,
                                            .packages = packages,
                                            .package_count = plan->package_count,
                                            .fixed_bytes = plan->fixed_bytes,
                                            .pack_bytes = PACK_EXTRA_BYTES,
                                            .limit_bytes = limit_bytes};
    int result;

    for (size_t i = 0; i < plan->frame_count; i++)
        sizes[i] = plan->frames[i].packed;
    for (size_t i = 0; i < plan->package_count; i++)
        packages[i] = (struct volume_plan_package){.frames = plan->packages[i].frames,
                                                   .count = plan->packages[i].frame_count};
    result = volume_plan_make(&question, layout, err);
    if (result == -(int)ERROR_LIMIT)
        result = explain(plan, layout, err);
    free(sizes);
    free(packages);
    return result;
}

/* Frames by volume, those of one volume in the plan's order. */
static void sort_frames(const struct export_plan *plan, struct export_volumes *volumes,
                        size_t starts[])
{
    for (size_t i = 0; i < plan->frame_count; i++)
        starts[volumes->volume_of[i]]++;
    for (size_t i = 1; i <= volumes->count; i++)
        starts[i] += starts[i - 1];
    for (size_t i = 0; i < plan->frame_count; i++)
        volumes->order[starts[volumes->volume_of[i] - 1]++] = (uint32_t)i;
}

static void name_pack(const struct export_plan *plan, const struct export_volumes *volumes,
                      struct export_pack *pack)
{
    uint8_t(*digests)[DIGEST_BYTES] = bytes_allocate(pack->count + 1, sizeof(*digests));

    for (size_t i = 0; i < pack->count; i++)
        memcpy(digests[i], plan->frames[volumes->order[pack->first + i]].digest, DIGEST_BYTES);
    pack_identity(digests, pack->count, pack->id);
    free(digests);
}

/* Cuts a volume's frames, order[first .. end), into packs as pack_write_frame would. */
static void cut_packs(const struct export_plan *plan, struct export_volumes *volumes,
                      struct export_volume *volume, size_t first, size_t end)
{
    while (first < end) {
        struct export_pack *pack = &volumes->packs[volume->first_pack + volume->pack_count++];
        uint64_t bytes = 0;

        *pack = (struct export_pack){.first = first};
        for (; first < end; first++, pack->count++) {
            uint64_t frame = pack_frame_bytes(plan->frames[volumes->order[first]].packed);

            if (pack->count > 0 &&
                bytes + frame + pack_index_bytes(pack->count + 1) > STORE_PACK_BYTES)
                break;
            bytes += frame;
        }
        pack->size = bytes + pack_index_bytes(pack->count);
        name_pack(plan, volumes, pack);
    }
}

/* Digest of the digests of the sets, of the one that it builds on, then of the frames, volume by
 * volume with the number of them between: another distribution is another export. */
static void identify(const struct export_plan *plan, struct export_volumes *volumes)
{
    struct digest *running = digest_new();

    for (size_t i = 0; i < plan->set_count; i++)
        digest_add(running, plan->sets[i].digest, DIGEST_BYTES);
    if (plan->has_base)
        digest_add(running, plan->base.digest, DIGEST_BYTES);
    for (size_t i = 0; i < plan->frame_count; i++) {
        const uint32_t volume = volumes->volume_of[volumes->order[i]];
        const uint8_t number[4] = {(uint8_t)volume, (uint8_t)(volume >> 8), (uint8_t)(volume >> 16),
                                   (uint8_t)(volume >> 24)};

        digest_add(running, number, sizeof(number));
        digest_add(running, plan->frames[volumes->order[i]].digest, DIGEST_BYTES);
    }
    digest_finish(running, volumes->id);
}

/* At most: a pack is closed when not even a frame fits any more. */
static size_t count_packs(const struct volume_plan *layout)
{
    size_t count = 1;

    for (uint32_t i = 0; i < layout->count; i++)
        count += 1 + layout->bytes[i] / (STORE_PACK_BYTES - 2 * LIMIT_FRAME_BYTES);
    return count;
}

static void fill(const struct export_plan *plan, const struct volume_plan *layout,
                 struct export_volumes *volumes)
{
    size_t *starts = bytes_allocate(volumes->count + 1, sizeof(*starts));
    size_t packs = 0, first = 0;

    sort_frames(plan, volumes, starts); /* starts[i] is now where volume i + 1 ends */
    for (size_t i = 0; i < volumes->count; i++) {
        volumes->rows[i] = (struct export_volume){.bytes = layout->bytes[i], .first_pack = packs};
        cut_packs(plan, volumes, &volumes->rows[i], first, starts[i]);
        packs += volumes->rows[i].pack_count;
        first = starts[i];
    }
    identify(plan, volumes);
    free(starts);
}

int export_volumes_make(const struct export_plan *plan, uint64_t limit_bytes,
                        struct export_volumes *volumes, struct error *err)
{
    struct volume_plan layout = {0};
    int result = lay_out(plan, limit_bytes, &layout, err);

    *volumes = (struct export_volumes){0};
    if (result == 0) {
        volumes->count = layout.count;
        volumes->rows = bytes_allocate(layout.count, sizeof(*volumes->rows));
        volumes->packs = bytes_allocate(count_packs(&layout), sizeof(*volumes->packs));
        volumes->order = bytes_allocate(plan->frame_count + 1, sizeof(*volumes->order));
        volumes->volume_of = layout.volume_of;
        layout.volume_of = NULL;
        fill(plan, &layout, volumes);
    }
    volume_plan_clear(&layout);
    return result;
}

void export_volumes_clear(struct export_volumes *volumes)
{
    free(volumes->rows);
    free(volumes->packs);
    free(volumes->order);
    free(volumes->volume_of);
    *volumes = (struct export_volumes){0};
}

uint64_t export_volumes_bytes(const struct export_volumes *volumes)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < volumes->count; i++)
        bytes += volumes->rows[i].bytes;
    return bytes;
}
