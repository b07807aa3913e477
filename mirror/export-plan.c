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
#include "mirror/delta-table.h"
#include "mirror/rebuild.h"
#include "mirror/store.h"

#define GROW          256
#define CLUSTER_BYTES 4096
#define NAME_BYTES    1024        /* a long name in a folder of FAT, a header in tar, both of ISO */
#define FORM_BYTES    (512 * KIB) /* an ISO's descriptors, tables and end; a tar has less */
#define SIGNED_BYTES  (96 * KIB)  /* signature, path and all but the rows of an export document */
#define FOLDERS       8           /* of the tree, without those of rings and types */
#define ROW_BYTES     384         /* its row of a file or package */

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

struct seen {
    uint8_t digest[DIGEST_BYTES]; /* first: what is compared */
    uint32_t frame;               /* its index, where it is a frame */
};

static int compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_BYTES);
}

/* The note of what has this digest; *found: it was planned already. */
static struct seen *note(struct export_plan *plan, const uint8_t digest[static DIGEST_BYTES],
                         bool *found)
{
    struct seen *kept = bytes_allocate(1, sizeof(*kept));
    void **place;

    memcpy(kept->digest, digest, DIGEST_BYTES);
    place = tsearch(kept, &plan->seen, compare_digests);
    *found = place != NULL && *place != kept;
    if (!*found)
        return kept; /* place is NULL where memory ran out: then it is planned twice at worst */
    free(kept);
    return *place;
}

static bool planned(struct export_plan *plan, const uint8_t digest[static DIGEST_BYTES])
{
    bool found;

    (void)note(plan, digest, &found);
    return found;
}

uint64_t export_plan_file_bytes(uint64_t size)
{
    return (size + CLUSTER_BYTES - 1) / CLUSTER_BYTES * CLUSTER_BYTES + NAME_BYTES;
}

static int add_file(const struct repository *repository, struct export_plan *plan,
                    enum export_plan_group group, const struct volume_name *name, struct error *err)
{
    struct export_plan_list *list = &plan->groups[group];
    char path[VOLUME_NAME_BYTES];
    uint8_t digest[DIGEST_BYTES];
    uint64_t size;
    int fd;
    int result = path_open_regular(repository->tree_fd, volume_format(name, path), LIMIT_PACK_BYTES,
                                   &fd, &size, err);

    if (result < 0)
        return result;
    result = digest_of_file(fd, 0, size, digest, err);
    (void)close(fd);
    if (result < 0)
        return error_context(err, "%s", path);
    list->files = make_room(list->files, sizeof(*list->files), list->count, &list->capacity);
    list->files[list->count] =
        (struct export_plan_file){.name = bytes_copy_string(path), .size = size};
    memcpy(list->files[list->count++].digest, digest, DIGEST_BYTES);
    plan->fixed_bytes += export_plan_file_bytes(size) + ROW_BYTES;
    return 0;
}

static void add_frame(struct export_plan *plan, struct export_plan_package *package,
                      const struct recipe_chunk *chunk)
{
    struct export_plan_frame *frame;
    bool found;
    struct seen *seen = note(plan, chunk->frame, &found);

    if (!found) {
        seen->frame = (uint32_t)plan->frame_count;
        plan->frames = make_room(plan->frames, sizeof(*plan->frames), plan->frame_count,
                                 &plan->frame_capacity);
        frame = &plan->frames[plan->frame_count++];
        *frame = (struct export_plan_frame){.packed = chunk->packed};
        memcpy(frame->digest, chunk->frame, DIGEST_BYTES);
    }
    frame = &plan->frames[seen->frame];
    if (frame->user == plan->package_count)
        return;
    frame->user = (uint32_t)plan->package_count;
    package->frames = make_room(package->frames, sizeof(*package->frames), package->frame_count,
                                &package->capacity);
    package->frames[package->frame_count++] = seen->frame;
}

/* The package's row is the last one. Of a copy the other side has the bytes. */
static int plan_recipe(const struct repository *repository, struct export_plan *plan,
                       const uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    struct volume_name name = {.kind = VOLUME_RECIPE};
    struct recipe recipe;
    struct bytes data;
    int result = rebuild_recipe_named(repository, digest, &data, &recipe, err);

    memcpy(name.digest, digest, DIGEST_BYTES);
    for (uint32_t i = 0; i < recipe.chunk_count && result == 0; i++) {
        if (!recipe_is_copy(&recipe.chunks[i]))
            add_frame(plan, &plan->packages[plan->package_count - 1], &recipe.chunks[i]);
    }
    if (result == 0 && !planned(plan, name.digest))
        result = add_file(repository, plan, EXPORT_RECIPES, &name, err);
    recipe_clear(&recipe);
    bytes_clear(&data);
    return result;
}

