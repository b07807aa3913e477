/* SPDX-License-Identifier: ISC */
#include "agent/exclusion-user.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/account.h"
#include "media/base/bytes.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/path.h"

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
    return row->pw_uid >= ACCOUNT_PEOPLE && json_text_valid(row->pw_name, LIMIT_NAME_BYTES) &&
           row->pw_dir != NULL && row->pw_dir[0] == '/' && row->pw_dir[1] != '\0' &&
           json_text_valid(row->pw_dir, LIMIT_EXCLUSION_PATH) && account_lets_in(row);
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

/* What the rows of a passwd are gathered into. */
struct gathering {
    int root;
    struct exclusion_users *users;
};

static void add(void *context, const struct passwd *row)
{
    const struct gathering *gathering = context;
    struct exclusion_users *users = gathering->users;
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
    if (is_reachable(user->name, uid) && open_home(gathering->root, uid, user))
        users->count++;
}

int exclusion_users_open(int root, struct exclusion_users *users, struct error *err)
{
    struct gathering gathering = {root, users};

    *users = (struct exclusion_users){
        bytes_allocate(LIMIT_EXCLUSION_USERS + 1, sizeof(users->users[0])), 0};
    return account_each(root, add, &gathering, err);
}

void exclusion_users_clear(struct exclusion_users *users)
{
    for (size_t i = 0; i < users->count; i++)
        close(users->users[i].home);
    free(users->users);
    *users = (struct exclusion_users){NULL, 0};
}
