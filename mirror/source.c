/* SPDX-License-Identifier: ISC */
#include "mirror/source.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/path.h"
#include "mirror/source-archive.h"
#include "mirror/source-hold.h"

#define COPY_BYTES (256 * KIB)
#define INPUT_NAME "input"

static const char *last_component(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash == NULL ? name : slash + 1;
}

/* Whether a file name (its last component) belongs to a type; *left_out: README and LICENSE. */
static bool name_matches(const struct content_type *type, const char *name, bool *left_out)
{
    const char *last = last_component(name);

    *left_out = fnmatch("README*", last, 0) == 0 || fnmatch("LICENSE*", last, 0) == 0;
    if (*left_out)
        return true;
    for (size_t i = 0; type->patterns[i] != NULL; i++) {
        if (fnmatch(type->patterns[i], last, 0) == 0)
            return true;
    }
    return false;
}

static int refuse_name(const struct content_type *type, const char *name, struct error *err)
{
    char patterns[256] = "";
    size_t used = 0;

    for (size_t i = 0; type->patterns[i] != NULL && used < sizeof(patterns) - 1; i++)
        used +=
            (size_t)snprintf(patterns + used, sizeof(patterns) - used, " %s", type->patterns[i]);
    return error_set(err, ERROR_BAD_CONTENT, "%s: a file of type %s is named like one of:%s", name,
                     type->name, patterns);
}

/* Makes the file that `name` gets in the staging folder. */
static int make_file(int folder_fd, const char *name, int *fd, struct error *err)
{
    char folder[LIMIT_PATH_BYTES + 1];
    const char *slash = strrchr(name, '/');
    int result = 0;

    if (!path_name_valid(name, strlen(name)))
        return error_set(err, ERROR_BAD_CONTENT,
                         "%s: names are A-Z a-z 0-9 . _ - and / between, at most %d deep", name,
                         LIMIT_PATH_DEPTH);
    if (slash != NULL) {
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - name), name);
        result = path_make_folders(folder_fd, folder, 0700, err);
    }
    if (result == 0)
        result = path_open(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600, fd, err);
    if (result < 0 && faccessat(folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        result = error_set(err, ERROR_BAD_CONTENT, "%s: twice in the source", name);
    return result;
}

static int copy_bytes(int from, int to, uint64_t *copied, struct error *err)
{
    uint8_t *buffer = bytes_allocate(1, COPY_BYTES);
    ssize_t got;
    int result = 0;

    *copied = 0;
    while (result == 0 && (got = read(from, buffer, COPY_BYTES)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            result = error_set_errno(err, ERROR_IO, errno, "reading");
            break;
        }
        *copied += (uint64_t)got;
        if (*copied > LIMIT_CONTENT_BYTES)
            result = error_set(err, ERROR_LIMIT, "more than %lu bytes (CONTENT_BYTES)",
                               LIMIT_CONTENT_BYTES);
        else
            result = path_write(to, buffer, (size_t)got, err);
    }
    free(buffer);
    return result;
}

static bool is_same(const struct stat *before, const struct stat *after)
{
    return before->st_size == after->st_size && before->st_mtim.tv_sec == after->st_mtim.tv_sec &&
           before->st_mtim.tv_nsec == after->st_mtim.tv_nsec &&
           before->st_ctim.tv_sec == after->st_ctim.tv_sec &&
           before->st_ctim.tv_nsec == after->st_ctim.tv_nsec;
}

/* Half of one version and half of the next is neither. */
static int copy_file(int from, const char *name, int folder_fd, struct error *err)
{
    struct stat before, after;
    uint64_t copied;
    int to;
    int result = make_file(folder_fd, name, &to, err);

    if (result < 0)
        return result;
    if (fstat(from, &before) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "reading");
    if (result == 0)
        result = copy_bytes(from, to, &copied, err);
    if (result == 0 &&
        (fstat(from, &after) < 0 || !is_same(&before, &after) || copied != (uint64_t)after.st_size))
        result = error_set(err, ERROR_BAD_CONTENT, "changed while it was read");
    (void)close(to);
    return result < 0 ? error_context(err, "%s", name) : 0;
}

/* What is left of a list without what is left out; or refuses a name. */
static int choose_names(const struct content_type *type, struct package_source *list,
                        struct error *err)
{
    uint32_t kept = 0;
    int result = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        bool left_out;

        if (result == 0 && !name_matches(type, list->names[i], &left_out))
            result = refuse_name(type, list->names[i], err);
        if (result == 0 && left_out)
            free(list->names[i]);
        else
            list->names[kept++] = list->names[i];
    }
    list->count = kept;
    return result;
}

static int copy_listed(int source_fd, const struct package_source *list, int folder_fd,
                       struct error *err)
{
    int result = 0;

