/* SPDX-License-Identifier: ISC */
#include "agent/exclusion-user.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/path.h"

#define PEOPLE 1000 /* UID_MIN of login.defs(5) on Debian */

static bool lets_in(const char *shell)
{
    const char *last = strrchr(shell, '/');

    last = last != NULL ? last + 1 : shell;
    return strcmp(last, "nologin") != 0 && strcmp(last, "false") != 0;
}

/* Whether we can become this user, and the system's row says the same as the folder's. */
static bool is_reachable(const char *name, uid_t uid)
{
    const struct passwd *known;

    if (geteuid() != 0)
        return uid == geteuid();
    known = getpwnam(name);
    return known != NULL && known->pw_uid == uid;
}

static bool is_wanted(const struct passwd *row)
{
    return row->pw_uid >= PEOPLE && json_text_valid(row->pw_name, LIMIT_NAME_BYTES) &&
           row->pw_dir != NULL && row->pw_dir[0] == '/' && row->pw_dir[1] != '\0' &&
           json_text_valid(row->pw_dir, LIMIT_EXCLUSION_PATH) && lets_in(row->pw_shell);
}

/* A link, another's folder, or one that anybody may write to is no home to look at. */
static bool open_home(int root, uid_t uid, struct exclusion_user *user)
{
    struct stat status;
    struct error err;

    if (path_open(root, user->home_path + 1, O_PATH | O_DIRECTORY, 0, &user->home, &err) < 0)
        return false;
    if (fstat(user->home, &status) == 0 && status.st_uid == uid &&
        (status.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return true;
    close(user->home);
    return false;
}

static void add(int root, const struct passwd *row, struct exclusion_users *users)
{
    struct exclusion_user *user = &users->users[users->count];
    uid_t uid = row->pw_uid;
    size_t size;

    if (!is_wanted(row))
        return;
    if (users->count == LIMIT_EXCLUSION_USERS) {
        log_write(LOG_LEVEL_WARN, "more than %d users: userappfeed looks at the first alone",
                  LIMIT_EXCLUSION_USERS);
        return;
    }
    snprintf(user->name, sizeof(user->name), "%s", row->pw_name);
    snprintf(user->home_path, sizeof(user->home_path), "%s", row->pw_dir);
    size = strlen(user->home_path);
    if (user->home_path[size - 1] == '/')
        user->home_path[size - 1] = '\0';
    if (is_reachable(user->name, uid) && open_home(root, uid, user))
        users->count++;
}

int exclusion_users_open(int root, struct exclusion_users *users, struct error *err)
{
    const struct passwd *row;
    FILE *file;
    int fd, result;

    *users = (struct exclusion_users){
        bytes_allocate(LIMIT_EXCLUSION_USERS + 1, sizeof(users->users[0])), 0};
    result = path_open(root, "etc/passwd", O_RDONLY, 0, &fd, err);
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
        add(root, row, users);
    fclose(file);
    return 0;
}

void exclusion_users_clear(struct exclusion_users *users)
{
    for (size_t i = 0; i < users->count; i++)
        close(users->users[i].home);
    free(users->users);
    *users = (struct exclusion_users){NULL, 0};
}
