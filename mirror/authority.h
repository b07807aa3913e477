/* SPDX-License-Identifier: ISC
 *
 * The offline folder (--root-key-dir): root CAs, issuing CAs and root-sign leaves, as NAME.key with
 * NAME.pem beside. What each is, its certificate says, not its name. Opened for a ceremony only.
 */
#ifndef MIRROR_AUTHORITY_H
#define MIRROR_AUTHORITY_H

#include "media/certificate.h"
#include "media/key.h"
#include "media/trust.h"
#include "mirror/keyring.h"
#include "mirror/repository.h"

enum authority_kind { AUTHORITY_ROOT, AUTHORITY_ISSUING, AUTHORITY_ROOT_SIGN };

struct authority {
    char *name; /* without .pem */
    enum authority_kind kind;
    struct bytes pem; /* of the whole file, zero-terminated */
    struct bytes der; /* of its first certificate */
    struct certificate certificate;
    uint8_t key_id[DIGEST_BYTES]; /* of its key */
};

struct authority_folder {
    char *path; /* absolute */
    int fd;
    size_t count;
    struct authority *rows; /* by name */
};

/* Reads the certificates of `folder` (NULL: REPOSITORY_ROOT_KEYS of the repository). ERROR_NOT_FOUND
 * with the option when there is none. authority_close() in every case. */
int authority_open(const struct repository *repository, const char *folder,
                   struct authority_folder *authorities, struct error *err) ERROR_MUST_CHECK;
void authority_close(struct authority_folder *authorities);

/* Opens the private key of a row; it has its certificate as its path, and so can issue. */
int authority_key(const struct authority_folder *authorities, const struct authority *row,
                  struct keyring *keyring, struct key **key, struct error *err) ERROR_MUST_CHECK;

/* The row that issued a certificate (itself for a root); NULL when it is not here. */
const struct authority *authority_issuer(const struct authority_folder *authorities,
                                         const struct certificate *certificate);

/* The newest row of a kind that is valid at that instant, not revoked by the lists of the
 * repository, and whose root is one of the root document's (root_index, or any where it is
 * SIZE_MAX); NULL: none. */
#define AUTHORITY_ANY_ROOT SIZE_MAX
const struct authority *authority_newest(const struct authority_folder *authorities,
                                         const struct repository *repository,
                                         const struct root_document *root, size_t root_index,
                                         enum authority_kind kind, int64_t at_us);

/* Which root of the root document a row is, or was issued by; -1: none. */
int authority_root_index(const struct authority *row, const struct root_document *root);

/* A name that no file of the folder has: "root", "root-2", ... with the same number for all kinds.
 * Returns the number, from 1. */
unsigned authority_free_number(const struct authority_folder *authorities);

/* "issuing", "issuing-2": the name of a kind with a number. Returns out. */
const char *authority_name(enum authority_kind kind, unsigned number, char out[static 32]);

#endif
