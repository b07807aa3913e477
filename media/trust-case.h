/* SPDX-License-Identifier: ISC
 *
 * The inside of the accept point, shared by trust.c, trust-case.c, trust-crl.c and trust-root.c
 * only: what is trusted, and one document while it is judged.
 */
#ifndef MEDIA_TRUST_CASE_H
#define MEDIA_TRUST_CASE_H

#include "media/chain.h"
#include "media/cms.h"
#include "media/crl.h"
#include "media/root.h"
#include "media/timestamp.h"
#include "media/trust.h"

#define TRUST_LISTS (2 * LIMIT_CRLS) /* in force and waiting, together */

/* Under whose roots, pins and thresholds. */
struct trust_authority {
    struct root_document root;
    struct chain_roots roots;       /* borrow from root.roots */
    uint8_t digest[DIGEST_BYTES];   /* of the JSON */
    uint8_t document[DIGEST_BYTES]; /* of the whole file that was trusted */
};

struct trust_issuer {
    struct bytes der;
    struct certificate certificate; /* borrows from der */
    uint8_t key_id[DIGEST_BYTES];
};

struct trust_list {
    struct bytes der;
    struct crl crl; /* borrows from der */
    bool in_force;
    uint8_t issuer[DIGEST_BYTES]; /* set when in force */
};

struct trust {
    struct trust_authority authority;
    size_t issuer_count;
    struct trust_issuer issuers[LIMIT_CRLS]; /* CAs whose chain was verified, roots included */
    size_t list_count;
    struct trust_list lists[TRUST_LISTS];
};

/* One document under judgement. */
struct trust_case {
    enum document_kind kind;
    bool timestamped;
    struct cms cms;
    struct timestamp *timestamps; /* one a signer, where the kind has tokens */
    struct trust_verdict *verdict;
};

/* trust-case.c: the steps, in their order. Each fails with the code of what is wrong. */
struct trust_case *trust_case_new(enum document_kind kind, struct trust_verdict *verdict);
void trust_case_free(struct trust_case *judged);
int trust_case_parse(struct trust_case *judged, struct bytes_view document,
                     struct error *err) ERROR_MUST_CHECK;
int trust_case_verify(struct trust_case *judged, struct error *err) ERROR_MUST_CHECK;
int trust_case_timestamps(struct trust_case *judged, struct error *err) ERROR_MUST_CHECK;
int trust_case_window(const struct trust_case *judged, const struct root_document *root,
                      struct error *err) ERROR_MUST_CHECK;
/* The instant at which signer i is judged: genTime, or signingTime for kinds without tokens. */
int64_t trust_case_time(const struct trust_case *judged, size_t i);
/* Chains of signer i and of its token. *root gets the index of the signer's root. */
int trust_case_chain(const struct trust_case *judged, const struct trust_authority *authority,
                     size_t i, size_t *root, struct error *err) ERROR_MUST_CHECK;
/* The token's chain alone. */
int trust_case_token_chain(const struct trust_case *judged, const struct trust_authority *authority,
                           size_t i, struct error *err) ERROR_MUST_CHECK;
/* Pins of the document's role, and of the timestamp role for the token. */
int trust_case_pin(const struct trust_case *judged, const struct root_document *root, size_t i,
                   struct error *err) ERROR_MUST_CHECK;
int trust_case_token_pin(const struct trust_case *judged, const struct root_document *root,
                         size_t i, struct error *err) ERROR_MUST_CHECK;
/* The one place where a document becomes good: called last, when every check has passed. */
void trust_case_accept(struct trust_case *judged);

/* trust-crl.c */
/* The issuers of signer i's path and of its token's path. */
int trust_learn_case(struct trust *trust, const struct trust_case *judged, size_t i,
                     struct error *err) ERROR_MUST_CHECK;
/* After a change of roots: forgets all issuers, and the lists of roots that are gone; learns the
 * roots. Issuing CAs are learned again with the next document. */
int trust_learn_roots(struct trust *trust, struct error *err) ERROR_MUST_CHECK;
/* Every certificate of signer i's path and of its token's path, at its time. */
int trust_case_revocation(const struct trust *trust, const struct trust_case *judged, size_t i,
                          struct error *err) ERROR_MUST_CHECK;
void trust_clear_lists(struct trust *trust);

/* trust-root.c */
void trust_authority_clear(struct trust_authority *authority);

#endif
