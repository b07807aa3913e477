/* SPDX-License-Identifier: ISC */
#include "mirror/tree-walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/volume.h"

#define TEMPORARY ".publish-"
#define DEPTH     4 /* sallyport/packages/TYPE/ID.p7m */

struct walk {
    int fd;
    tree_visit visit;
    void *context;
};

static int walk_folder(const struct walk *walk, const char *folder, int depth, struct error *err);

static int walk_entry(const struct walk *walk, int folder_fd, const char *entry, const char *name,
                      int depth, struct error *err)
{
    struct stat status;

    if (fstatat(folder_fd, entry, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", name);
    if (S_ISDIR(status.st_mode) && depth < DEPTH)
        return walk_folder(walk, name, depth + 1, err);
    return walk->visit(walk->context, name, S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0,
                       err);
}

static int walk_folder(const struct walk *walk, const char *folder, int depth, struct error *err)
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
        result = walk_entry(walk, fd, names[i], name, depth, err);
    }
    path_free_names(names, count);
    (void)close(fd);
    return result;
}

int tree_walk(int fd, tree_visit visit, void *context, struct error *err)
{
    const struct walk walk = {.fd = fd, .visit = visit, .context = context};

    if (faccessat(fd, VOLUME_ROOT, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return 0;
    return walk_folder(&walk, VOLUME_ROOT, 1, err);
}

bool tree_name_is_temporary(const char *name)
{
    const char *slash = strrchr(name, '/');

    return strncmp(slash == NULL ? name : slash + 1, TEMPORARY, strlen(TEMPORARY)) == 0;
}

static int remove_temporary(void *context, const char *name, uint64_t size, struct error *err)
{
    return tree_name_is_temporary(name) ? path_remove(*(const int *)context, name, err) : 0;
}

int tree_sweep(int fd, struct error *err)
{
    return tree_walk(fd, remove_temporary, &fd, err);
}
