/* SPDX-License-Identifier: ISC */
#include "mirror/pruning.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/db.h"
#include "media/base/path.h"
#include "media/recipe.h"
#include "media/volume.h"
#include "mirror/belief.h"
#include "mirror/decision.h"
#include "mirror/delta-table.h"
#include "mirror/pending.h"
#include "mirror/rebuild.h"
#include "mirror/ring.h"
#include "mirror/tree-walk.h"

static void keep_named(struct pruning *pruning, const struct set_document *set)
{
    for (size_t i = 0; i < set->package_count; i++) {
        for (size_t j = 0; j < pruning->package_count; j++) {
            if (memcmp(pruning->packages[j].id, set->packages[i].id, DIGEST_BYTES) == 0)
                pruning->package_kept[j] = true;
        }
    }
}

/* What the ring holds, also where what is signed for it again still waits; and what waits to be held
 * by it. */
static int keep_ring(struct pruning *pruning, const struct repository *repository,
                     struct trust *trust, const char *ring, struct error *err)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct pending *pending = NULL;
    struct catalog_set known;
    bool found;
    int result = ring_newest_past(repository, trust, ring, set, &known, &found, err);

    if (result == 0)
        keep_named(pruning, set);
    if (result == 0)
        result = pending_find(repository, trust, ring, &pending, err);
    if (pending != NULL)
        keep_named(pruning, &pending->set);
    pending_free(pending);
    set_clear(set);
    free(set);
    return result;
}

/* The last of each type; packages are in order of type and issue. */
static int keep_last(struct pruning *pruning, struct catalog *catalog, uint64_t keep,
                     struct error *err)
{
    struct decision_withdrawn *rows;
    size_t count;
    uint64_t of_type = 0;
    int result = decision_all_withdrawn(catalog, &rows, &count, err);

    for (size_t i = pruning->package_count; i-- > 0 && result == 0;) {
        const struct catalog_package *package = &pruning->packages[i];

        if (i + 1 < pruning->package_count && strcmp(package->type, package[1].type) != 0)
            of_type = 0;
        if (decision_find(rows, count, package->id) != NULL || of_type == keep)
            continue;
        pruning->package_kept[i] = true;
        of_type++;
    }
    decision_free_withdrawn(rows, count);
    return result;
}

static void keep_pack(struct pruning *pruning, int64_t number)
{
    for (size_t i = 0; i < pruning->pack_count; i++) {
        if (pruning->packs[i].number == number)
            pruning->pack_kept[i] = true;
    }
}

/* The packs that a content needs. By its digest the recipe is what it was, whoever may sign today. */
static int keep_frames(struct pruning *pruning, const struct repository *repository,
                       const uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    struct recipe recipe;
    struct bytes data;
    int result = rebuild_recipe_named(repository, digest, &data, &recipe, err);

    for (uint32_t i = 0; i < recipe.chunk_count && result == 0; i++) {
        struct catalog_frame frame;
        bool found;

        result =
            catalog_find_frame(repository->catalog, recipe.chunks[i].frame, &frame, &found, err);
        if (result == 0 && found)
            keep_pack(pruning, frame.pack);
    }
    recipe_clear(&recipe);
    bytes_clear(&data);
    return result;
}

static bool is_kept(const struct pruning *pruning, const uint8_t id[static DIGEST_BYTES])
{
    for (size_t i = 0; i < pruning->package_count; i++) {
        if (memcmp(pruning->packages[i].id, id, DIGEST_BYTES) == 0)
            return pruning->package_kept[i];
    }
    return false;
}

/* The recipes that make a package of another one go with either. */
static int keep_deltas(struct pruning *pruning, const struct repository *repository,
                       const uint8_t id[static DIGEST_BYTES], struct error *err)
{
    struct package_recipe recipes[LIMIT_RECIPES];
    size_t count;
    int result = delta_table_read(repository->catalog, id, recipes, &count, err);

    for (size_t i = 0; i < count && result == 0; i++) {
        if (is_kept(pruning, recipes[i].base))
            result = keep_frames(pruning, repository, recipes[i].digest, err);
    }
    return result;
}

