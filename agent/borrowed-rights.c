/* SPDX-License-Identifier: ISC */
#include "agent/borrowed-rights.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include "media/base/log.h"

/* Both calls answer with the id before, and never with an error: asking for one that there can't be
 * tells which is in force. */
static uid_t fsuid_now(void)
{
    return (uid_t)setfsuid((uid_t)-1);
}

static gid_t fsgid_now(void)
{
    return (gid_t)setfsgid((gid_t)-1);
}

int borrowed_rights_take(const struct borrowed_rights *rights, struct error *err)
{
    if (geteuid() != 0)
        return 0;
    if (setgroups(rights->group_count, rights->groups) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "groups of the client");
    (void)setfsgid(rights->gid);
    (void)setfsuid(rights->uid);
    if (fsuid_now() == rights->uid && fsgid_now() == rights->gid)
        return 0;
    borrowed_rights_return();
    return error_set(err, ERROR_SANDBOX, "the file rights of uid %u can't be had", rights->uid);
}

void borrowed_rights_return(void)
{
    if (geteuid() != 0)
        return;
    (void)setfsuid(0);
    (void)setfsgid(getegid());
    if (fsuid_now() == 0 && fsgid_now() == getegid() && setgroups(0, NULL) == 0)
        return;
    log_write(LOG_LEVEL_ERROR, "own file rights don't come back");
    abort();
}
