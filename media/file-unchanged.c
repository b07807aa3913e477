/* SPDX-License-Identifier: ISC */
#include "media/file-unchanged.h"

#include <errno.h>

int file_unchanged(int fd, const struct stat *before, struct error *err)
{
    struct stat after;

    if (fstat(fd, &after) < 0)
        return error_set_errno(err, ERROR_IO, errno, "fstat");
    if (after.st_size != before->st_size || after.st_mtim.tv_sec != before->st_mtim.tv_sec ||
        after.st_mtim.tv_nsec != before->st_mtim.tv_nsec)
        return error_set(err, ERROR_IO, "changed while it was read");
    return 0;
}
