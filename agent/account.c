/* SPDX-License-Identifier: ISC */
#include "agent/account.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"

int account_each(int root, void (*take)(void *context, const struct passwd *row), void *context,
                 struct error *err)
{
    const struct passwd *row;
    FILE *file;
    int fd, result = path_open(root, "etc/passwd", O_RDONLY, 0, &fd, err);

    if (result == -ERROR_NOT_FOUND)
        return 0;
    if (result < 0)
        return result;
    file = fdopen(fd, "r");
    if (file == NULL) {
        close(fd);
        return error_set_errno(err, ERROR_IO, errno, "etc/passwd");
    }
    while ((row = fgetpwent(file)) != NULL)
        take(context, row);
    fclose(file);
    return 0;
}

bool account_lets_in(const struct passwd *row)
{
    const char *last = strrchr(row->pw_shell, '/');

    last = last != NULL ? last + 1 : row->pw_shell;
    return strcmp(last, "nologin") != 0 && strcmp(last, "false") != 0;
}
