/* SPDX-License-Identifier: ISC */
#include "mirror/export-plan.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/pack.h"
#include "media/volume.h"
#include "media/root.h"
#include "mirror/belief.h"
#include "mirror/rebuild.h"
#include "mirror/store.h"

#define GROW          256
#define CLUSTER_BYTES 4096 /* what a small file takes on a medium, about */

/* Room for one more row of an array that grows by doubling. */
static void *make_room(void *rows, size_t row_size, size_t count, size_t *capacity)
{
    size_t larger = *capacity * 2 + GROW;
    void *grown;

    if (count < *capacity)
        return rows;
    grown = bytes_allocate(larger, row_size);
    if (count > 0)
        memcpy(grown, rows, count * row_size);
    free(rows);
    *capacity = larger;
    return grown;
}

static int compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_BYTES);
}

/* Whether this digest was planned already; else it is from now on. */
static bool planned(struct export_plan *plan, const uint8_t digest[static DIGEST_BYTES])
{
    uint8_t *kept = bytes_allocate(1, DIGEST_BYTES);
    void **found;

    memcpy(kept, digest, DIGEST_BYTES);
    found = tsearch(kept, &plan->seen, compare_digests);
    if (found == NULL || *found != kept) {
        free(kept);
        return found != NULL;
    }
    return false;
}

static int add_file(const struct repository *repository, struct export_plan *plan,
                    enum export_plan_group group, const struct volume_name *name, struct error *err)
{
    struct export_plan_list *list = &plan->groups[group];
    char path[VOLUME_NAME_BYTES];
    uint64_t size;
    int fd;
    int result = path_open_regular(repository->tree_fd, volume_format(name, path), LIMIT_PACK_BYTES,
                                   &fd, &size, err);

    if (result < 0)
        return result;
    (void)close(fd);
    list->files = make_room(list->files, sizeof(*list->files), list->count, &list->capacity);
    list->files[list->count++] =
        (struct export_plan_file){.name = bytes_copy_string(path), .size = size};
    plan->total_bytes += (size + CLUSTER_BYTES - 1) / CLUSTER_BYTES * CLUSTER_BYTES;
    return 0;
}

static void add_frame(struct export_plan *plan, const struct recipe_chunk *chunk)
{
    uint64_t padded = (chunk->packed + PACK_BLOCK_BYTES - 1) / PACK_BLOCK_BYTES * PACK_BLOCK_BYTES;

    if (planned(plan, chunk->frame))
        return;
    plan->frames =
        make_room(plan->frames, sizeof(*plan->frames), plan->frame_count, &plan->frame_capacity);
    memcpy(plan->frames[plan->frame_count++], chunk->frame, DIGEST_BYTES);
    plan->pack_bytes += PACK_BLOCK_BYTES + padded + PACK_ROW_BYTES;
}

static int plan_recipe(struct repository *repository, struct export_plan *plan,
                       const struct package_document *package, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_RECIPE};
    struct recipe recipe;
    struct bytes data;
    int result = rebuild_recipe(repository, package, &data, &recipe, err);

    memcpy(name.digest, package_full_recipe(package)->digest, DIGEST_BYTES);
    for (uint32_t i = 0; i < recipe.chunk_count && result == 0; i++)
        add_frame(plan, &recipe.chunks[i]);
    if (result == 0 && !planned(plan, name.digest))
        result = add_file(repository, plan, EXPORT_RECIPES, &name, err);
    recipe_clear(&recipe);
    bytes_clear(&data);
    return result;
}

static int plan_package(struct repository *repository, struct trust *trust,
                        struct export_plan *plan, const struct set_package *row, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_PACKAGE};
    struct package_document package;
    int result;

    if (planned(plan, row->id))
        return 0;
    result = belief_package(repository, trust, row->type, row->id, &package, NULL, err);
    snprintf(name.word, sizeof(name.word), "%s", row->type);
    memcpy(name.digest, row->id, DIGEST_BYTES);
    if (result == 0)
        result = add_file(repository, plan, EXPORT_PACKAGES, &name, err);
    if (result == 0)
        result = plan_recipe(repository, plan, &package, err);
    package_clear(&package);
    plan->packages = make_room(plan->packages, sizeof(*plan->packages), plan->package_count,
                               &plan->package_capacity);
    memcpy(plan->packages[plan->package_count++], row->id, DIGEST_BYTES);
    return result;
}

