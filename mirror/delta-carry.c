/* SPDX-License-Identifier: ISC */
#include "mirror/delta-carry.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/publish.h"
#include "media/delta-build.h"
#include "media/volume.h"
#include "mirror/delta-table.h"
#include "mirror/rebuild.h"

#define FILE_MODE 0644

/* The first has no base; the others are in the order of theirs. */
static void insert(struct package_document *package, const struct package_recipe *recipe)
{
    size_t i = package->recipe_count++;

    for (; i > 1 && memcmp(package->recipes[i - 1].base, recipe->base, DIGEST_BYTES) > 0; i--)
        package->recipes[i] = package->recipes[i - 1];
    package->recipes[i] = *recipe;
}

static bool is_named(const struct package_document *package, const struct package_recipe *recipe)
{
    for (size_t i = 1; i < package->recipe_count; i++) {
        if (memcmp(package->recipes[i].base, recipe->base, DIGEST_BYTES) == 0)
            return true;
    }
    return false;
}

static int write_recipe(const struct repository *repository, const struct package_recipe *recipe,
                        const struct bytes *data, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_RECIPE};
    char path[VOLUME_NAME_BYTES];

    memcpy(name.digest, recipe->digest, DIGEST_BYTES);
    return publish_new_file(repository->tree_fd, volume_format(&name, path), data->data, data->size,
                            FILE_MODE, err);
}

static int add(const struct repository *repository, const uint8_t before[static DIGEST_BYTES],
               bool dry_run, const struct recipe *full, struct package_document *package,
               struct error *err)
{
    struct package_recipe recipe = {.has_base = true};
    struct delta_built built;
    int result = delta_build_same(full, &built, err);

    memcpy(recipe.base, before, DIGEST_BYTES);
    memcpy(recipe.digest, built.recipe_digest, DIGEST_BYTES);
    recipe.size = built.recipe.size;
    recipe.packed_size = built.packed;
    if (result == 0 && !is_named(package, &recipe)) {
        if (!dry_run)
            result = write_recipe(repository, &recipe, &built.recipe, err);
        if (result == 0)
            insert(package, &recipe);
    }
    delta_built_clear(&built);
    return result;
}

int delta_carry_describe(const struct repository *repository,
                         const uint8_t before[static DIGEST_BYTES], bool dry_run,
                         struct package_document *package, struct error *err)
{
    struct recipe full;
    struct bytes data;
    int result;

    if (package->sealed[0] != '\0' || package->recipe_count == LIMIT_RECIPES)
        return 0;
    result =
        rebuild_recipe_named(repository, package_full_recipe(package)->digest, &data, &full, err);
    if (result == 0)
        result = add(repository, before, dry_run, &full, package, err);
    recipe_clear(&full);
    bytes_clear(&data);
    return result;
}

static bool is_here(const struct package_recipe *recipe, const uint8_t *before,
                    const struct package_recipe *rows, size_t count)
{
    if (memcmp(recipe->base, before, DIGEST_BYTES) == 0)
        return true;
    for (size_t i = 0; i < count; i++) {
        if (memcmp(recipe->base, rows[i].base, DIGEST_BYTES) == 0)
            return true;
    }
    return false;
}

int delta_carry_enter(struct catalog *catalog, const uint8_t before[static DIGEST_BYTES],
                      const struct package_document *package, const uint8_t id[static DIGEST_BYTES],
                      struct error *err)
{
    struct package_recipe rows[LIMIT_RECIPES];
    size_t count;
    int result = delta_table_read(catalog, before, rows, &count, err);

    for (size_t i = 0; i < package->recipe_count && result == 0; i++) {
        const struct package_recipe *recipe = &package->recipes[i];

        if (recipe->has_base && is_here(recipe, before, rows, count))
            result = delta_table_add(catalog, id, recipe, err);
    }
    return result;
}
