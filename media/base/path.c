/* SPDX-License-Identifier: ISC */
#include "media/base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/text.h"

#define OPEN_ATTEMPTS  16 /* openat2 answers EAGAIN while a folder on the way is being renamed */
#define REMOVE_DEPTH   64
#define REMOVE_NAMES   SIZE_MAX
#define NAME_SHOWN     256
#define GROWTH_OF_LIST 64

bool path_component_valid(const char *name, size_t size)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._-";

    if (size == 0 || size > LIMIT_PATH_COMPONENT || name[0] == '-')
        return false;
    for (size_t i = 0; i < size; i++) {
        if (name[i] == '\0' || strchr(allowed, name[i]) == NULL)
            return false;
    }
    return !(name[0] == '.' && (size == 1 || (size == 2 && name[1] == '.')));
}

bool path_name_valid(const char *name, size_t size)
{
    size_t start = 0, depth = 0;

    if (size == 0 || size > LIMIT_PATH_BYTES)
        return false;
    for (size_t i = 0; i <= size; i++) {
        if (i < size && name[i] != '/')
            continue;
        if (++depth > LIMIT_PATH_DEPTH || !path_component_valid(name + start, i - start))
            return false;
        start = i + 1;
    }
    return true;
}

/* Words about a name: names may come from outside, so they are escaped for the message. */
static int name_error(struct error *err, enum error_code code, int number, const char *name)
{
    char shown[NAME_SHOWN];

    return error_set_errno(err, code, number, "%s", text_escape_string(name, shown, sizeof(shown)));
}

static int open_beneath(int dirfd, const char *name, int flags, mode_t mode, uint64_t resolve)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC | O_NOFOLLOW,
        .mode = (flags & O_CREAT) != 0 ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | resolve,
    };
    long fd = -1;

    /* The kernel refuses O_NONBLOCK together with O_PATH, which opens nothing anyway. */
    if ((flags & O_PATH) == 0)
        how.flags |= O_NONBLOCK;
    for (int i = 0; i < OPEN_ATTEMPTS; i++) {
        fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    return (int)fd;
}

static int tell_opened(int fd, const char *name, struct error *err)
{
    if (fd >= 0)
        return 0;
    return name_error(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, name);
}

int path_open(int dirfd, const char *name, int flags, mode_t mode, int *fd, struct error *err)
{
    *fd = open_beneath(dirfd, name, flags, mode, 0);
    return tell_opened(*fd, name, err);
}

int path_open_near(int dirfd, const char *name, int flags, int *fd, struct error *err)
{
    *fd = open_beneath(dirfd, name, flags, 0, RESOLVE_NO_XDEV);
    return tell_opened(*fd, name, err);
}

/* open(2) says ENXIO of a socket and of a disk that has gone: the name itself tells. Leaves errno
 * alone, for whoever asks it next. */
static bool is_socket(int dirfd, const char *name)
{
    int number = errno, fd = open_beneath(dirfd, name, O_PATH, 0, 0);
    struct stat status = {0};

    if (fd >= 0) {
        (void)!fstat(fd, &status);
        (void)close(fd);
    }
    errno = number;
    return S_ISSOCK(status.st_mode);
}

int path_open_regular(int dirfd, const char *name, uint64_t limit, int *fd, uint64_t *size,
                      struct error *err)
{
    char shown[NAME_SHOWN];
    struct stat status;
    int result = path_open(dirfd, name, O_RDONLY, 0, fd, err);

    text_escape_string(name, shown, sizeof(shown));
    if (result < 0 && errno == ENXIO && is_socket(dirfd, name))
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s: a socket", shown);
    if (result < 0)
        return result;
    if (fstat(*fd, &status) < 0)
        result = name_error(err, ERROR_IO, errno, name);
    else if (!S_ISREG(status.st_mode))
        result = error_set(err, ERROR_UNEXPECTED_FILE, "%s: not a regular file", shown);
    else if ((uint64_t)status.st_size > limit)
        result = error_set(err, ERROR_LIMIT, "%s: %llu bytes, more than %llu", shown,
                           (unsigned long long)status.st_size, (unsigned long long)limit);
    else
        *size = (uint64_t)status.st_size;
    if (result < 0) {
        (void)close(*fd);
        *fd = -1;
    }
    return result;
}

