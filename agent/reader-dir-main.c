/* SPDX-License-Identifier: ISC
 *
 * sallyport-reader-dir: bytes by name from a folder. Sees that folder and nothing else, writes to
 * the client's ring only. The protocol is in media/base/reader.h.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/reader-serve.h"
#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/sandbox.h"
#include "media/base/spawn.h"

#define FOLDER_FD    SPAWN_FD_FIRST
#define MEMORY_BYTES (512 * MIB)
#define OPEN_FILES   32

/* The file that is open: reads of one pack come in a row. */
struct open_file {
    char *name; /* NULL: none */
    int fd;
    uint64_t size;
};

/* What the system said, in the codes of a medium. A folder that was deleted or unmounted under us
 * shows as absent names; it is the folder itself that tells. */
static int translate(struct error *err, int number)
{
    static const struct {
        int number;
        enum error_code code;
    } rows[] = {
        {EIO, ERROR_MEDIUM_DAMAGED},      {EBADMSG, ERROR_MEDIUM_DAMAGED},
        {ENODEV, ERROR_MEDIUM_GONE},      {ENXIO, ERROR_MEDIUM_GONE},
        {ENOMEDIUM, ERROR_MEDIUM_GONE},   {ESHUTDOWN, ERROR_MEDIUM_GONE},
        {ESTALE, ERROR_MEDIUM_GONE},      {ELOOP, ERROR_UNEXPECTED_FILE},
        {ENOTDIR, ERROR_UNEXPECTED_FILE},
    };
    struct stat status;

    if (err->code != ERROR_IO && err->code != ERROR_NOT_FOUND)
        return -(int)err->code;
    if (fstat(FOLDER_FD, &status) < 0 || status.st_nlink == 0)
        return error_set(err, ERROR_MEDIUM_GONE, "the folder was removed");
    for (size_t i = 0; err->code == ERROR_IO && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].number == number)
            err->code = rows[i].code;
    }
    return -(int)err->code;
}

static void forget_file(struct open_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    free(file->name);
    file->fd = -1;
    file->name = NULL;
}

static int open_named(struct open_file *file, const char *name, struct error *err)
{
    if (file->name != NULL && strcmp(file->name, name) == 0)
        return 0;
    forget_file(file);
    errno = 0;
    if (path_open_regular(FOLDER_FD, name, UINT64_MAX, &file->fd, &file->size, err) < 0)
        return translate(err, errno);
    file->name = bytes_copy_string(name);
    return 0;
}

static int list_folder(void *context, const char *folder, char ***names, size_t *count,
                       struct error *err)
{
    int fd = -1;
    int result;

    errno = 0;
    result = path_open_folder(FOLDER_FD, folder, &fd, err);
    if (result == 0)
        result = path_list(fd, LIMIT_FOLDER_NAMES, names, count, err);
    if (result < 0)
        result = translate(err, errno);
    if (fd >= 0)
        close(fd);
    return result;
}

static int size_of(void *context, const char *name, uint64_t *size, struct error *err)
{
    struct open_file *file = context;
    int result = open_named(file, name, err);

    *size = file->size;
    return result;
}

static int read_bytes(void *context, const char *name, uint64_t offset, uint8_t *out, size_t size,
                      struct error *err)
{
    struct open_file *file = context;
    int result = open_named(file, name, err);

    if (result < 0)
        return result;
    errno = 0;
    if (path_pread(file->fd, out, size, offset, err) < 0)
        return translate(err, errno);
    return 0;
}

static int confine(struct error *err)
{
    static const struct sandbox_call calls[] = {
        {SYS_openat2, "files and folders beneath the source", -1, 0, 0},
        {SYS_getdents64, "names in folders of the source", -1, 0, 0},
    };
    const struct sandbox_folder folder = {.fd = FOLDER_FD, .write = false};
    const struct sandbox_profile profile = {
        .name = "reader-dir",
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
        .folders = &folder,
        .folder_count = 1,
        .memory_bytes = MEMORY_BYTES,
        .open_files = OPEN_FILES,
    };
    int result = sandbox_enter(&profile, err);

    return result == 0 ? sandbox_seal(&profile, err) : result;
}

int main(void)
{
    static const struct reader_methods methods = {list_folder, size_of, read_bytes};
    struct open_file file = {.fd = -1};
    struct error err = {0};
    int result;

    log_open("reader-dir", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    result = confine(&err);
    if (result == 0)
        result = reader_serve(&methods, &file, &err);
    forget_file(&file);
    if (result < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err.code), err.words);
    return result < 0 ? 1 : 0;
}
