/* SPDX-License-Identifier: ISC
 *
 * A key by its certificates alone: what it is for, until when, and whether what it signs now would
 * be believed. No private key is opened.
 */
#ifndef MIRROR_KEY_VIEW_H
#define MIRROR_KEY_VIEW_H

#include "media/certificate.h"
#include "media/document.h"
#include "media/root.h"
#include "mirror/repository.h"

struct key_view {
    size_t count;
    struct bytes der[LIMIT_CHAIN_CERTIFICATES];
    struct certificate path[LIMIT_CHAIN_CERTIFICATES]; /* leaf first */
    uint8_t id[DIGEST_BYTES];                          /* of the leaf's key */
};

/* Reads a PEM file as mirror.conf names it. key_view_clear() in every case. */
int key_view_read(const struct repository *repository, const char *certificates,
                  struct key_view *view, struct error *err) ERROR_MUST_CHECK;
void key_view_clear(struct key_view *view);

/* Whether it is good in a role at an instant: a chain to a root of the document, and no entry in the
 * newest lists of its issuers. chain_verify's and crl_judge's codes. */
int key_view_judge(const struct repository *repository, const struct key_view *view,
                   const struct root_document *root, enum document_role role, int64_t at_us,
                   struct error *err) ERROR_MUST_CHECK;

/* Whether the certificate stands in its path. */
bool key_view_holds(const struct key_view *view, const struct certificate *certificate);

/* How many good keys of a role mirror.conf names under that root document, those whose path holds
 * `without` (may be NULL) not counted. */
uint64_t key_view_count(const struct repository *repository, const struct root_document *root,
                        enum document_role role, const struct certificate *without);

/* Whether mirror.conf names enough good keys of a role under that root document, those whose path
 * holds `without` (may be NULL) not counted: one, of the release role as many as a ring asks for. A
 * timestamp server needs none. ERROR_NOT_FOUND names the verb that makes one. */
int key_view_enough(const struct repository *repository, const struct root_document *root,
                    enum document_role role, const struct certificate *without,
                    struct error *err) ERROR_MUST_CHECK;

#endif
