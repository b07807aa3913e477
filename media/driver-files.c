/* SPDX-License-Identifier: ISC */
#include "media/driver-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/driver-protocol.h"
#include "media/base/limits.h"
#include "media/base/path.h"

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(struct driver_files *files, const char *name, struct error *err)
{
    if (files->count >= LIMIT_DRIVER_FILES)
        return error_set(err, ERROR_LIMIT, "more than DRIVER_FILES, %d files", LIMIT_DRIVER_FILES);
    files->names[files->count++] = bytes_copy_string(name);
    return 0;
}

static int list_folder(int content_fd, const char *folder, unsigned depth,
                       struct driver_files *files, struct error *err);

static int list_entry(int content_fd, const char *name, unsigned depth, struct driver_files *files,
                      struct error *err)
{
    struct stat status;
    int result, fd;

    if (!path_name_valid(name, strlen(name)))
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s: not a safe name", name);
    if (path_open(content_fd, name, O_RDONLY | O_NONBLOCK, 0, &fd, err) < 0)
        return -(int)err->code;
    if (fstat(fd, &status) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "%s", name);
    else if (S_ISDIR(status.st_mode))
        result = list_folder(content_fd, name, depth + 1, files, err);
    else if (S_ISREG(status.st_mode))
        result = add_name(files, name, err);
    else
        result = error_set(err, ERROR_UNEXPECTED_FILE, "%s: neither file nor folder", name);
    close(fd);
    return result;
}

static int list_names(int content_fd, const char *folder, char **names, size_t count,
                      unsigned depth, struct driver_files *files, struct error *err)
{
    char name[LIMIT_PATH_BYTES + 1];
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        int length = snprintf(name, sizeof(name), "%s%s%s", folder, folder[0] ? "/" : "", names[i]);

        if (length < 0 || (size_t)length >= sizeof(name))
            result = error_set(err, ERROR_LIMIT, "a name is longer than PATH_BYTES");
        else
            result = list_entry(content_fd, name, depth, files, err);
    }
    return result;
}

static int list_folder(int content_fd, const char *folder, unsigned depth,
                       struct driver_files *files, struct error *err)
{
    char **names = NULL;
    size_t count = 0;
    int result, fd;

    if (depth > LIMIT_PATH_DEPTH)
        return error_set(err, ERROR_LIMIT, "folders deeper than PATH_DEPTH");
    if (path_open_folder(content_fd, folder[0] ? folder : ".", &fd, err) < 0)
        return -(int)err->code;
    result = path_list(fd, LIMIT_DRIVER_FILES, &names, &count, err);
    if (result == 0)
        result = list_names(content_fd, folder, names, count, depth, files, err);
    path_free_names(names, count);
    close(fd);
    return result;
}

int driver_files_list(int content_fd, struct driver_files *files, struct error *err)
{
    int result;

    files->count = 0;
    files->names = bytes_allocate(LIMIT_DRIVER_FILES, sizeof(files->names[0]));
    result = list_folder(content_fd, "", 1, files, err);
    if (result == 0 && files->count == 0)
        result = error_set(err, ERROR_BAD_CONTENT, "no files");
    if (result < 0)
        driver_files_clear(files);
    else
        qsort(files->names, files->count, sizeof(files->names[0]), compare_names);
    return result;
}

void driver_files_clear(struct driver_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->names[i]);
    free(files->names);
    *files = (struct driver_files){0};
}

int driver_files_open(const struct driver_files *files, size_t i, int content_fd, int *fd,
                      uint64_t *size, struct error *err)
{
    return path_open_regular(content_fd, files->names[i], LIMIT_DRIVER_FILE_BYTES, fd, size, err);
}

int driver_files_key(const struct bytes_view *key, int *fd, struct error *err)
{
    const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    int result;

    *fd = -1;
    if (key->size != DRIVER_KEY_BYTES)
        return error_set(err, ERROR_WRONG_SECRET, "a content key has %d bytes, not %zu",
                         DRIVER_KEY_BYTES, key->size);
    *fd = memfd_create("content-key", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (*fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "memory for the content key");
    result = path_write(*fd, key->data, key->size, err);
    if (result == 0 && fcntl(*fd, F_ADD_SEALS, seals) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "sealing the memory of the content key");
    if (result < 0)
        driver_files_close(fd);
    return result;
}

void driver_files_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}
