/* SPDX-License-Identifier: ISC */
#include "mirror/delta-table.h"

#include <string.h>

#include "media/base/db.h"

int delta_table_add(struct catalog *catalog, const uint8_t package[static DIGEST_BYTES],
                    const struct package_recipe *recipe, struct error *err)
{
    return db_change(
        catalog_db(catalog), err, "INSERT OR REPLACE INTO delta VALUES (?, ?, ?, ?, ?)", "bbbii",
        bytes_view_of(package, DIGEST_BYTES), bytes_view_of(recipe->base, DIGEST_BYTES),
        bytes_view_of(recipe->digest, DIGEST_BYTES), (int64_t)recipe->size,
        (int64_t)recipe->packed_size);
}

static int take_digest(struct db_query *query, int column, uint8_t out[static DIGEST_BYTES],
                       struct error *err)
{
    struct bytes_view blob = db_blob(query, column);

    if (bytes_get(&blob, out, DIGEST_BYTES) < 0 || blob.size != 0)
        return error_set(err, ERROR_CATALOG_CORRUPT, "catalog: a digest of a wrong size");
    return 0;
}

static int take(struct db_query *query, struct package_recipe *recipe, struct error *err)
{
    int result = take_digest(query, 0, recipe->base, err);

    recipe->has_base = true;
    recipe->size = (uint64_t)db_integer(query, 2);
    recipe->packed_size = (uint64_t)db_integer(query, 3);
    return result < 0 ? result : take_digest(query, 1, recipe->digest, err);
}

int delta_table_read(struct catalog *catalog, const uint8_t package[static DIGEST_BYTES],
                     struct package_recipe recipes[static LIMIT_RECIPES], size_t *count,
                     struct error *err)
{
    struct db_query *query = NULL;
    int result = db_query(catalog_db(catalog), &query, err,
                          "SELECT base, recipe, size, packed FROM delta WHERE package=?"
                          " ORDER BY base",
                          "b", bytes_view_of(package, DIGEST_BYTES));

    *count = 0;
    while (result == 0 && (result = db_step(query, err)) == 1) {
        if (*count == LIMIT_RECIPES)
            result = error_set(err, ERROR_CATALOG_CORRUPT, "catalog: more than %d recipes",
                               LIMIT_RECIPES);
        else
            result = take(query, &recipes[(*count)++], err);
    }
    db_finish(query);
    return result;
}

int delta_table_find(struct catalog *catalog, const uint8_t package[static DIGEST_BYTES],
                     const uint8_t base[static DIGEST_BYTES], struct package_recipe *recipe,
                     bool *found, struct error *err)
{
    struct package_recipe recipes[LIMIT_RECIPES];
    size_t count;
    int result = delta_table_read(catalog, package, recipes, &count, err);

    *found = false;
    for (size_t i = 0; i < count && result == 0 && !*found; i++) {
        *found = memcmp(recipes[i].base, base, DIGEST_BYTES) == 0;
        *recipe = recipes[i];
    }
    return result;
}

int delta_table_settle(struct catalog *catalog, struct error *err)
{
    return db_change(catalog_db(catalog), err,
                     "DELETE FROM delta WHERE package NOT IN (SELECT id FROM package)"
                     " OR base NOT IN (SELECT id FROM package)",
                     "");
}
