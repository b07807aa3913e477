/* SPDX-License-Identifier: ISC
 *
 * The mirror's folder, who works in it, and where its things lie.
 *
 *   mirror.conf              its presence makes the folder a repository (settings.h)
 *   catalog.db               what there is (catalog.h)
 *   lock                     who works here
 *   root.pem                 the root certificate, for openssl -CAfile
 *   keys/                    role keys and their certificates, 0700
 *   root-key-MOVE-OFFLINE/   root key and root-sign key, unless init put them elsewhere
 *   pending/RING.p7m         sets that wait for more signatures
 *   scratch/                 emptied whenever a writer begins
 *   tree/sallyport/          the static tree (sallyport-set.5, Tree): a web server may serve tree/
 */
#ifndef MIRROR_REPOSITORY_H
#define MIRROR_REPOSITORY_H

#include <stdbool.h>

#include "media/base/error.h"
#include "mirror/catalog.h"
#include "mirror/settings.h"

#define REPOSITORY_CATALOG   "catalog.db"
#define REPOSITORY_LOCK      "lock"
#define REPOSITORY_ROOT_PEM  "root.pem"
#define REPOSITORY_KEYS      "keys"
#define REPOSITORY_ROOT_KEYS "root-key-MOVE-OFFLINE"
#define REPOSITORY_PENDING   "pending"
#define REPOSITORY_SCRATCH   "scratch"
#define REPOSITORY_TREE      "tree"

enum repository_use {
    REPOSITORY_SERVE, /* tree and settings only: whoever may read no more than those is enough */
    REPOSITORY_LOOK,  /* no lock: what is read is immutable, or SQLite's business */
    REPOSITORY_READ,  /* shared lock: nothing is taken away meanwhile */
    REPOSITORY_CHANGE /* the only writer; what a cut left in scratch/ and tree/ goes */
};

struct repository {
    char *folder;   /* as given */
    int fd;         /* of the folder */
    int tree_fd;    /* of tree/ */
    int scratch_fd; /* of scratch/; -1 unless REPOSITORY_CHANGE or _READ */
    int lock_fd;
    bool changes; /* REPOSITORY_CHANGE */
    struct settings settings;
    struct catalog *catalog;
};

/* Opens the repository in `folder` for a verb (named in the lock for others). ERROR_NOT_FOUND when
 * the folder is no repository, ERROR_LOCKED with the holder, ERROR_USAGE when it is a mirror of a
 * mirror and the verb signs. repository_close() it: a
 * writer takes scratch/ away with it. */
int repository_open(const char *folder, enum repository_use use, const char *verb,
                    struct repository **repository, struct error *err) ERROR_MUST_CHECK;
void repository_close(struct repository *repository);

/* Takes the lock file beneath a folder, making it. ERROR_LOCKED names process and verb. The lock
 * lasts until *fd is closed. */
int repository_lock(int folder_fd, bool exclusive, const char *verb, int *fd,
                    struct error *err) ERROR_MUST_CHECK;

/* The path of a name beneath the repository, or the name itself when it is absolute. The caller's
 * (free). */
char *repository_path(const struct repository *repository, const char *name);

/* Whether the root key can be read beside the repository: a WARN of every verb. */
bool repository_root_key_beside(const struct repository *repository);

#endif