static int read_whole(int fd, size_t size, struct bytes *out, struct error *err)
{
    uint8_t *place;
    uint8_t beyond;
    ssize_t more;
    int result = bytes_reserve(out, size, &place, err);

    if (result == 0)
        result = path_pread(fd, place, size, 0, err);
    if (result < 0)
        return err->code == ERROR_MEDIUM_DAMAGED
                   ? error_set(err, ERROR_IO, "became shorter while it was read")
                   : result;
    more = pread(fd, &beyond, 1, (off_t)size);
    if (more < 0)
        return error_set_errno(err, ERROR_IO, errno, "reading");
    if (more > 0)
        return error_set(err, ERROR_IO, "became longer while it was read");
    return 0;
}

int path_read(int dirfd, const char *name, size_t limit, struct bytes *out, struct error *err)
{
    char shown[NAME_SHOWN];
    uint64_t size;
    int fd;
    int result;

    bytes_init(out, limit);
    result = path_open_regular(dirfd, name, limit, &fd, &size, err);
    if (result < 0)
        return result;
    result = read_whole(fd, (size_t)size, out, err);
    (void)close(fd);
    if (result < 0) {
        bytes_clear(out);
        error_context(err, "%s", text_escape_string(name, shown, sizeof(shown)));
    }
    return result;
}

int path_read_named(const char *path, size_t limit, struct bytes *out, struct error *err)
{
    struct stat status;
    uint8_t *place;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int result;

    bytes_init(out, limit);
    if (fd < 0)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s",
                               path);
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        result = error_set(err, ERROR_UNEXPECTED_FILE, "not a regular file");
    else
        result = bytes_reserve(out, (size_t)status.st_size, &place, err);
    if (result == 0)
        result = path_pread(fd, place, out->size, 0, err);
    (void)close(fd);
    if (result == 0)
        return 0;
    bytes_clear(out);
    return error_context(err, "%s", path);
}

int path_open_folder(int dirfd, const char *name, int *fd, struct error *err)
{
    return path_open(dirfd, name, O_RDONLY | O_DIRECTORY, 0, fd, err);
}

int path_open_parent(int dirfd, const char *name, int *fd, const char **last, struct error *err)
{
    const char *slash = strrchr(name, '/');
    char folder[LIMIT_PATH_BYTES + 1];

    *fd = -1;
    *last = slash != NULL ? slash + 1 : name;
    if (**last == '\0' || strcmp(*last, ".") == 0 || strcmp(*last, "..") == 0)
        return name_error(err, ERROR_USAGE, EINVAL, name);
    if (slash == NULL)
        return path_open_folder(dirfd, ".", fd, err);
    if ((size_t)(slash - name) >= sizeof(folder))
        return name_error(err, ERROR_LIMIT, ENAMETOOLONG, name);
    memcpy(folder, name, (size_t)(slash - name));
    folder[slash - name] = '\0';
    return path_open_folder(dirfd, folder, fd, err);
}

/* Makes one folder, where it is absent, and moves *fd into it. */
static int make_and_enter(int *fd, const char *component, mode_t mode, bool flush,
                          struct error *err)
{
    int inner;
    int result;

    if (mkdirat(*fd, component, mode) == 0) {
        if (flush && fsync(*fd) < 0)
            return name_error(err, ERROR_IO, errno, component);
    } else if (errno != EEXIST) {
        return name_error(err, ERROR_IO, errno, component);
    }
    result = path_open_folder(*fd, component, &inner, err);
    if (result < 0)
        return result;
    (void)close(*fd);
    *fd = inner;
    return 0;
}

