/* SPDX-License-Identifier: ISC */
#include "agent/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/base/publish.h"

#define NAME_BYTES   300
#define MARGIN_BYTES (128 * KIB) /* database, folders, what others write meanwhile */

static int give_to(int fd, const char *user, struct error *err)
{
    const struct passwd *entry = user != NULL ? getpwnam(user) : NULL;

    if (user == NULL)
        return 0;
    if (entry == NULL)
        return error_set(err, ERROR_NOT_FOUND, "user %s does not exist", user);
    if (fchown(fd, entry->pw_uid, entry->pw_gid) < 0)
        return error_set_errno(err, ERROR_IO, errno, "giving the staging folder to %s", user);
    return 0;
}

int staging_begin(struct state *state, int64_t job, const char *user, int *fd, struct error *err)
{
    char name[NAME_BYTES];
    int result;

    *fd = -1;
    snprintf(name, sizeof(name), "staging/%" PRId64, job);
    result = path_make_folders(state_folder(state), name, 0700, err);
    if (result == 0)
        result = path_open_folder(state_folder(state), name, fd, err);
    return result < 0 ? result : give_to(*fd, user, err);
}

/* One name: ours, and not to be written any more. */
static int take_one(int folder, const char *name, struct stat *status, struct error *err)
{
    if (fstatat(folder, name, status, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", name);
    if (!S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode))
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s is neither a file nor a folder", name);
    if (geteuid() == 0 && fchownat(folder, name, 0, 0, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set_errno(err, ERROR_IO, errno, "taking over %s", name);
    /* Its type is known, and nobody is left who could change it. */
    if (fchmodat(folder, name, S_ISDIR(status->st_mode) ? 0700 : 0400, 0) < 0)
        return error_set_errno(err, ERROR_IO, errno, "taking over %s", name);
    return 0;
}

static int take_beneath(int folder, unsigned depth, uint64_t *files, struct error *err)
{
    char **names = NULL;
    size_t count = 0;
    int result = path_list(folder, LIMIT_PACKAGE_FILES, &names, &count, err);

    if (depth > LIMIT_PATH_DEPTH)
        result =
            error_set(err, ERROR_LIMIT, "folders deeper than PATH_DEPTH (%d)", LIMIT_PATH_DEPTH);
    for (size_t i = 0; i < count && result == 0; i++) {
        struct stat status;
        int inner;

        result = take_one(folder, names[i], &status, err);
        *files += result == 0 && S_ISREG(status.st_mode);
        if (result < 0 || S_ISREG(status.st_mode))
            continue;
        result = path_open_folder(folder, names[i], &inner, err);
        if (result < 0)
            continue;
        result = take_beneath(inner, depth + 1, files, err);
        close(inner);
    }
    path_free_names(names, count);
    return result;
}

int staging_take_over(int job_fd, const char *folder, uint64_t files, struct error *err)
{
    struct stat status;
    uint64_t found = 0;
    int fd;
    int result = take_one(job_fd, folder, &status, err);

    if (result == 0)
        result = path_open_folder(job_fd, folder, &fd, err);
    if (result < 0)
        return result;
    result = take_beneath(fd, 0, &found, err);
    close(fd);
    if (result == 0 && found > files)
        result = error_set(err, ERROR_UNEXPECTED_FILE,
                           "%" PRIu64 " files were staged, the package has %" PRIu64, found, files);
    return result;
}

int staging_open(int job_fd, const char *folder, const char *name, int *fd, struct error *err)
{
    char path[LIMIT_PATH_BYTES + NAME_BYTES];
    uint64_t size;
    int result;

    *fd = -1;
    if (!path_name_valid(name, strlen(name)))
        return error_set(err, ERROR_PROTOCOL, "verify asked for a file that no recipe can name");
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    result = path_open_regular(job_fd, path, LIMIT_CONTENT_BYTES, fd, &size, err);
    if (result == 0)
        return 0;
    *fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return *fd < 0 ? error_set_errno(err, ERROR_IO, errno, "/dev/null") : 0;
}

int staging_commit(struct state *state, int job_fd, const char *folder, const char *type,
                   const char *id_text, struct error *err)
{
    char place[NAME_BYTES], above[NAME_BYTES];
    int result;

    snprintf(above, sizeof(above), "content/%s", type);
    snprintf(place, sizeof(place), "content/%s/%s", type, id_text);
    result = path_make_folders(state_folder(state), above, 0700, err);
    if (result == 0)
        result = publish_sync_tree(job_fd, folder, err);
    if (result == 0)
        result = path_remove(state_folder(state), place, err);
    if (result == 0)
        result = publish_move(job_fd, folder, state_folder(state), place, err);
    return result;
}

int staging_check_space(struct state *state, uint64_t needed, struct error *err)
{
    struct statvfs status;
    uint64_t available;

    if (needed > UINT64_MAX - MARGIN_BYTES)
        return error_set(err, ERROR_LIMIT, "more bytes than can be counted");
    if (fstatvfs(state_folder(state), &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "asking for free space");
    available = (uint64_t)status.f_bavail * status.f_frsize;
    if (available < needed + MARGIN_BYTES)
        return error_set(err, ERROR_NO_SPACE,
                         "%" PRIu64 " KiB are needed beside the state, %" PRIu64 " KiB are free",
                         (needed + MARGIN_BYTES) / KIB + 1, available / KIB);
    return 0;
}

int staging_clear(struct state *state, struct error *err)
{
    char **names = NULL;
    size_t count = 0;
    int fd;
    int result = path_open_folder(state_folder(state), "staging", &fd, err);

    if (result < 0)
        return result;
    result = path_list(fd, SIZE_MAX, &names, &count, err);
    for (size_t i = 0; i < count && result == 0; i++)
        result = path_remove(fd, names[i], err);
    path_free_names(names, count);
    close(fd);
    return result;
}
