/* SPDX-License-Identifier: ISC */
#include "tui/medium-name.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "media/base/json.h"

static int copy_name(const char *given, const char *found, char name[static LIMIT_NAME_BYTES + 1],
                     struct error *err)
{
    if (!json_name_valid(found))
        return error_set(
            err, ERROR_USAGE,
            "%s: expected a port (1-4.2), a block device (/dev/sdb) or a folder on one", given);
    snprintf(name, LIMIT_NAME_BYTES + 1, "%s", found);
    return 0;
}

int medium_name_read(const char *given, char name[static LIMIT_NAME_BYTES + 1], struct error *err)
{
    char path[PATH_MAX], folder[PATH_MAX];
    struct stat status;
    dev_t number;

    if (strchr(given, '/') == NULL)
        return copy_name(given, given, name, err);
    if (stat(given, &status) < 0)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s",
                               given);
    number = S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev;
    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(number), minor(number));
    if (realpath(path, folder) == NULL)
        return error_set(err, ERROR_NOT_FOUND, "%s is on no block device", given);
    return copy_name(given, strrchr(folder, '/') + 1, name, err);
}
