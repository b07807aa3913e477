/* SPDX-License-Identifier: ISC */
#include "mirror/export-stale.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/path.h"
#include "media/volume.h"
#include "mirror/tree-walk.h"

struct removal {
    int fd; /* of the destination */
    const struct export_document *kept;
    size_t removed, unknown;
};

static int by_path(const void *a, const void *b)
{
    return strcmp(a, ((const struct export_file *)b)->path);
}

static bool is_kept(const struct removal *removal, const char *name)
{
    if (removal->kept == NULL)
        return false;
    return bsearch(name, removal->kept->files, removal->kept->file_count,
                   sizeof(*removal->kept->files), by_path) != NULL;
}

static int remove_stale(void *context, const char *name, uint64_t size, struct error *err)
{
    struct removal *removal = context;
    struct volume_name parsed;
    bool ours = volume_parse(name, &parsed) == 0;
    int result;

    if (ours && (parsed.kind == VOLUME_EXPORT || parsed.kind == VOLUME_RECEIPT ||
                 parsed.kind == VOLUME_OUTBOX || is_kept(removal, name)))
        return 0;
    if (!ours && !tree_name_is_temporary(name)) {
        removal->unknown++;
        return 0;
    }
    result = path_remove(removal->fd, name, err);
    removal->removed += result == 0;
    return result;
}

static int add_size(void *context, const char *name, uint64_t size, struct error *err)
{
    *(uint64_t *)context += size;
    return 0;
}

int export_stale_size(int fd, uint64_t *bytes, struct error *err)
{
    *bytes = 0;
    return tree_walk(fd, add_size, bytes, err);
}

int export_stale_remove(int fd, const struct export_document *kept, size_t *removed,
                        size_t *unknown, struct error *err)
{
    struct removal removal = {.fd = fd, .kept = kept};
    int result = tree_walk(fd, remove_stale, &removal, err);

    *removed += removal.removed;
    *unknown = removal.unknown;
    return result;
}