static int make_folders(int dirfd, const char *name, mode_t mode, bool flush, struct error *err)
{
    char component[LIMIT_PATH_COMPONENT + 1];
    int fd;
    int result = path_open_folder(dirfd, ".", &fd, err);

    if (result < 0)
        return result;
    for (const char *next = name; result == 0 && *next != '\0';) {
        size_t size = strcspn(next, "/");

        if (size == 0 || size >= sizeof(component)) {
            result = name_error(err, ERROR_IO, size == 0 ? EINVAL : ENAMETOOLONG, name);
            break;
        }
        memcpy(component, next, size);
        component[size] = '\0';
        if (strcmp(component, "..") == 0)
            result = name_error(err, ERROR_IO, EXDEV, name);
        else
            result = make_and_enter(&fd, component, mode, flush, err);
        next += size + (next[size] == '/');
    }
    (void)close(fd);
    return result;
}

int path_make_folders(int dirfd, const char *name, mode_t mode, struct error *err)
{
    return make_folders(dirfd, name, mode, true, err);
}

int path_make_folders_unflushed(int dirfd, const char *name, mode_t mode, struct error *err)
{
    return make_folders(dirfd, name, mode, false, err);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct name_list {
    char **names;
    size_t count, capacity;
};

static void append_name(struct name_list *list, const char *name)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity * 2 + GROWTH_OF_LIST;
        char **grown = bytes_allocate(capacity, sizeof(*grown));

        if (list->count > 0)
            memcpy(grown, list->names, list->count * sizeof(*grown));
        free(list->names);
        list->names = grown;
        list->capacity = capacity;
    }
    list->names[list->count++] = bytes_copy_string(name);
}

static int read_names(DIR *folder, size_t limit, struct name_list *list, struct error *err)
{
    for (;;) {
        const struct dirent *entry;

        errno = 0;
        entry = readdir(folder);
        if (entry == NULL)
            break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (list->count == limit)
            return error_set(err, ERROR_LIMIT, "a folder with more than %zu names", limit);
        append_name(list, entry->d_name);
    }
    if (errno != 0)
        return error_set_errno(err, ERROR_IO, errno, "reading a folder");
    return 0;
}

int path_list(int folder_fd, size_t limit, char ***names, size_t *count, struct error *err)
{
    struct name_list list = {0};
    DIR *folder;
    int fd, result;

    *names = NULL;
    *count = 0;
    /* Opened anew: a duplicate would share the place in the folder with the caller's descriptor. */
    result = path_open_folder(folder_fd, ".", &fd, err);
    if (result < 0)
        return result;
    folder = fdopendir(fd);
    if (folder == NULL) {
        (void)close(fd);
        return error_set_errno(err, ERROR_IO, errno, "reading a folder");
    }
    result = read_names(folder, limit, &list, err);
    (void)closedir(folder);
    if (result < 0) {
        path_free_names(list.names, list.count);
        return result;
    }
    if (list.count > 0)
        qsort(list.names, list.count, sizeof(*list.names), compare_names);
    *names = list.names;
    *count = list.count;
    return 0;
}

void path_free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

static int remove_beneath(int folder_fd, const char *name, unsigned depth, struct error *err);

static int remove_contents(int folder_fd, const char *name, unsigned depth, struct error *err)
{
    char **names = NULL;
    size_t count = 0;
    int fd;
    int result = path_open_folder(folder_fd, name, &fd, err);

    if (result < 0)
        return result;
    result = path_list(fd, REMOVE_NAMES, &names, &count, err);
    for (size_t i = 0; i < count && result == 0; i++)
        result = remove_beneath(fd, names[i], depth + 1, err);
    path_free_names(names, count);
    (void)close(fd);
    return result;
}

/* Asks for a file first: whether it is a folder is the kernel's answer, not a look before the act.
 */
