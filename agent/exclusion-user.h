/* SPDX-License-Identifier: ISC
 *
 * The people of this endpoint whose homes userappfeed looks at: rows of the root folder's etc/passwd
 * (local accounts; nobody else is asked) with a number from 1000 on, a shell that lets them in, and a
 * home that is theirs. An agent that is not root looks at its own user's alone.
 */
#ifndef AGENT_EXCLUSION_USER_H
#define AGENT_EXCLUSION_USER_H

#include <stddef.h>
#include <sys/types.h>

#include "media/base/error.h"
#include "media/base/limits.h"

struct exclusion_user {
    char name[LIMIT_NAME_BYTES + 1];
    char home_path[LIMIT_EXCLUSION_PATH + 1]; /* absolute, without a slash at its end */
    int home;                                 /* the folder, O_PATH */
};

struct exclusion_users {
    struct exclusion_user *users;
    size_t count;
};

/* root: the root folder; stays the caller's. Without a passwd there are none. More than
 * LIMIT_EXCLUSION_USERS: the first ones, and a log line. exclusion_users_clear() in every case. */
int exclusion_users_open(int root, struct exclusion_users *users,
                         struct error *err) ERROR_MUST_CHECK;
void exclusion_users_clear(struct exclusion_users *users);

#endif
