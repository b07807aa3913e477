/* SPDX-License-Identifier: ISC */
#include "mirror/export-stale.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/volume.h"
#include "mirror/tree-walk.h"

#define FOLDER_DEPTH 2 /* sallyport/packages/TYPE */

struct removal {
    int fd; /* of the destination */
    const struct export_document *kept;
    size_t removed, unknown;
    uint64_t bytes;
};

static int by_path(const void *a, const void *b)
{
    return strcmp(a, ((const struct export_file *)b)->path);
}

static bool is_kept(const struct removal *removal, const char *name)
{
    if (removal->kept == NULL || removal->kept->file_count == 0)
        return false;
    return bsearch(name, removal->kept->files, removal->kept->file_count,
                   sizeof(*removal->kept->files), by_path) != NULL;
}

/* Whether a name goes; what is none of the format's is counted. */
static bool goes(struct removal *removal, const char *name)
{
    struct volume_name parsed;
    bool ours = volume_parse(name, &parsed) == 0;

    if (ours)
        return parsed.kind != VOLUME_EXPORT && parsed.kind != VOLUME_RECEIPT &&
               parsed.kind != VOLUME_OUTBOX && !is_kept(removal, name);
    if (tree_name_is_temporary(name))
        return true;
    removal->unknown++;
    return false;
}

static int remove_stale(void *context, const char *name, uint64_t size, struct error *err)
{
    struct removal *removal = context;
    int result = 0;

    if (goes(removal, name)) {
        result = path_remove(removal->fd, name, err);
        removal->removed += result == 0;
    }
    return result;
}

static int count_stale(void *context, const char *name, uint64_t size, struct error *err)
{
    struct removal *removal = context;

    if (goes(removal, name)) {
        removal->removed++;
        removal->bytes += size;
    }
    return 0;
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

int export_stale_count(int fd, const struct export_document *kept, size_t *count, uint64_t *bytes,
                       struct error *err)
{
    struct removal removal = {.fd = fd, .kept = kept};
    int result = tree_walk(fd, count_stale, &removal, err);

    *count = removal.removed;
    *bytes = removal.bytes;
    return result;
}

/* Deepest first; a folder that holds something stays. Its depth is the format's. */
static void remove_empty(int fd, const char *folder, int depth)
{
    char below[VOLUME_NAME_BYTES + LIMIT_PATH_COMPONENT];
    struct error ignored = {.code = ERROR_OK};
    char **names = NULL;
    size_t count = 0;
    int folder_fd;

    if (path_open_folder(fd, folder, &folder_fd, &ignored) < 0)
        return;
    if (depth > 0 && path_list(folder_fd, LIMIT_FOLDER_NAMES, &names, &count, &ignored) == 0) {
        for (size_t i = 0; i < count; i++) {
            snprintf(below, sizeof(below), "%s/%s", folder, names[i]);
            remove_empty(fd, below, depth - 1);
        }
    }
    path_free_names(names, count);
    (void)close(folder_fd);
    (void)unlinkat(fd, folder, AT_REMOVEDIR);
}

int export_stale_clear(int fd, size_t *removed, struct error *err)
{
    size_t unknown;
    int result = path_remove(fd, VOLUME_ROOT "/export.p7m", err);

    if (result == 0)
        result = export_stale_remove(fd, NULL, removed, &unknown, err);
    if (result == 0)
        remove_empty(fd, VOLUME_ROOT, FOLDER_DEPTH);
    return result;
}