static int remove_beneath(int folder_fd, const char *name, unsigned depth, struct error *err)
{
    int result;

    if (depth > REMOVE_DEPTH)
        return error_set(err, ERROR_LIMIT, "folders deeper than %d", REMOVE_DEPTH);
    if (unlinkat(folder_fd, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return name_error(err, ERROR_IO, errno, name);
    result = remove_contents(folder_fd, name, depth, err);
    if (result < 0)
        return result;
    if (unlinkat(folder_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return name_error(err, ERROR_IO, errno, name);
    return 0;
}

int path_remove(int dirfd, const char *name, struct error *err)
{
    struct error absent = {0};
    const char *last;
    int fd;
    int result = path_open_parent(dirfd, name, &fd, &last, &absent);

    if (result < 0) {
        if (absent.code == ERROR_NOT_FOUND)
            return 0;
        *err = absent;
        return result;
    }
    result = remove_beneath(fd, last, 0, err);
    (void)close(fd);
    return result;
}

/* What the kernel says when a device has gone while it was open. */
static enum error_code read_error_code(int number)
{
    static const int gone[] = {ENODEV, ENXIO, ENOMEDIUM, ESHUTDOWN};

    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
        if (number == gone[i])
            return ERROR_MEDIUM_GONE;
    }
    return ERROR_IO;
}

int path_pread(int fd, void *out, size_t size, uint64_t offset, struct error *err)
{
    uint8_t *next = out;

    if (offset > INT64_MAX || size > (uint64_t)INT64_MAX - offset)
        return error_set(err, ERROR_MEDIUM_DAMAGED, "an offset beyond the end");
    while (size > 0) {
        ssize_t got = pread(fd, next, size, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, read_error_code(errno), errno, "reading");
        if (got == 0)
            return error_set(err, ERROR_MEDIUM_DAMAGED, "ends %zu bytes early", size);
        next += got;
        size -= (size_t)got;
        offset += (uint64_t)got;
    }
    return 0;
}

int path_write(int fd, const void *data, size_t size, struct error *err)
{
    const uint8_t *next = data;

    while (size > 0) {
        ssize_t put = write(fd, next, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_set_errno(err, ERROR_IO, errno, "writing");
        if (put == 0)
            return error_set(err, ERROR_IO, "writing: nothing was taken");
        next += put;
        size -= (size_t)put;
    }
    return 0;
}

int path_pwrite(int fd, const void *data, size_t size, uint64_t offset, struct error *err)
{
    const uint8_t *next = data;

    while (size > 0) {
        ssize_t put = pwrite(fd, next, size, (off_t)offset);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_set_errno(err, ERROR_IO, errno, "writing");
        if (put == 0)
            return error_set(err, ERROR_IO, "writing: nothing was taken");
        next += put;
        size -= (size_t)put;
        offset += (uint64_t)put;
    }
    return 0;
}

/* The parts that were taken are passed over; one that was taken in part is cut. */
static void pass_over(struct iovec **parts, size_t *count, size_t put)
{
    while (*count > 0 && put >= (*parts)->iov_len) {
        put -= (*parts)->iov_len;
        (*parts)++;
        (*count)--;
    }
    if (put > 0) {
        (*parts)->iov_base = (uint8_t *)(*parts)->iov_base + put;
        (*parts)->iov_len -= put;
    }
}

int path_pwritev(int fd, struct iovec *parts, size_t count, uint64_t offset, struct error *err)
{
    pass_over(&parts, &count, 0);
    while (count > 0) {
        ssize_t put = pwritev(fd, parts, (int)count, (off_t)offset);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_set_errno(err, ERROR_IO, errno, "writing");
        if (put == 0)
            return error_set(err, ERROR_IO, "writing: nothing was taken");
        pass_over(&parts, &count, (size_t)put);
        offset += (uint64_t)put;
    }
    return 0;
}
