/* SPDX-License-Identifier: ISC */
#include "mirror/inventory-shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/path.h"
#include "media/root.h"
#include "media/volume.h"
#include "mirror/belief.h"
#include "mirror/inventory-tree.h"
#include "mirror/root-pem.h"
#include "mirror/tree-list.h"

#define PEM_BYTES (2 * LIMIT_ROOT_CERTIFICATES * LIMIT_CERTIFICATE_BYTES)

/* A file of exactly these bytes. */
static void check_bytes(struct inventory *inventory, int fd, const char *name,
                        struct bytes_view expected, const char *words)
{
    struct error err = {.code = ERROR_OK};
    struct bytes found;
    int result = path_read(fd, name, PEM_BYTES, &found, &err);

    if (result == 0 && !bytes_equal(bytes_view(&found), expected))
        result = error_set(&err, ERROR_BAD_DIGEST, "%s: %s", name, words);
    if (result < 0)
        inventory_fail(inventory, &err);
    bytes_clear(&found);
}

static void check_root_pem(struct inventory *inventory)
{
    struct error err = {.code = ERROR_OK};
    struct bytes text;

    if (root_pem_text(trust_root(inventory->trust), &text, &err) < 0)
        inventory_fail(inventory, &err);
    else
        check_bytes(inventory, inventory->repository->fd, REPOSITORY_ROOT_PEM, bytes_view(&text),
                    "not the roots of the root document");
    bytes_clear(&text);
}

/* The set that HTTP shows for a ring with sets. */
static int check_newest(struct inventory *inventory, const struct catalog_set *newest,
                        struct error *err)
{
    struct volume_name name = {.kind = VOLUME_SET_NEWEST};
    struct belief *belief = NULL;
    char path[VOLUME_NAME_BYTES];
    int result;

    snprintf(name.word, sizeof(name.word), "%s", newest->ring);
    volume_format(&name, path);
    result = belief_file(inventory->repository, inventory->trust, DOCUMENT_SET, newest->ring, path,
                         &belief, err);
    if (result == 0) {
        if (memcmp(belief->verdict.digest, newest->digest, DIGEST_BYTES) != 0) {
            inventory->strays++;
            report_line(inventory->report, "stray         %s: not set %llu, the newest", path,
                        (unsigned long long)newest->sequence);
        }
    }
    belief_free(belief);
    return result;
}

/* INDEX, by which HTTP is found its way in. It is no document: a cut leaves the one before, and
 * the next change writes it anew. */
static void check_index(struct inventory *inventory)
{
    struct error err = {.code = ERROR_OK};
    bool listed = false;

    if (tree_list_check(inventory->repository->tree_fd, inventory->repository->catalog, &listed,
                        &err) < 0) {
        inventory_fail(inventory, &err);
    } else if (!listed) {
        inventory->strays++;
        report_line(inventory->report, "stray         %s: not the names of the tree",
                    VOLUME_INDEX_NAME);
    }
}

static void check_ring(struct inventory *inventory, const char *ring)
{
    struct error err = {.code = ERROR_OK};
    struct catalog_set newest;
    bool found = false;
    int result = catalog_newest_set(inventory->repository->catalog, ring, &newest, &found, &err);

    if (result == 0 && found)
        result = check_newest(inventory, &newest, &err);
    if (result < 0)
        inventory_fail(inventory, &err);
}

void inventory_shown(struct inventory *inventory)
{
    const struct root_document *root = trust_root(inventory->trust);

    check_bytes(inventory, inventory->repository->tree_fd, VOLUME_ROOT "/FORMAT",
                bytes_view_of(VOLUME_FORMAT_TEXT, strlen(VOLUME_FORMAT_TEXT)),
                "not the format's name");
    check_root_pem(inventory);
    check_index(inventory);
    for (size_t i = 0; i < root->ring_count; i++)
        check_ring(inventory, root->rings[i].name);
}