/* What is shortest for a side that has the packages of an earlier set. */
static int choose_way(struct repository *repository, const struct export_since *since,
                      struct export_plan_package *package, struct package_recipe *recipe,
                      struct error *err)
{
    const uint8_t *before = since != NULL ? export_since_package(since, package->type) : NULL;
    bool found = false;
    int result = 0;

    package->way = EXPORT_FULL;
    if (before != NULL && memcmp(before, package->id, DIGEST_BYTES) == 0) {
        package->way = EXPORT_KNOWN;
    } else if (before != NULL) {
        result = delta_table_find(repository->catalog, package->id, before, recipe, &found, err);
        package->way = found ? EXPORT_DELTA : EXPORT_FULL;
    }
    return result;
}

static int plan_content(struct repository *repository, const struct export_since *since,
                        struct export_plan *plan, const struct package_document *package,
                        struct error *err)
{
    struct export_plan_package *row = &plan->packages[plan->package_count - 1];
    struct package_recipe recipe = *package_full_recipe(package);
    int result = choose_way(repository, since, row, &recipe, err);

    return result < 0 || row->way == EXPORT_KNOWN
               ? result
               : plan_recipe(repository, plan, recipe.digest, err);
}

static void add_package(struct export_plan *plan, const struct set_package *row)
{
    struct export_plan_package *package;

    plan->packages = make_room(plan->packages, sizeof(*plan->packages), plan->package_count,
                               &plan->package_capacity);
    package = &plan->packages[plan->package_count++];
    *package = (struct export_plan_package){0};
    memcpy(package->id, row->id, DIGEST_BYTES);
    snprintf(package->type, sizeof(package->type), "%s", row->type);
    snprintf(package->version, sizeof(package->version), "%s", row->version);
    plan->fixed_bytes += ROW_BYTES + CLUSTER_BYTES; /* its type's folder */
}

static int plan_package(struct repository *repository, struct trust *trust,
                        const struct export_since *since, struct export_plan *plan,
                        const struct set_package *row, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_PACKAGE};
    struct package_document package;
    int result;

    if (planned(plan, row->id))
        return 0;
    add_package(plan, row);
    result = belief_package(repository, trust, row->type, row->id, &package, NULL, err);
    snprintf(name.word, sizeof(name.word), "%s", row->type);
    memcpy(name.digest, row->id, DIGEST_BYTES);
    if (result == 0)
        result = add_file(repository, plan, EXPORT_PACKAGES, &name, err);
    if (result == 0)
        result = plan_content(repository, since, plan, &package, err);
    package_clear(&package);
    return result;
}

static int plan_set(struct repository *repository, struct trust *trust,
                    const struct export_since *since, struct export_plan *plan,
                    const struct catalog_set *known, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_SET, .number = known->sequence};
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    int result = belief_set(repository, trust, known, set, NULL, err);

    snprintf(name.word, sizeof(name.word), "%s", known->ring);
    if (result == 0)
        result = add_file(repository, plan, EXPORT_SETS, &name, err);
    for (size_t i = 0; i < set->package_count && result == 0; i++)
        result = plan_package(repository, trust, since, plan, &set->packages[i], err);
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

static int compare_packages(const void *a, const void *b)
{
    return compare_digests(((const struct export_plan_package *)a)->id,
                           ((const struct export_plan_package *)b)->id);
}

int export_plan_make(struct repository *repository, struct trust *trust, const char *const *rings,
                     size_t ring_count, const struct export_since *since, struct export_plan *plan,
                     struct error *err)
{
    int result;

    *plan = (struct export_plan){.has_base = since != NULL};
    if (since != NULL)
        plan->base = since->set;
    result = find_sets(repository, rings, ring_count, plan, err);
    for (size_t i = 0; i < plan->set_count && result == 0; i++)
        result = plan_set(repository, trust, since, plan, &plan->sets[i], err);
    if (result == 0)
        result = plan_roots(repository, trust, plan, err);
    if (result == 0)
        result = plan_crls(repository, plan, err);
    if (plan->package_count > 0)
        qsort(plan->packages, plan->package_count, sizeof(*plan->packages), compare_packages);
    plan->fixed_bytes +=
        SIGNED_BYTES + FORM_BYTES + (FOLDERS + plan->set_count) * (uint64_t)CLUSTER_BYTES;
    return result;
}

uint64_t export_plan_packed(const struct export_plan *plan)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < plan->frame_count; i++)
        bytes += plan->frames[i].packed;
    return bytes;
}

void export_plan_clear(struct export_plan *plan)
{
    for (int group = 0; group < EXPORT_GROUPS; group++) {
        for (size_t i = 0; i < plan->groups[group].count; i++)
            free(plan->groups[group].files[i].name);
        free(plan->groups[group].files);
    }
    for (size_t i = 0; i < plan->package_count; i++)
        free(plan->packages[i].frames);
    free(plan->packages);
    free(plan->frames);
    tdestroy(plan->seen, free);
    *plan = (struct export_plan){0};
}
