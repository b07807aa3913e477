/* SPDX-License-Identifier: ISC
 *
 * The mirror believes its own tree as little as an endpoint believes a medium: every document is
 * judged by trust_judge() before it is used again, and everything signed is judged before it is
 * entered.
 */
#ifndef MIRROR_BELIEF_H
#define MIRROR_BELIEF_H

#include "media/package.h"
#include "media/set.h"
#include "media/trust.h"
#include "mirror/repository.h"

/* A document and what was found about it. On the heap: a verdict is large. */
struct belief {
    struct bytes document;
    struct trust_verdict verdict; /* borrows from document */
};

/* All root documents and CRLs of the tree. *trust is the caller's (trust_free). */
int belief_trust(const struct repository *repository, struct trust **trust,
                 struct error *err) ERROR_MUST_CHECK;

/* Root documents 1..version alone: what an endpoint of that day would have believed. */
int belief_roots(const struct repository *repository, uint64_t version, struct trust **trust,
                 struct error *err) ERROR_MUST_CHECK;

/* A trust of that kind, of the newest version that accepts the file: by what a document that is no
 * longer acceptable was good once. *trust is the caller's (trust_free). */
int belief_past(const struct repository *repository, enum document_kind kind, const char *ring,
                const char *name, struct trust **trust, struct error *err) ERROR_MUST_CHECK;

/* Reads and judges a file of the tree (VOLUME_ROOT/...). *belief is the caller's, also after a
 * refusal that came from the judge (NULL when the file could not be read). */
int belief_file(const struct repository *repository, struct trust *trust, enum document_kind kind,
                const char *ring, const char *name, struct belief **belief,
                struct error *err) ERROR_MUST_CHECK;
void belief_free(struct belief *belief);

/* A package by type and id; a set by ring and sequence: judged, its identity compared, parsed. The
 * document is initialised here; clear it in every case. *belief may be asked for (else NULL). */
int belief_package(const struct repository *repository, struct trust *trust, const char *type,
                   const uint8_t id[static DIGEST_BYTES], struct package_document *package,
                   struct belief **belief, struct error *err) ERROR_MUST_CHECK;
int belief_set(const struct repository *repository, struct trust *trust,
               const struct catalog_set *known, struct set_document *set, struct belief **belief,
               struct error *err) ERROR_MUST_CHECK;

/* As belief_package and belief_set, by what the document was good once: for those that a revocation
 * or a root document has overtaken (belief_overtaken). */
int belief_past_package(const struct repository *repository, const char *type,
                        const uint8_t id[static DIGEST_BYTES], struct package_document *package,
                        struct error *err) ERROR_MUST_CHECK;
int belief_past_set(const struct repository *repository, const struct catalog_set *known,
                    struct set_document *set, struct error *err) ERROR_MUST_CHECK;

/* Codes of a document that was good once: its signers, or their number, count no more. Anything else
 * is damage. */
bool belief_overtaken(enum error_code code);

/* The newest CRL of each issuer in the tree, as a set names them. Returns how many through count.
 */
int belief_crls(const struct repository *repository, struct set_crl crls[static LIMIT_CRLS],
                size_t *count, struct error *err) ERROR_MUST_CHECK;

#endif
