/* SPDX-License-Identifier: ISC */
#include "agent/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/publish.h"

#define NAME_BYTES   300
#define MARGIN_BYTES (128 * KIB) /* database, folders, what others write meanwhile */
#define HELD_UNIT    512         /* st_blocks, whatever the filesystem's own blocks are */

#define ZFS_SUPER_MAGIC 0x2fc12fc1U /* no header of the kernel has it */

/* Who a file is given to. */
struct owner {
    bool other; /* false: it is ours already */
    uid_t uid;
    gid_t gid;
};

static int find_owner(const char *user, struct owner *owner, struct error *err)
{
    const struct passwd *entry = user != NULL ? getpwnam(user) : NULL;

    *owner = (struct owner){.other = user != NULL};
    if (user == NULL)
        return 0;
    if (entry == NULL)
        return error_set(err, ERROR_NOT_FOUND, "user %s does not exist", user);
    owner->uid = entry->pw_uid;
    owner->gid = entry->pw_gid;
    return 0;
}

/* The monitor has no power over files of others: what intake made becomes ours before it is looked
 * into, changed or removed. */
static int own_one(int folder, const char *name, struct stat *status, struct error *err)
{
    if (fstatat(folder, name, status, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s",
                               name);
    if ((geteuid() == 0 && fchownat(folder, name, 0, 0, AT_SYMLINK_NOFOLLOW) < 0) ||
        (S_ISDIR(status->st_mode) && fchmodat(folder, name, 0700, AT_SYMLINK_NOFOLLOW) < 0))
        return error_set_errno(err, ERROR_IO, errno, "taking over %s", name);
    return 0;
}

static int own(int folder, const char *name, unsigned depth, struct error *err)
{
    struct stat status;
    char **names = NULL;
    size_t count = 0;
    int inner, result = own_one(folder, name, &status, err);

    if (result < 0 || !S_ISDIR(status.st_mode) || depth > LIMIT_PATH_DEPTH)
        return result;
    result = path_open_folder(folder, name, &inner, err);
    if (result < 0)
        return result;
    result = path_list(inner, SIZE_MAX, &names, &count, err);
    for (size_t i = 0; i < count && result == 0; i++)
        result = own(inner, names[i], depth + 1, err);
    path_free_names(names, count);
    close(inner);
    return result;
}

int staging_remove(int staging, const char *folder, struct error *err)
{
    int result = own(staging, folder, 0, err);

    if (result == -(int)ERROR_NOT_FOUND)
        return 0;
    return result < 0 ? result : path_remove(staging, folder, err);
}

static int open_staging(struct state *state, int *fd, struct error *err)
{
    struct stat status;
    int result = own_one(state_folder(state), "staging", &status, err);

    *fd = -1;
    return result < 0 ? result : path_open_folder(state_folder(state), "staging", fd, err);
}

int staging_open(struct state *state, int *fd, struct error *err)
{
    int result = open_staging(state, fd, err);

    if (result != -(int)ERROR_NOT_FOUND)
        return result;
    result = path_make_folders(state_folder(state), "staging", 0700, err);
    return result < 0 ? result : open_staging(state, fd, err);
}

int staging_lend(int staging, const char *user, struct error *err)
{
    struct owner owner;
    int result = find_owner(user, &owner, err);

    if (result == 0 && owner.other && fchown(staging, owner.uid, owner.gid) < 0)
        return error_set_errno(err, ERROR_IO, errno, "giving the staging folder to %s", user);
    return result;
}

int staging_return(int staging, struct error *err)
{
    if (geteuid() == 0 && fchown(staging, 0, 0) < 0)
        return error_set_errno(err, ERROR_IO, errno, "taking the staging folder back");
    return 0;
}

static int give_beneath(int folder, const char *name, unsigned depth, const struct owner *owner,
                        uint64_t *held, struct error *err);

/* One name for its next writer; what is no plain file or folder goes. A folder itself goes last,
 * because nothing beneath it can be reached afterwards. */
static int give_one(int folder, const char *name, unsigned depth, const struct owner *owner,
                    uint64_t *held, bool *is_folder, struct error *err)
{
    struct stat status;
    int result = 0;

    *is_folder = false;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", name);
    if (!S_ISDIR(status.st_mode) && (!S_ISREG(status.st_mode) || status.st_nlink != 1))
        return path_remove(folder, name, err);
    *is_folder = S_ISDIR(status.st_mode);
    if (*is_folder)
        result = give_beneath(folder, name, depth, owner, held, err);
    else
        *held += (uint64_t)status.st_blocks * HELD_UNIT;
    if (result < 0)
        return result;
    if (fchmodat(folder, name, *is_folder ? 0700 : 0600, AT_SYMLINK_NOFOLLOW) < 0 ||
        (owner->other && fchownat(folder, name, owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) < 0))
        return error_set_errno(err, ERROR_IO, errno, "handing on %s", name);
    return 0;
}

static int give_beneath(int folder, const char *name, unsigned depth, const struct owner *owner,
                        uint64_t *held, struct error *err)
{
    char **names = NULL;
    size_t count = 0;
    bool is_folder;
    int inner, result = path_open_folder(folder, name, &inner, err);

    if (result < 0)
        return result;
    result = path_list(inner, LIMIT_PACKAGE_FILES, &names, &count, err);
    if (result == 0 && depth > LIMIT_PATH_DEPTH)
        result =
            error_set(err, ERROR_LIMIT, "folders deeper than PATH_DEPTH (%d)", LIMIT_PATH_DEPTH);
    for (size_t i = 0; i < count && result == 0; i++)
        result = give_one(inner, names[i], depth + 1, owner, held, &is_folder, err);
    path_free_names(names, count);
    close(inner);
    return result;
}

/* A folder that can't be handed on is worth less than the import: it goes, and all is read again. */
int staging_give(int staging, const char *folder, const char *user, bool *present, uint64_t *held,
                 struct error *err)
{
    struct error why = {.code = ERROR_OK};
    struct owner owner;
    int result = find_owner(user, &owner, err);

    *present = false;
    *held = 0;
    if (result < 0)
        return result;
    result = own(staging, folder, 0, &why);
    if (result == -(int)ERROR_NOT_FOUND)
        return 0;
    if (result == 0)
        result = give_one(staging, folder, 0, &owner, held, present, &why);
    if (result == 0)
        return 0;
    log_write(LOG_LEVEL_WARN, "staging/%s is begun again: %s", folder, why.words);
    *present = false;
    *held = 0;
    return staging_remove(staging, folder, err);
}

/* Bytes on the disk, and files. */
struct sum {
    uint64_t held, files;
};

static int sum_beneath(int folder, unsigned depth, struct sum *sum, struct error *err)
{
    char **names = NULL;
    size_t count = 0;
    int result = path_list(folder, LIMIT_PACKAGE_FILES, &names, &count, err);

    for (size_t i = 0; i < count && result == 0; i++) {
        struct stat status;
        int inner;

        if (fstatat(folder, names[i], &status, AT_SYMLINK_NOFOLLOW) < 0)
            result = error_set_errno(err, ERROR_IO, errno, "%s", names[i]);
        else if (!S_ISDIR(status.st_mode)) {
            sum->held += (uint64_t)status.st_blocks * HELD_UNIT;
            sum->files++;
        } else if (depth < LIMIT_PATH_DEPTH &&
                   (result = path_open_folder(folder, names[i], &inner, err)) == 0) {
            result = sum_beneath(inner, depth + 1, sum, err);
            close(inner);
        }
    }
    path_free_names(names, count);
    return result;
}

static int sum_folder(int staging, const char *folder, struct sum *sum, struct error *err)
{
    int fd, result = path_open_folder(staging, folder, &fd, err);

    if (result < 0)
        return result;
    result = sum_beneath(fd, 0, sum, err);
    close(fd);
    return result;
}

int staging_check_count(int staging, const char *folder, uint64_t files, struct error *err)
{
    struct sum sum = {0};
    int result = sum_folder(staging, folder, &sum, err);

    if (result == 0 && sum.files != files)
        result =
            error_set(err, ERROR_UNEXPECTED_FILE,
                      "%" PRIu64 " files were staged, the package has %" PRIu64, sum.files, files);
    return result;
}

int staging_held(int staging, const char *folder, uint64_t *held, struct error *err)
{
    struct sum sum = {0};
    int result = own(staging, folder, 0, err);

    *held = 0;
    if (result == -(int)ERROR_NOT_FOUND)
        return 0;
    if (result == 0)
        result = sum_folder(staging, folder, &sum, err);
    *held = sum.held;
    return result;
}

/* One name: ours, and not to be written any more. */
static int take_one(int folder, const char *name, struct stat *status, struct error *err)
{
    if (fstatat(folder, name, status, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", name);
    if (!S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode))
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s is neither a file nor a folder", name);
    if (S_ISREG(status->st_mode) && status->st_nlink != 1)
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s is a file that lies elsewhere too", name);
    if (geteuid() == 0 && fchownat(folder, name, 0, 0, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set_errno(err, ERROR_IO, errno, "taking over %s", name);
    /* Its type is known, and nobody is left who could change it. */
    if (fchmodat(folder, name, S_ISDIR(status->st_mode) ? 0700 : 0400, AT_SYMLINK_NOFOLLOW) < 0)
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

int staging_take_over(int staging, const char *folder, uint64_t files, struct error *err)
{
    struct stat status;
    uint64_t found = 0;
    int fd;
    int result = take_one(staging, folder, &status, err);

    if (result == 0)
        result = path_open_folder(staging, folder, &fd, err);
    if (result < 0)
        return result;
    result = take_beneath(fd, 0, &found, err);
    close(fd);
    if (result == 0 && found > files)
        result = error_set(err, ERROR_UNEXPECTED_FILE,
                           "%" PRIu64 " files were staged, the package has %" PRIu64, found, files);
    return result;
}

int staging_open_file(int staging, const char *folder, const char *name, int *fd, struct error *err)
{
    char path[LIMIT_PATH_BYTES + NAME_BYTES];
    uint64_t size;
    int result;

    *fd = -1;
    if (!path_name_valid(name, strlen(name)))
        return error_set(err, ERROR_PROTOCOL, "verify asked for a file that no recipe can name");
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    result = path_open_regular(staging, path, LIMIT_CONTENT_BYTES, fd, &size, err);
    if (result == 0)
        return 0;
    *fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return *fd < 0 ? error_set_errno(err, ERROR_IO, errno, "/dev/null") : 0;
}

/* One call for the filesystem, not one a file: for 5,000 small files that is one journal commit
 * where it would be thousands. It reports a failed write-back of any of them to a descriptor that was
 * open before intake wrote (Linux 5.8). */
static int flush(int staging, struct error *err)
{
    if (syncfs(staging) < 0)
        return error_set_errno(err, ERROR_IO, errno, "flushing the staged files");
    return 0;
}

int staging_commit(struct state *state, int staging, const char *folder, const char *type,
                   const char *id_text, struct error *err)
{
    char place[NAME_BYTES], above[NAME_BYTES];
    int result;

    snprintf(above, sizeof(above), "content/%s", type);
    snprintf(place, sizeof(place), "content/%s/%s", type, id_text);
    result = path_make_folders(state_folder(state), above, 0700, err);
    if (result == 0)
        result = flush(staging, err);
    if (result < 0)
        return result;
    if (faccessat(state_folder(state), place, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return publish_move(staging, folder, state_folder(state), place, err);
    if (renameat2(staging, folder, state_folder(state), place, RENAME_EXCHANGE) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", place);
    result = publish_sync_folder(state_folder(state), above, err);
    if (result == 0)
        result = path_remove(staging, folder, err);
    return result < 0 ? result : publish_sync_folder(staging, ".", err);
}

/* Not overlayfs: a link to a file of its lower layer copies it. */
bool staging_links_on(uint32_t filesystem)
{
    static const uint32_t linking[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
                                       F2FS_SUPER_MAGIC, TMPFS_MAGIC,     ZFS_SUPER_MAGIC};

    for (size_t i = 0; i < sizeof(linking) / sizeof(linking[0]); i++) {
        if (linking[i] == filesystem)
            return true;
    }
    return false;
}

bool staging_links(struct state *state)
{
    struct statfs status;

    return fstatfs(state_folder(state), &status) == 0 && staging_links_on((uint32_t)status.f_type);
}

/* Half a block is lost at the end of each file, on the average. */
int staging_measure(struct state *state, uint64_t bytes, uint64_t files, uint64_t held,
                    struct staging_space *space, struct error *err)
{
    struct statvfs status;
    uint64_t whole;

    *space = (struct staging_space){.held = held};
    if (fstatvfs(state_folder(state), &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "asking for free space");
    if (__builtin_mul_overflow(files, (uint64_t)status.f_frsize / 2, &whole) ||
        __builtin_add_overflow(whole, bytes, &whole) || whole > UINT64_MAX - MARGIN_BYTES)
        return error_set(err, ERROR_LIMIT, "more bytes than can be counted");
    if (files > 0)
        space->needed = (whole > held ? whole - held : 0) + MARGIN_BYTES;
    space->free = (uint64_t)status.f_bavail * status.f_frsize;
    /* A filesystem that makes file numbers as it goes says that it has none. */
    space->needed_files = status.f_files > 0 ? files : 0;
    space->free_files = status.f_favail;
    return 0;
}

int staging_check_space(const struct staging_space *space, const char *where, struct error *err)
{
    if (space->free < space->needed)
        return error_set(err, ERROR_NO_SPACE,
                         "%s: %" PRIu64 " KiB are needed, %" PRIu64 " KiB are free; free %" PRIu64
                         " KiB more on that filesystem and import again",
                         where, space->needed / KIB + 1, space->free / KIB,
                         (space->needed - space->free) / KIB + 1);
    if (space->free_files < space->needed_files)
        return error_set(err, ERROR_NO_SPACE,
                         "%s: %" PRIu64 " files are needed, the filesystem has room for %" PRIu64
                         "; remove some and import again",
                         where, space->needed_files, space->free_files);
    return 0;
}

int staging_sweep(struct state *state, staging_keeps keeps, void *context, struct error *err)
{
    char **names = NULL;
    size_t count = 0;
    int fd;
    int result = open_staging(state, &fd, err);

    if (result < 0)
        return result == -(int)ERROR_NOT_FOUND ? 0 : result;
    result = path_list(fd, SIZE_MAX, &names, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (!keeps(context, names[i]))
            result = staging_remove(fd, names[i], err);
    }
    path_free_names(names, count);
    close(fd);
    return result;
}
