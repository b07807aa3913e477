/* SPDX-License-Identifier: ISC */
#include "agent/exclusion-account.h"

#include <string.h>

#include "agent/account.h"

#define STATE_PLACE "/var/lib/"

struct search {
    uid_t owner;
    bool known, software;
};

static bool is_software(const struct passwd *row)
{
    if (row->pw_uid == 0 || row->pw_uid >= ACCOUNT_PEOPLE)
        return false;
    return !account_lets_in(row) || strncmp(row->pw_dir, STATE_PLACE, strlen(STATE_PLACE)) == 0;
}

static void take(void *context, const struct passwd *row)
{
    struct search *search = context;

    if (row->pw_uid != search->owner)
        return;
    search->known = true;
    search->software = search->software && is_software(row);
}

bool exclusion_account_is_software(int root, uid_t owner)
{
    struct search search = {.owner = owner, .software = true};
    struct error ignored;

    return account_each(root, take, &search, &ignored) == 0 && search.known && search.software;
}

struct homes {
    const char *folder;
    size_t size; /* without a slash at its end */
    bool found;
};

static void take_home(void *context, const struct passwd *row)
{
    struct homes *homes = context;
    const char *home = row->pw_dir;

    if (row->pw_uid >= ACCOUNT_PEOPLE && strncmp(home, homes->folder, homes->size) == 0 &&
        (home[homes->size] == '/' || home[homes->size] == '\0'))
        homes->found = true;
}

bool exclusion_account_lives_in(int root, const char *folder)
{
    size_t size = strlen(folder);
    struct homes homes = {.folder = folder, .size = size - (folder[size - 1] == '/')};
    struct error ignored;

    return account_each(root, take_home, &homes, &ignored) < 0 || homes.found;
}
