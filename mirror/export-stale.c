/* SPDX-License-Identifier: ISC */
#include "mirror/export-stale.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/volume.h"

#define TEMPORARY ".publish-" /* how media/base/publish names what is not whole yet */
#define DEPTH     4           /* sallyport/packages/TYPE/ID.p7m */

/* A walk over the files of a tree, by their whole names. */
struct walk {
    int fd; /* of the destination */
    int (*visit)(struct walk *walk, const char *name, struct error *err);
    const struct export_document *kept;
    uint64_t bytes;
    size_t removed, unknown;
};

static int walk_folder(struct walk *walk, const char *folder, int depth, struct error *err);

static int walk_entry(struct walk *walk, const char *name, int depth, struct error *err)
{
    struct stat status;

    if (fstatat(walk->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", name);
    if (S_ISDIR(status.st_mode) && depth < DEPTH)
        return walk_folder(walk, name, depth + 1, err);
    if (S_ISREG(status.st_mode))
        walk->bytes += (uint64_t)status.st_size;
    return walk->visit(walk, name, err);
}

static int walk_folder(struct walk *walk, const char *folder, int depth, struct error *err)
{
    char name[VOLUME_NAME_BYTES + LIMIT_PATH_COMPONENT];
    char **names = NULL;
    size_t count = 0;
    int fd;
    int result = path_open_folder(walk->fd, folder, &fd, err);

    if (result < 0)
        return result;
    result = path_list(fd, SIZE_MAX, &names, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
        result = walk_entry(walk, name, depth, err);
    }
    path_free_names(names, count);
    (void)close(fd);
    return result;
}

static int walk_tree(struct walk *walk, struct error *err)
{
    struct error first = {.code = ERROR_OK};
    int result = walk_folder(walk, VOLUME_ROOT, 1, &first);

    if (result < 0 && first.code == ERROR_NOT_FOUND)
        return 0;
    if (result < 0)
        *err = first;
    return result;
}

static bool is_temporary(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash != NULL && strncmp(slash + 1, TEMPORARY, strlen(TEMPORARY)) == 0;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(a, ((const struct export_file *)b)->path);
}

static bool is_kept(const struct walk *walk, const char *name)
{
    if (walk->kept == NULL)
        return false;
    return bsearch(name, walk->kept->files, walk->kept->file_count, sizeof(*walk->kept->files),
                   by_path) != NULL;
}

static int remove_stale(struct walk *walk, const char *name, struct error *err)
{
    struct volume_name parsed;
    bool ours = volume_parse(name, &parsed) == 0;
    int result;

    if (ours && (parsed.kind == VOLUME_EXPORT || parsed.kind == VOLUME_RECEIPT ||
                 parsed.kind == VOLUME_OUTBOX || is_kept(walk, name)))
        return 0;
    if (!ours && !is_temporary(name)) {
        walk->unknown++;
        return 0;
    }
    result = path_remove(walk->fd, name, err);
    walk->removed += result == 0;
    return result;
}

static int count_only(struct walk *walk, const char *name, struct error *err)
{
    return 0;
}

int export_stale_size(int fd, uint64_t *bytes, struct error *err)
{
    struct walk walk = {.fd = fd, .visit = count_only};
    int result = walk_tree(&walk, err);

    *bytes = walk.bytes;
    return result;
}

int export_stale_remove(int fd, const struct export_document *kept, size_t *removed,
                        size_t *unknown, struct error *err)
{
    struct walk walk = {.fd = fd, .visit = remove_stale, .kept = kept};
    int result = walk_tree(&walk, err);

    *removed += walk.removed;
    *unknown = walk.unknown;
    return result;
}
