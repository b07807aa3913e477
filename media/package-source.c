/* SPDX-License-Identifier: ISC */
#include "media/package-source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/path.h"

static int add(struct package_source *source, char *name, struct error *err)
{
    if (source->count == LIMIT_PACKAGE_FILES) {
        free(name);
        return error_set(err, ERROR_LIMIT, "more files than PACKAGE_FILES, %d",
                         LIMIT_PACKAGE_FILES);
    }
    if (source->count == source->capacity) {
        uint32_t capacity = source->capacity ? source->capacity * 2 : 64;
        char **grown = bytes_allocate(capacity, sizeof(*grown));

        if (source->count > 0)
            memcpy(grown, source->names, source->count * sizeof(*grown));
        free(source->names);
        source->names = grown;
        source->capacity = capacity;
    }
    source->names[source->count++] = name;
    return 0;
}

static char *join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *joined = bytes_allocate(1, size);

    snprintf(joined, size, "%s%s%s", folder, *folder != '\0' ? "/" : "", name);
    return joined;
}

static int list_folder(struct package_source *source, int folder_fd, const char *folder,
                       struct error *err);

static int list_below(struct package_source *source, int above_fd, const char *name,
                      const char *path, struct error *err)
{
    int fd;
    int result = path_open_folder(above_fd, name, &fd, err);

    if (result < 0)
        return result;
    result = list_folder(source, fd, path, err);
    close(fd);
    return result;
}

/* Depth is bounded by the rule for whole names, which is asked of folders too. */
static int list_name(struct package_source *source, int folder_fd, const char *name, char *path,
                     struct error *err)
{
    struct stat status;
    int result;

    if (!path_name_valid(path, strlen(path)))
        result =
            error_set(err, ERROR_BAD_CONTENT, "%s: the name breaks the rules for file names", path);
    else if (fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "%s", path);
    else if (S_ISREG(status.st_mode))
        return add(source, path, err);
    else if (S_ISDIR(status.st_mode))
        result = list_below(source, folder_fd, name, path, err);
    else
        result = error_set(err, ERROR_BAD_CONTENT, "%s: neither a regular file nor a folder", path);
    free(path);
    return result;
}

static int list_folder(struct package_source *source, int folder_fd, const char *folder,
                       struct error *err)
{
    char **names = NULL;
    size_t count = 0;
    int result = path_list(folder_fd, LIMIT_PACKAGE_FILES, &names, &count, err);

    for (size_t i = 0; i < count && result == 0; i++)
        result = list_name(source, folder_fd, names[i], join(folder, names[i]), err);
    path_free_names(names, count);
    return result;
}

static int name_compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

int package_source_list(int folder_fd, struct package_source *source, struct error *err)
{
    int result;

    *source = (struct package_source){0};
    result = list_folder(source, folder_fd, "", err);
    if (result == 0 && source->count == 0)
        result = error_set(err, ERROR_BAD_CONTENT, "the source folder holds no files");
    if (result == 0)
        qsort(source->names, source->count, sizeof(*source->names), name_compare);
    return result;
}

static int open_held(int held, int *fd, uint64_t *size, struct error *err)
{
    struct stat status;

    *fd = fcntl(held, F_DUPFD_CLOEXEC, 0);
    if (*fd < 0 || fstat(*fd, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "another descriptor");
    *size = (uint64_t)status.st_size;
    if (*size > LIMIT_CONTENT_BYTES)
        return error_set(err, ERROR_LIMIT, "larger than CONTENT_BYTES");
    return 0;
}

int package_source_open(const struct package_source *source, int folder_fd, uint32_t i, int *fd,
                        uint64_t *size, struct error *err)
{
    int result;

    if (source->fds == NULL)
        return path_open_regular(folder_fd, source->names[i], LIMIT_CONTENT_BYTES, fd, size, err);
    result = open_held(source->fds[i], fd, size, err);
    if (result < 0 && *fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
    return result;
}

void package_source_clear(struct package_source *source)
{
    for (uint32_t i = 0; i < source->count; i++) {
        free(source->names[i]);
        if (source->fds != NULL && source->fds[i] >= 0)
            (void)close(source->fds[i]);
    }
    free(source->fds);
    free(source->names);
    *source = (struct package_source){0};
}
