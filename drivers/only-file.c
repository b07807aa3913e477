/* SPDX-License-Identifier: ISC */
#include "drivers/only-file.h"

#include <string.h>

#include "media/base/path.h"

static bool is_accompanying(const char *name)
{
    return strncmp(name, "README", 6) == 0 || strncmp(name, "LICENSE", 7) == 0;
}

static int find_file(const struct driver_content *content, const char *wanted,
                     const struct driver_file **file, struct error *err)
{
    *file = NULL;
    for (size_t i = 0; i < content->file_count; i++) {
        const char *name = content->files[i].name;

        if (strcmp(name, wanted) == 0)
            *file = &content->files[i];
        else if (!is_accompanying(name))
            return error_set(err, ERROR_BAD_CONTENT, "%s: %s: expected only %s", content->type,
                             name, wanted);
    }
    if (*file == NULL)
        return error_set(err, ERROR_BAD_CONTENT, "%s: no %s", content->type, wanted);
    return 0;
}

int only_file_read(const struct driver_content *content, const char *name, size_t limit,
                   const char *limit_name, struct bytes *text, struct error *err)
{
    const struct driver_file *file;
    uint8_t *place;
    int result;

    bytes_init(text, limit);
    result = find_file(content, name, &file, err);
    if (result < 0)
        return result;
    driver_at(content, file->name, 0, NULL);
    if (file->size > limit)
        return error_set(err, ERROR_BAD_CONTENT, "%s: %s: larger than %s, %zu bytes", content->type,
                         file->name, limit_name, limit);
    result = bytes_reserve(text, (size_t)file->size, &place, err);
    return result < 0 ? result : path_pread(file->fd, place, (size_t)file->size, 0, err);
}