int pruning_plan(struct repository *repository, struct trust *trust, uint64_t keep,
                 struct pruning *pruning, struct error *err)
{
    const struct root_document *root = trust_root(trust);
    int result;

    *pruning = (struct pruning){0};
    result =
        catalog_packages(repository->catalog, &pruning->packages, &pruning->package_count, err);
    if (result == 0)
        result = catalog_packs(repository->catalog, &pruning->packs, &pruning->pack_count, err);
    pruning->package_kept = bytes_allocate(pruning->package_count + 1, sizeof(bool));
    pruning->pack_kept = bytes_allocate(pruning->pack_count + 1, sizeof(bool));
    for (size_t i = 0; i < root->ring_count && result == 0; i++)
        result = keep_ring(pruning, repository, trust, root->rings[i].name, err);
    if (result == 0)
        result = keep_last(pruning, repository->catalog, keep, err);
    for (size_t i = 0; i < pruning->package_count && result == 0; i++) {
        if (pruning->package_kept[i])
            result = keep_frames(pruning, repository, pruning->packages[i].recipe, err);
        if (pruning->package_kept[i] && result == 0)
            result = keep_deltas(pruning, repository, pruning->packages[i].id, err);
    }
    return result;
}

void pruning_clear(struct pruning *pruning)
{
    free(pruning->packages);
    free(pruning->package_kept);
    free(pruning->packs);
    free(pruning->pack_kept);
    *pruning = (struct pruning){0};
}

int pruning_forget(const struct pruning *pruning, struct repository *repository, struct error *err)
{
    struct db *db = catalog_db(repository->catalog);
    int result = 0;

    for (size_t i = 0; i < pruning->package_count && result == 0; i++) {
        if (!pruning->package_kept[i])
            result = db_change(db, err, "DELETE FROM package WHERE id=?", "b",
                               bytes_view_of(pruning->packages[i].id, DIGEST_BYTES));
    }
    if (result == 0)
        result = delta_table_settle(repository->catalog, err);
    for (size_t i = 0; i < pruning->pack_count && result == 0; i++) {
        if (pruning->pack_kept[i])
            continue;
        result =
            db_change(db, err, "DELETE FROM frame WHERE pack=?", "i", pruning->packs[i].number);
        if (result == 0)
            result = db_change(db, err, "DELETE FROM pack WHERE number=?", "i",
                               pruning->packs[i].number);
    }
    return result;
}

struct sweep {
    struct pruning *pruning;
    const struct repository *repository;
    bool dry_run;
};

static int is_known(const struct repository *repository, const struct volume_name *name,
                    bool *known, struct error *err)
{
    struct catalog_package package;

    *known = true;
    switch (name->kind) {
    case VOLUME_PACKAGE:
        return catalog_find_package(repository->catalog, name->digest, &package, known, err);
    case VOLUME_RECIPE:
        return catalog_knows(repository->catalog, CATALOG_RECIPE, name->word, name->number,
                             name->digest, known, err);
    case VOLUME_PACK:
        return catalog_knows(repository->catalog, CATALOG_PACK, name->word, name->number,
                             name->digest, known, err);
    case VOLUME_SET:
        return catalog_knows(repository->catalog, CATALOG_SET, name->word, name->number,
                             name->digest, known, err);
    default:
        return 0;
    }
}

/* Names that are none of ours stay: verify tells of them. */
static int sweep_file(void *context, const char *path, uint64_t size, struct error *err)
{
    struct sweep *sweep = context;
    struct volume_name name;
    bool known;
    int result;

    if (volume_parse(path, &name) < 0)
        return 0;
    result = is_known(sweep->repository, &name, &known, err);
    if (result < 0 || known)
        return result;
    sweep->pruning->files++;
    sweep->pruning->bytes += size;
    return sweep->dry_run ? 0 : path_remove(sweep->repository->tree_fd, path, err);
}

int pruning_sweep(struct pruning *pruning, const struct repository *repository, bool dry_run,
                  struct error *err)
{
    struct sweep sweep = {.pruning = pruning, .repository = repository, .dry_run = dry_run};

    pruning->files = pruning->bytes = 0;
    return tree_walk(repository->tree_fd, sweep_file, &sweep, err);
}
