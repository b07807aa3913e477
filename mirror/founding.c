/* SPDX-License-Identifier: ISC */
#include "mirror/founding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "mirror/catalog.h"
#include "mirror/repository.h"

#define UNFINISHED ".unfinished"

/* What a repository consists of, in the order of moving: mirror.conf, which makes it one, last. */
static const char *const parts[] = {
    REPOSITORY_TREE,     REPOSITORY_CATALOG,   REPOSITORY_KEYS,
    REPOSITORY_ROOT_PEM, REPOSITORY_ROOT_KEYS, SETTINGS_FILE,
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

/* What the ceremony writes into the offline folder. */
static const char *const offline_files[] = {
    "root.key", "root.pem", "issuing.key", "issuing.pem", "root-sign.key", "root-sign.pem",
};
#define OFFLINE_FILES (sizeof(offline_files) / sizeof(offline_files[0]))

static bool is_there(int fd, const char *name)
{
    return faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int make_folder(const char *folder, mode_t mode, int *fd, bool *made, struct error *err)
{
    *made = mkdir(folder, mode) == 0;
    if (!*made && errno != EEXIST)
        return error_set_errno(err, ERROR_IO, errno, "%s", folder);
    *fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", folder);
    return 0;
}

/* Takes away what an init has made and not finished. Best effort: what stays is told by the next.
 */
static void clear_parts(int fd)
{
    struct error ignored;

    for (size_t i = PARTS; i > 0; i--) {
        if (path_remove(fd, parts[i - 1], &ignored) < 0)
            return;
    }
    (void)!path_remove(fd, UNFINISHED, &ignored);
}

/* A folder may be empty, or hold what a cut init left: .unfinished, or nothing but the lock. With mirror.conf
 * in place nothing was unfinished, whatever else lies there: keys are never cleared away. */
static int check_folder(struct founding *founding, struct error *err)
{
    char **names = NULL;
    size_t count = 0;
    bool only_lock;
    int result;

    if (is_there(founding->fd, SETTINGS_FILE))
        return error_set(err, ERROR_USAGE, "%s is a repository already", founding->folder);
    result = path_list(founding->fd, SIZE_MAX, &names, &count, err);
    only_lock = count == 0 || (count == 1 && strcmp(names[0], REPOSITORY_LOCK) == 0);
    path_free_names(names, count);
    if (result == 0 && !only_lock && !is_there(founding->fd, UNFINISHED))
        result = error_set(err, ERROR_USAGE, "%s is not empty", founding->folder);
    return result;
}

static int open_offline(struct founding *founding, const char *offline, struct error *err)
{
    int result;

    if (offline == NULL) {
        result = path_make_folders(founding->work_fd, REPOSITORY_ROOT_KEYS, 0700, err);
        if (result == 0)
            result = path_open_folder(founding->work_fd, REPOSITORY_ROOT_KEYS,
                                      &founding->offline_fd, err);
        return result;
    }
    result = make_folder(offline, 0700, &founding->offline_fd, &founding->made_offline, err);
    for (size_t i = 0; i < OFFLINE_FILES && result == 0; i++) {
        if (is_there(founding->offline_fd, offline_files[i]))
            result = error_set(err, ERROR_USAGE, "%s holds %s already; give an empty folder",
                               offline, offline_files[i]);
    }
    /* Only from here on is what lies there ours to take away. */
    if (result == 0)
        founding->offline = bytes_copy_string(offline);
    return result;
}

int founding_begin_keyless(const char *folder, struct founding *founding, struct error *err)
{
    int result;

    *founding = (struct founding){.fd = -1, .work_fd = -1, .lock_fd = -1, .offline_fd = -1};
    founding->folder = bytes_copy_string(folder);
    result = make_folder(folder, 0755, &founding->fd, &founding->made_folder, err);
    if (result == 0)
        result = check_folder(founding, err);
    if (result == 0)
        result = path_make_folders(founding->fd, UNFINISHED, 0700, err);
    if (result == 0)
        result = repository_lock(founding->fd, true, "init", &founding->lock_fd, err);
    /* The one who held the lock may have finished between the two. */
    if (result == 0)
        result = check_folder(founding, err);
    if (result < 0)
        return result;
    clear_parts(founding->fd);
    result = path_make_folders(founding->fd, UNFINISHED, 0700, err);
    if (result == 0)
        result = path_open_folder(founding->fd, UNFINISHED, &founding->work_fd, err);
    return result;
}

int founding_begin(const char *folder, const char *offline, struct founding *founding,
                   struct error *err)
{
    int result = founding_begin_keyless(folder, founding, err);

    return result == 0 ? open_offline(founding, offline, err) : result;
}

/* Made once, here: a repository that has lost its catalog must not begin a new one, because numbers
 * that were used would be used again. */
static int make_catalog(const struct founding *founding, struct error *err)
{
    static const char name[] = UNFINISHED "/" REPOSITORY_CATALOG;
    size_t size = strlen(founding->folder) + sizeof(name) + 1;
    char *path = bytes_allocate(1, size);
    struct catalog *catalog;
    int result;

    snprintf(path, size, "%s/%s", founding->folder, name);
    result = catalog_open(path, &catalog, err);
    catalog_close(catalog);
    free(path);
    return result;
}

int founding_complete(struct founding *founding, struct error *err)
{
    int result = make_catalog(founding, err);

    if (result == 0)
        result = publish_sync_tree(founding->work_fd, ".", err);
    for (size_t i = 0; i < PARTS && result == 0; i++) {
        if (is_there(founding->work_fd, parts[i]))
            result = publish_move(founding->work_fd, parts[i], founding->fd, parts[i], err);
    }
    if (result == 0 && founding->offline_fd >= 0)
        result = publish_sync_folder(founding->offline_fd, ".", err);
    if (result == 0)
        result = path_remove(founding->fd, UNFINISHED, err);
    if (result == 0)
        result = publish_sync_folder(founding->fd, ".", err);
    return result;
}

static void take_back(struct founding *founding)
{
    struct error ignored;

    if (founding->offline != NULL) {
        for (size_t i = 0; i < OFFLINE_FILES; i++)
            (void)!path_remove(founding->offline_fd, offline_files[i], &ignored);
        if (founding->made_offline)
            (void)rmdir(founding->offline);
    }
    /* Without the lock nothing here is ours. */
    if (founding->lock_fd >= 0) {
        clear_parts(founding->fd);
        (void)!path_remove(founding->fd, REPOSITORY_LOCK, &ignored);
    }
    if (founding->made_folder)
        (void)rmdir(founding->folder);
}

void founding_end(struct founding *founding, bool completed)
{
    const int *fds[] = {&founding->work_fd, &founding->lock_fd, &founding->offline_fd,
                        &founding->fd};

    if (!completed && founding->fd >= 0)
        take_back(founding);
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (*fds[i] >= 0)
            (void)close(*fds[i]);
    }
    free(founding->folder);
    free(founding->offline);
}
