/* SPDX-License-Identifier: ISC */
#include "tui/output-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/publish.h"

/* publish_file keeps beneath a folder; what the caller named may lie anywhere. */
static int open_folder(const char *path, int *fd, const char **name, struct error *err)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash != NULL ? (size_t)(slash - path) : 0;
    char *folder = bytes_allocate(1, size + 2);
    int result = 0;

    *name = slash != NULL ? slash + 1 : path;
    if (slash == NULL)
        folder[0] = '.';
    else
        memcpy(folder, path, size > 0 ? size : 1);
    *fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if ((*name)[0] == '\0')
        result = error_set(err, ERROR_USAGE, "%s: names a folder, not a file", path);
    else if (*fd < 0)
        result = error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno,
                                 "%s: folder %s", path, folder);
    if (result < 0 && *fd >= 0)
        close(*fd);
    free(folder);
    return result;
}

int output_file(const char *path, const void *data, size_t size, bool replace, struct error *err)
{
    struct stat status;
    const char *name;
    int folder, result;

    if (open_folder(path, &folder, &name, err) < 0)
        return -(int)err->code;
    /* Whoever makes the same name in between is not overwritten either: publish_new_file. */
    if (!replace && fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        result = error_set(err, ERROR_USAGE, "%s is there already; --force replaces it", path);
    else if (replace)
        result = publish_file(folder, name, data, size, 0644, err);
    else
        result = publish_new_file(folder, name, data, size, 0644, err);
    close(folder);
    return result;
}

int output_file_json(const char *path, const json_t *document, bool replace, struct error *err)
{
    struct bytes text;
    int result;

    bytes_init(&text, LIMIT_MESSAGE_BYTES);
    result = json_write(document, &text, err);
    if (result == 0)
        result = bytes_put_u8(&text, '\n', err);
    if (result == 0)
        result = output_file(path, text.data, text.size, replace, err);
    bytes_clear(&text);
    return result;
}
