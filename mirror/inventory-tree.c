/* SPDX-License-Identifier: ISC */
#include "mirror/inventory-tree.h"

#include "media/volume.h"
#include "mirror/tree-walk.h"

static int package_known(struct inventory *inventory, const struct volume_name *name, bool *known,
                         struct error *err)
{
    struct catalog_package package;

    return catalog_find_package(inventory->repository->catalog, name->digest, &package, known, err);
}

static int recipe_known(struct inventory *inventory, const struct volume_name *name, bool *known,
                        struct error *err)
{
    return catalog_knows(inventory->repository->catalog, CATALOG_RECIPE, name->word, name->number,
                         name->digest, known, err);
}

static int pack_known(struct inventory *inventory, const struct volume_name *name, bool *known,
                      struct error *err)
{
    return catalog_knows(inventory->repository->catalog, CATALOG_PACK, name->word, name->number,
                         name->digest, known, err);
}

static int set_known(struct inventory *inventory, const struct volume_name *name, bool *known,
                     struct error *err)
{
    return catalog_knows(inventory->repository->catalog, CATALOG_SET, name->word, name->number,
                         name->digest, known, err);
}

static int always_known(struct inventory *inventory, const struct volume_name *name, bool *known,
                        struct error *err)
{
    *known = true;
    return 0;
}

/* By kind of name: whether something speaks of the file. NULL: has no place in the tree. */
static int (*const knows[])(struct inventory *inventory, const struct volume_name *name,
                            bool *known, struct error *err) = {
    [VOLUME_FORMAT] = always_known,
    [VOLUME_ROOT_DOCUMENT] = always_known,
    [VOLUME_CRL] = always_known,
    [VOLUME_SET] = set_known,
    [VOLUME_SET_NEWEST] = always_known,
    [VOLUME_PACKAGE] = package_known,
    [VOLUME_RECIPE] = recipe_known,
    [VOLUME_PACK] = pack_known,
    [VOLUME_OUTBOX] = NULL,
    [VOLUME_INDEX] = always_known,
};

static void refuse(struct inventory *inventory, const char *name)
{
    struct error err = {.code = ERROR_OK};

    error_set(&err, ERROR_UNEXPECTED_FILE, "%s: no name of the format's tree", name);
    inventory_fail(inventory, &err);
}

static int look_at(void *context, const char *name, uint64_t size, struct error *err)
{
    struct inventory *inventory = context;
    struct volume_name parsed;
    bool known = false;
    int result = 0;

    if (!tree_name_is_temporary(name)) {
        if (volume_parse(name, &parsed) < 0 || knows[parsed.kind] == NULL) {
            refuse(inventory, name);
            return 0;
        }
        result = knows[parsed.kind](inventory, &parsed, &known, err);
    }
    if (result < 0 || known)
        return result;
    inventory->strays++;
    report_line(inventory->report, "stray         %s", name);
    return 0;
}

int inventory_tree(struct inventory *inventory, struct error *err)
{
    return tree_walk(inventory->repository->tree_fd, look_at, inventory, err);
}
