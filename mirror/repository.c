/* SPDX-License-Identifier: ISC */
#include "mirror/repository.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/base/text.h"
#include "mirror/tree-walk.h"

#define HOLDER_BYTES 64

static void name_holder(int fd, pid_t holder, struct error *err)
{
    char verb[HOLDER_BYTES + 1] = "", shown[HOLDER_BYTES * 4];
    ssize_t got = pread(fd, verb, HOLDER_BYTES, 0);

    verb[got > 0 ? got : 0] = '\0';
    verb[strcspn(verb, "\n")] = '\0';
    error_set(err, ERROR_LOCKED, "the repository is in use by process %ld (%s)", (long)holder,
              text_escape_string(verb, shown, sizeof(shown)));
}

/* Record locks, because the kernel tells who holds them. They belong to the process: nothing else
 * in it opens the file. */
static int lock_file(int fd, bool exclusive, struct error *err)
{
    struct flock lock = {.l_type = exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET};
    struct flock asked = lock;

    if (fcntl(fd, F_SETLK, &lock) == 0)
        return 0;
    if (errno != EACCES && errno != EAGAIN)
        return error_set_errno(err, ERROR_IO, errno, "locking the repository");
    if (fcntl(fd, F_GETLK, &asked) < 0 || asked.l_type == F_UNLCK)
        return error_set(err, ERROR_LOCKED, "another process just held the repository");
    name_holder(fd, asked.l_pid, err);
    return -ERROR_LOCKED;
}

int repository_lock(int folder_fd, bool exclusive, const char *verb, int *fd, struct error *err)
{
    int result = path_open(folder_fd, REPOSITORY_LOCK, O_RDWR | O_CREAT, 0644, fd, err);

    if (result < 0)
        return result;
    result = lock_file(*fd, exclusive, err);
    if (result == 0 && exclusive &&
        (ftruncate(*fd, 0) < 0 || pwrite(*fd, verb, strlen(verb), 0) < 0))
        result = error_set_errno(err, ERROR_IO, errno, "locking the repository");
    if (result < 0) {
        (void)close(*fd);
        *fd = -1;
    }
    return result;
}

static int read_settings(struct repository *repository, struct error *err)
{
    char name[LIMIT_PATH_BYTES];
    struct bytes text;
    int result = path_read(repository->fd, SETTINGS_FILE, SETTINGS_BYTES, &text, err);

    if (result < 0 && err->code == ERROR_NOT_FOUND)
        return error_set(err, ERROR_NOT_FOUND,
                         "%s is no repository (it holds no %s); give --repo DIR or run init",
                         repository->folder, SETTINGS_FILE);
    if (result < 0)
        return result;
    snprintf(name, sizeof(name), "%s/%s", repository->folder, SETTINGS_FILE);
    result = settings_parse(name, bytes_view(&text), &repository->settings, err);
    bytes_clear(&text);
    return result;
}

/* A mirror of a mirror carries what others signed. The one place that says so: every verb that
 * would sign, number or decide comes by here before it does anything. */
static int check_keys(const struct repository *repository, const char *verb, struct error *err)
{
    static const char *const keyless[] = {"sync", "prune"};
    const char *upstream = repository->settings.upstream;

    for (size_t i = 0; upstream != NULL && i < sizeof(keyless) / sizeof(keyless[0]); i++) {
        if (strcmp(verb, keyless[i]) == 0)
            return 0;
    }
    if (upstream == NULL)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "%s is a mirror of %s and has no keys to sign with: run %s there, and sync "
                     "here",
                     repository->folder, upstream, verb);
}

static int open_scratch(struct repository *repository, bool empty, struct error *err)
{
    int result = 0;

    if (empty)
        result = path_remove(repository->fd, REPOSITORY_SCRATCH, err);
    if (result == 0)
        result = path_make_folders(repository->fd, REPOSITORY_SCRATCH, 0700, err);
    if (result == 0)
        result = path_open_folder(repository->fd, REPOSITORY_SCRATCH, &repository->scratch_fd, err);
    return result;
}

static int open_parts(struct repository *repository, enum repository_use use, const char *verb,
                      struct error *err)
{
    char *catalog;
    int result = read_settings(repository, err);

    if (result == 0 && use == REPOSITORY_CHANGE)
        result = check_keys(repository, verb, err);
    if (result < 0)
        return result;
    result = path_open_folder(repository->fd, REPOSITORY_TREE, &repository->tree_fd, err);
    if (result < 0 || use == REPOSITORY_SERVE)
        return result;
    if (use != REPOSITORY_LOOK)
        result = repository_lock(repository->fd, use == REPOSITORY_CHANGE, verb,
                                 &repository->lock_fd, err);
    if (result == 0 && use == REPOSITORY_CHANGE)
        result = tree_sweep(repository->tree_fd, err);
    if (result == 0 && use != REPOSITORY_LOOK)
        result = open_scratch(repository, use == REPOSITORY_CHANGE, err);
    if (result == 0 && faccessat(repository->fd, REPOSITORY_CATALOG, F_OK, 0) < 0)
        result = error_set(err, ERROR_CATALOG_CORRUPT,
                           "%s/%s is missing; without it numbers would be used twice",
                           repository->folder, REPOSITORY_CATALOG);
    if (result < 0)
        return result;
    catalog = repository_path(repository, REPOSITORY_CATALOG);
    result = catalog_open(catalog, &repository->catalog, err);
    free(catalog);
    return result;
}

int repository_open(const char *folder, enum repository_use use, const char *verb,
                    struct repository **repository, struct error *err)
{
    struct repository *opened = bytes_allocate(1, sizeof(*opened));
    int result;

    *repository = NULL;
    opened->tree_fd = opened->scratch_fd = opened->lock_fd = -1;
    opened->changes = use == REPOSITORY_CHANGE;
    opened->folder = bytes_copy_string(folder);
    opened->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened->fd < 0)
        result =
            error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s", folder);
    else
        result = open_parts(opened, use, verb, err);
    if (result < 0)
        repository_close(opened);
    else
        *repository = opened;
    return result;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

/* A refused source may be large; it is not kept until the next verb. Best effort: that one sweeps. */
static void end_scratch(const struct repository *repository)
{
    struct error ignored;

    if (repository->changes && repository->scratch_fd >= 0)
        (void)!path_remove(repository->fd, REPOSITORY_SCRATCH, &ignored);
}

void repository_close(struct repository *repository)
{
    if (repository == NULL)
        return;
    end_scratch(repository);
    catalog_close(repository->catalog);
    settings_clear(&repository->settings);
    close_if_open(repository->fd);
    close_if_open(repository->tree_fd);
    close_if_open(repository->scratch_fd);
    close_if_open(repository->lock_fd);
    free(repository->folder);
    free(repository);
}

char *repository_path(const struct repository *repository, const char *name)
{
    size_t size = strlen(repository->folder) + strlen(name) + 2;
    char *path;

    if (name[0] == '/')
        return bytes_copy_string(name);
    path = bytes_allocate(1, size);
    snprintf(path, size, "%s/%s", repository->folder, name);
    return path;
}

bool repository_root_key_beside(const struct repository *repository)
{
    return faccessat(repository->fd, REPOSITORY_ROOT_KEYS "/root.key", R_OK, 0) == 0;
}