static int plan_set(struct repository *repository, struct trust *trust, struct export_plan *plan,
                    const struct catalog_set *known, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_SET, .number = known->sequence};
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    int result = belief_set(repository, trust, known, set, NULL, err);

    snprintf(name.word, sizeof(name.word), "%s", known->ring);
    if (result == 0)
        result = add_file(repository, plan, EXPORT_SETS, &name, err);
    for (size_t i = 0; i < set->package_count && result == 0; i++)
        result = plan_package(repository, trust, plan, &set->packages[i], err);
    set_clear(set);
    free(set);
    return result;
}

static int plan_roots(const struct repository *repository, const struct trust *trust,
                      struct export_plan *plan, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_FORMAT};
    int result = add_file(repository, plan, EXPORT_ROOTS, &name, err);

    name.kind = VOLUME_ROOT_DOCUMENT;
    for (uint64_t i = 1; i <= trust_root(trust)->version && result == 0; i++) {
        name.number = i;
        result = add_file(repository, plan, EXPORT_ROOTS, &name, err);
    }
    return result;
}

static int plan_crls(const struct repository *repository, struct export_plan *plan,
                     struct error *err)
{
    struct set_crl *crls = bytes_allocate(LIMIT_CRLS, sizeof(*crls));
    size_t count;
    int result = belief_crls(repository, crls, &count, err);

    for (size_t i = 0; i < count && result == 0; i++) {
        struct volume_name name = {.kind = VOLUME_CRL, .number = crls[i].number};

        memcpy(name.digest, crls[i].issuer, DIGEST_BYTES);
        result = add_file(repository, plan, EXPORT_CRLS, &name, err);
    }
    free(crls);
    return result;
}

static int by_ring(const void *a, const void *b)
{
    return strcmp(((const struct catalog_set *)a)->ring, ((const struct catalog_set *)b)->ring);
}

static int find_sets(struct repository *repository, const char *const *rings, size_t ring_count,
                     struct export_plan *plan, struct error *err)
{
    for (size_t i = 0; i < ring_count; i++) {
        bool found;
        int result = catalog_newest_set(repository->catalog, rings[i], &plan->sets[plan->set_count],
                                        &found, err);

        if (result < 0)
            return result;
        if (!found)
            return error_set(err, ERROR_NOT_FOUND, "ring %s is empty: promote into it first",
                             rings[i]);
        plan->set_count++;
    }
    qsort(plan->sets, plan->set_count, sizeof(*plan->sets), by_ring);
    return 0;
}

int export_plan_make(struct repository *repository, struct trust *trust, const char *const *rings,
                     size_t ring_count, struct export_plan *plan, struct error *err)
{
    int result;

    *plan = (struct export_plan){0};
    result = find_sets(repository, rings, ring_count, plan, err);
    for (size_t i = 0; i < plan->set_count && result == 0; i++)
        result = plan_set(repository, trust, plan, &plan->sets[i], err);
    if (result == 0)
        result = plan_roots(repository, trust, plan, err);
    if (result == 0)
        result = plan_crls(repository, plan, err);
    if (plan->package_count > 0)
        qsort(plan->packages, plan->package_count, sizeof(*plan->packages), compare_digests);
    plan->pack_bytes += (plan->pack_bytes / STORE_PACK_BYTES + 1) * 4 * PACK_BLOCK_BYTES;
    plan->total_bytes += plan->pack_bytes + LIMIT_EXPORT_BYTES / 4;
    return result;
}

void export_plan_clear(struct export_plan *plan)
{
    for (int group = 0; group < EXPORT_GROUPS; group++) {
        for (size_t i = 0; i < plan->groups[group].count; i++)
            free(plan->groups[group].files[i].name);
        free(plan->groups[group].files);
    }
    free(plan->packages);
    free(plan->frames);
    tdestroy(plan->seen, free);
    *plan = (struct export_plan){0};
}
