/* SPDX-License-Identifier: ISC
 *
 * Another certified key: the successor of one that mirror.conf names, or one more of a role. The new
 * key is made here, or lies in a token already.
 */
#ifndef MIRROR_KEY_ISSUE_H
#define MIRROR_KEY_ISSUE_H

#include "media/key.h"
#include "media/root.h"
#include "mirror/authority.h"

#define KEY_ISSUE_NAME_BYTES 40 /* "[key NAME.999]" is a section that mirror.conf can have */

struct key_issue {
    struct repository *repository; /* these are borrowed */
    const struct authority_folder *authorities;
    struct keyring *keyring;
    const struct root_document *root;
    enum document_role role;         /* not ROLE_ROOT */
    const struct settings_key *like; /* whom it succeeds; NULL: it is one more */
    const char *name;                /* of one more; of a successor: like->name */
    const char *token;               /* pkcs11: URI of its key; NULL: made here */
    const char *secret;              /* its passphrase or PIN; NULL: unprotected */
    uint64_t days;                   /* 0: the role's */
    /* out */
    char renamed[LIMIT_NAME_BYTES + 1]; /* how the one before is called now; "" for one more */
    char locator[LIMIT_PATH_BYTES + 1];
    int64_t not_after_us;
    bool revoked_before; /* the one before was put on the list: see key_issue_supersedes */
};

/* Whether more than one signature of a role is asked for somewhere. Then two keys must be two
 * people, and a key whose successor is there must not sign beside it. */
bool key_issue_supersedes(const struct root_document *root, enum document_role role);

/* Certifies the key under the newest good issuing CA of the folder, writes it to keys/ and names it
 * in mirror.conf, last. ERROR_USAGE where the secret also opens another holder's key. */
int key_issue_leaf(struct key_issue *issue, struct error *err) ERROR_MUST_CHECK;

/* A new root-sign leaf for each root of the root document whose key is in the folder, written there.
 * *count how many. */
int key_issue_root_sign(const struct key_issue *issue, size_t *count,
                        struct error *err) ERROR_MUST_CHECK;

#endif
