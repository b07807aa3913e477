/* SPDX-License-Identifier: ISC */
#include "agent/inventory-place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/text.h"

/* Files of these say what the kernel says now and to whom; a chroot may have them anywhere. */
static const unsigned long kernel_file_systems[] = {
    PROC_SUPER_MAGIC, SYSFS_MAGIC,   DEVPTS_SUPER_MAGIC, CGROUP_SUPER_MAGIC,
    DEBUGFS_MAGIC,    TRACEFS_MAGIC, SECURITYFS_MAGIC,   CGROUP2_SUPER_MAGIC,
    EFIVARFS_MAGIC,   BPF_FS_MAGIC,  SELINUX_MAGIC,
};

int inventory_place_open(int root, int home, struct inventory_place *place, struct error *err)
{
    struct stat status;

    if (fstat(root, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "the root folder");
    *place = (struct inventory_place){.root = root, .home = home, .owner = status.st_uid};
    return 0;
}

static bool is_dots(const char *name, size_t size)
{
    return name[0] == '.' && (size == 1 || (size == 2 && name[1] == '.'));
}

static bool components_valid(const char *name)
{
    unsigned depth = 0;

    while (*name != '\0') {
        size_t size = strcspn(name, "/");

        if (size == 0 || size > LIMIT_PATH_COMPONENT || is_dots(name, size) ||
            ++depth > LIMIT_PATH_DEPTH)
            return false;
        name += size + (name[size] == '/');
    }
    return true;
}

bool inventory_place_plain(struct bytes_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < ' ' || text.data[i] == 0x7f)
            return false;
    }
    return text_is_utf8(text.data, text.size) != 0;
}

static bool is_plain(const char *text)
{
    return inventory_place_plain(bytes_view_of(text, strlen(text)));
}

int inventory_place_form(const struct inventory_place *place, const char *path, struct error *err)
{
    const char *front = place->home >= 0 ? "~/" : "/";
    size_t size = strlen(front);

    if (strncmp(path, front, size) != 0)
        return error_set(err, ERROR_BAD_CONTENT, "expected a path that begins with %s", front);
    if (strlen(path) > LIMIT_PATH_BYTES || !is_plain(path) || !components_valid(path + size))
        return error_set(err, ERROR_BAD_CONTENT,
                         "expected names joined by single slashes, none of them . or ..");
    return 0;
}

/* The folder that a path counts from, and the name from there, "." for itself; the form is right. */
static int base_of(const struct inventory_place *place, const char *path, const char **name)
{
    *name = place->home >= 0 ? path + 2 : path + 1;
    if (**name == '\0')
        *name = ".";
    return place->home >= 0 ? place->home : place->root;
}

static bool is_kernels(int fd)
{
    struct statfs about;

    if (fstatfs(fd, &about) < 0)
        return true;
    for (size_t i = 0; i < sizeof(kernel_file_systems) / sizeof(kernel_file_systems[0]); i++) {
        if ((unsigned long)about.f_type == kernel_file_systems[i])
            return true;
    }
    return false;
}

static int open_place(const struct inventory_place *place, const char *path, int flags)
{
    const char *name;
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int base = base_of(place, path, &name);

    if ((flags & O_PATH) != 0 && place->home < 0)
        how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    return (int)syscall(SYS_openat2, base, name, &how, sizeof(how));
}

/* Why an open did not go; what is not there needs no reason. */
static const char *reason_of(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return NULL;
    case ELOOP:
        return "link";
    case EACCES:
    case EPERM:
        return "not-readable";
    default:
        return "io";
    }
}

/* Opens what is there and may be looked at; -1 with the reason. */
static int open_plain(const struct inventory_place *place, const char *path, int flags,
                      struct stat *status, const char **reason)
{
    int fd = open_place(place, path, flags);

    if (fd < 0)
        *reason = reason_of(errno);
    else if (is_kernels(fd))
        *reason = "kernel-file-system";
    else if (fstat(fd, status) == 0)
        return fd;
    else
        *reason = "io";
    if (fd >= 0)
        close(fd);
    return -1;
}

