/* SPDX-License-Identifier: ISC
 *
 * The revocation list of one issuer, as the tree has it, and its successor: always the newest
 * number plus one, with every entry of the one before.
 */
#ifndef MIRROR_REVOCATION_LIST_H
#define MIRROR_REVOCATION_LIST_H

#include "media/certificate.h"
#include "media/certify.h"
#include "media/crl.h"
#include "media/document.h"
#include "mirror/repository.h"

#define REVOCATION_LIST_DAYS 400 /* nextUpdate; past it endpoints show the list's age */

struct revocation_list {
    struct bytes der; /* of the newest list; empty: there is none yet */
    struct crl crl;   /* borrows from der */
    size_t count, capacity;
    struct certify_revocation *entries; /* serials borrow from der, or from whoever added them */
};

/* The newest list of the tree by the issuer's key (SHA-384 of its SPKI). revocation_list_clear() in
 * every case. */
int revocation_list_read(const struct repository *repository,
                         const uint8_t issuer[static DIGEST_BYTES], struct revocation_list *list,
                         struct error *err) ERROR_MUST_CHECK;
void revocation_list_clear(struct revocation_list *list);

/* Adds an entry, or makes the entry of that serial worse: compromise, or an earlier date. *changed
 * false: the list says as much already. The serial is borrowed until the list is published. */
void revocation_list_add(struct revocation_list *list, const struct certify_revocation *entry,
                         bool *changed);

/* Signs the list as the next number and writes it beneath tree_fd. issuer has its certificate as its
 * path. *number is the new one. */
int revocation_list_publish(const struct revocation_list *list, const struct key *issuer,
                            int tree_fd, int64_t now_us, uint64_t *number,
                            struct error *err) ERROR_MUST_CHECK;

/* What the newest list of `issuer` says about one of its certificates in a role at an instant:
 * crl_judge's ERROR_REVOKED. No list is success. */
int revocation_list_judge(const struct repository *repository, const struct certificate *issuer,
                          const struct certificate *certificate, enum document_role role,
                          int64_t at_us, struct error *err) ERROR_MUST_CHECK;

#endif
