/* SPDX-License-Identifier: ISC */
#include "mirror/inventory-tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/volume.h"

#define DEPTH 4 /* sallyport/packages/TYPE/ID.p7m */

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
};

static void refuse(struct inventory *inventory, const char *name)
{
    struct error err = {.code = ERROR_OK};

    error_set(&err, ERROR_UNEXPECTED_FILE, "%s: no name of the format's tree", name);
    inventory_fail(inventory, &err);
}

static int look_at(struct inventory *inventory, const char *name, struct error *err)
{
    struct volume_name parsed;
    bool known = false;
    int result;

    if (volume_parse(name, &parsed) < 0 || knows[parsed.kind] == NULL) {
        refuse(inventory, name);
        return 0;
    }
    result = knows[parsed.kind](inventory, &parsed, &known, err);
    if (result < 0 || known)
        return result;
    inventory->strays++;
    report_line(inventory->report, "stray         %s", name);
    return 0;
}

static int walk(struct inventory *inventory, const char *folder, int depth, struct error *err)
{
    char name[VOLUME_NAME_BYTES + LIMIT_PATH_COMPONENT];
    char **names = NULL;
    size_t count = 0;
    struct stat status;
    int fd;
    int result = path_open_folder(inventory->repository->tree_fd, folder, &fd, err);

    if (result < 0)
        return result;
    result = path_list(fd, SIZE_MAX, &names, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
        if (fstatat(fd, names[i], &status, AT_SYMLINK_NOFOLLOW) < 0)
            result = error_set_errno(err, ERROR_IO, errno, "%s", name);
        else if (S_ISDIR(status.st_mode) && depth < DEPTH)
            result = walk(inventory, name, depth + 1, err);
        else
            result = look_at(inventory, name, err);
    }
    path_free_names(names, count);
    (void)close(fd);
    return result;
}

int inventory_tree(struct inventory *inventory, struct error *err)
{
    return walk(inventory, VOLUME_ROOT, 1, err);
}
