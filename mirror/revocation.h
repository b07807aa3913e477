/* SPDX-License-Identifier: ISC
 *
 * What is to be revoked: a certificate of ours, found by a name, its serial or its file, and the
 * authority that issued it.
 */
#ifndef MIRROR_REVOCATION_H
#define MIRROR_REVOCATION_H

#include "mirror/authority.h"
#include "mirror/key-view.h"

struct revocation {
    struct key_view view; /* the certificate first */
    char serial[2 * LIMIT_SERIAL_BYTES + 1];
    bool has_role; /* a leaf that mirror.conf or the folder knows the role of; else: a CA */
    enum document_role role;
    const struct authority *issuer; /* borrowed from the folder */
};

/* subject: a key of mirror.conf, a NAME.pem of the offline folder, a serial in hexadecimal of a
 * certificate in keys/ or in that folder, or a PEM file. revocation_clear() in every case.
 * ERROR_NOT_FOUND; ERROR_USAGE for a root CA. */
int revocation_find(const struct repository *repository, const struct authority_folder *authorities,
                    const char *subject, struct revocation *found,
                    struct error *err) ERROR_MUST_CHECK;
void revocation_clear(struct revocation *found);

/* Whether the keys that are left can sign again what may have to be. ERROR_NOT_FOUND names the verb
 * that makes more. */
int revocation_check_rest(const struct repository *repository, const struct root_document *root,
                          const struct revocation *found, struct error *err) ERROR_MUST_CHECK;

/* The next list of the issuer with this entry. *changed false: the newest list says as much, and
 * nothing was signed. */
int revocation_publish(const struct repository *repository,
                       const struct authority_folder *authorities, struct keyring *keyring,
                       const struct revocation *found, bool compromised, int64_t since_us,
                       uint64_t *number, bool *changed, struct error *err) ERROR_MUST_CHECK;

/* No key whose path holds the certificate is picked any more, by this process. */
int revocation_disuse(struct repository *repository, const struct revocation *found,
                      struct error *err) ERROR_MUST_CHECK;

/* Takes them out of mirror.conf: no verb picks them again. */
int revocation_retire(struct repository *repository, const struct revocation *found,
                      struct error *err) ERROR_MUST_CHECK;

#endif