json_t *inventory_place_exists(const struct inventory_place *place, const char *path,
                               const char **reason)
{
    struct stat status;
    int fd = open_plain(place, path, O_PATH, &status, reason);

    if (fd < 0)
        return NULL;
    close(fd);
    if (S_ISREG(status.st_mode))
        return json_string("file");
    if (S_ISDIR(status.st_mode))
        return json_string("dir");
    *reason = "neither-file-nor-folder";
    return NULL;
}

static json_t *names_of(int fd, const char **reason)
{
    json_t *list;
    struct error err;
    char **names;
    size_t count;

    if (path_list(fd, LIMIT_INVENTORY_FOLDER, &names, &count, &err) < 0) {
        *reason = err.code == ERROR_LIMIT ? "too-large" : "io";
        return NULL;
    }
    list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (!is_plain(names[i]))
            continue;
        if (json_array_size(list) == LIMIT_INVENTORY_NAMES) {
            *reason = "cut";
            break;
        }
        json_array_append_new(list, json_string(names[i]));
    }
    path_free_names(names, count);
    return list;
}

json_t *inventory_place_list(const struct inventory_place *place, const char *path,
                             const char **reason)
{
    struct stat status;
    json_t *list;
    int fd = open_plain(place, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, &status, reason);

    if (fd < 0)
        return NULL;
    list = names_of(fd, reason);
    close(fd);
    return list;
}

/* What only its owner may read is a secret, also where this process could read it. */
static const char *why_not_read(const struct inventory_place *place, const struct stat *status)
{
    if (!S_ISREG(status->st_mode))
        return "no-regular-file";
    if ((status->st_mode & S_IROTH) == 0)
        return "not-readable-by-all";
    if (status->st_uid != place->owner && (place->home < 0 || status->st_uid != geteuid()))
        return "another-owner";
    return status->st_size > (off_t)LIMIT_INVENTORY_READ ? "too-large" : NULL;
}

static json_t *text_of(int fd, const char **reason)
{
    char *text = bytes_allocate(LIMIT_INVENTORY_READ + 1, 1);
    json_t *value = NULL;
    size_t size = 0;
    ssize_t got;

    do {
        got = read(fd, text + size, LIMIT_INVENTORY_READ + 1 - size);
        size += got > 0 ? (size_t)got : 0;
    } while ((got > 0 && size <= LIMIT_INVENTORY_READ) || (got < 0 && errno == EINTR));
    if (got < 0)
        *reason = "io";
    else if (size > LIMIT_INVENTORY_READ)
        *reason = "too-large";
    else if (memchr(text, '\0', size) != NULL || !text_is_utf8(text, size))
        *reason = "not-text";
    else
        value = json_stringn(text, size);
    free(text);
    return value;
}

json_t *inventory_place_read(const struct inventory_place *place, const char *path,
                             const char **reason)
{
    struct stat status;
    json_t *text;
    int fd = open_plain(place, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, &status, reason);

    if (fd < 0)
        return NULL;
    *reason = why_not_read(place, &status);
    text = *reason == NULL ? text_of(fd, reason) : NULL;
    close(fd);
    return text;
}

int inventory_place_take(const struct inventory_place *place, int folder, const char *name,
                         size_t limit, struct bytes *out, struct error *err)
{
    struct stat status;
    uint8_t *data;
    uint64_t size;
    int fd, result;

    bytes_init(out, limit);
    result = path_open_regular(folder, name, limit, &fd, &size, err);
    if (result < 0)
        return result;
    if (fstat(fd, &status) < 0 || (status.st_uid != place->owner && status.st_uid != geteuid()))
        result = error_set(err, ERROR_UNEXPECTED_FILE, "%s: another owner", name);
    if (result == 0)
        result = bytes_reserve(out, (size_t)size, &data, err);
    if (result == 0)
        result = path_pread(fd, data, (size_t)size, 0, err);
    close(fd);
    return result;
}