    for (uint32_t i = 0; i < list->count && result == 0; i++) {
        uint64_t size;
        int from;

        result = package_source_open(list, source_fd, i, &from, &size, err);
        if (result < 0)
            break;
        result = copy_file(from, list->names[i], folder_fd, err);
        (void)close(from);
    }
    return result;
}

static int stage_folder(int source_fd, const struct content_type *type, int folder_fd,
                        struct package_source *held, uint32_t *files, struct error *err)
{
    struct package_source list = {0};
    int result = package_source_list(source_fd, &list, err);

    if (result == 0)
        result = choose_names(type, &list, err);
    if (result == 0) {
        *files = list.count;
        if (held != NULL && list.count > 0 && source_hold(source_fd, &list)) {
            *held = list;
            return 0;
        }
        result = copy_listed(source_fd, &list, folder_fd, err);
    }
    package_source_clear(&list);
    return result;
}

/* What came out of an archive, by the rules for a folder: it is the content now. */
static int sort_out(const struct content_type *type, int folder_fd, uint32_t *files,
                    struct error *err)
{
    struct package_source list = {0};
    int result = package_source_list(folder_fd, &list, err);

    for (uint32_t i = 0; i < list.count && result == 0; i++) {
        bool left_out;

        if (!name_matches(type, list.names[i], &left_out))
            result = refuse_name(type, list.names[i], err);
        else if (left_out)
            result = path_remove(folder_fd, list.names[i], err);
        else
            (*files)++;
    }
    package_source_clear(&list);
    return result;
}

static int stage_archive(int source_fd, const char *name, const struct content_type *type,
                         const char *libexec, int folder_fd, uint32_t *files, struct error *err)
{
    bool is;
    int result = source_archive_unpack(libexec, source_fd, folder_fd, &is, err);

    if (result == 0 && !is)
        return refuse_name(type, name, err);
    if (result == 0)
        result = sort_out(type, folder_fd, files, err);
    return result < 0 ? error_context(err, "%s", name) : 0;
}

/* A file whose name fits the type is content; any other is taken for an archive. */
static int stage_single(int source_fd, const char *source, const struct content_type *type,
                        const char *libexec, int folder_fd, uint32_t *files, struct error *err)
{
    bool left_out;

    if (name_matches(type, source, &left_out) && !left_out) {
        *files = 1;
        return copy_file(source_fd, last_component(source), folder_fd, err);
    }
    return stage_archive(source_fd, last_component(source), type, libexec, folder_fd, files, err);
}

/* Some archives are read from their end: a pipe is kept first, in a file without a name. */
static int stage_input(const struct content_type *type, const char *libexec, int folder_fd,
                       uint32_t *files, struct error *err)
{
    uint64_t copied;
    int fd;
    int result;

    if (isatty(STDIN_FILENO) == 1)
        return error_set(err, ERROR_USAGE, "standard input is a terminal: give it an archive");
    result = path_open(folder_fd, INPUT_NAME, O_RDWR | O_CREAT | O_EXCL, 0600, &fd, err);
    if (result < 0)
        return result;
    if (unlinkat(folder_fd, INPUT_NAME, 0) < 0)
        result = error_set_errno(err, ERROR_IO, errno, INPUT_NAME);
    if (result == 0)
        result = copy_bytes(STDIN_FILENO, fd, &copied, err);
    if (result == 0)
        result = stage_archive(fd, "standard input", type, libexec, folder_fd, files, err);
    (void)close(fd);
    return result;
}

static int stage_named(const char *source, const struct content_type *type, const char *libexec,
                       int folder_fd, struct package_source *held, uint32_t *files,
                       struct error *err)
{
    struct stat status;
    int fd = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int result;

    if (fd < 0)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s",
                               source);
    if (fstat(fd, &status) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "%s", source);
    else if (S_ISDIR(status.st_mode))
        result = stage_folder(fd, type, folder_fd, held, files, err);
    else if (S_ISREG(status.st_mode))
        result = stage_single(fd, source, type, libexec, folder_fd, files, err);
    else
        result = error_set(err, ERROR_BAD_CONTENT, "%s: neither a folder nor a file", source);
    (void)close(fd);
    return result;
}

int source_stage(const char *source, const struct content_type *type, const char *libexec,
                 int folder_fd, struct package_source *held, uint32_t *files, struct error *err)
{
    int result;

    *files = 0;
    if (strcmp(source, "-") == 0)
        result = stage_input(type, libexec, folder_fd, files, err);
    else
        result = stage_named(source, type, libexec, folder_fd, held, files, err);
    if (result == 0 && *files == 0)
        result =
            error_set(err, ERROR_BAD_CONTENT, "%s: no file of type %s in it", source, type->name);
    return result;
}
